import { STREETS, type Street } from '../../schemas/streets.ts';
import type { Random } from '../random.ts';

export interface StreetPlaces {
  street: Street;
  communities: readonly [string, ...string[]];
  /** Roads and estates (住宅区) that addresses are made of. */
  roads: readonly [string, ...string[]];
  estates: readonly [string, ...string[]];
}

/** Communities, roads and estates of Futian's ten streets; which house stands where is invented. */
export const PLACES: readonly StreetPlaces[] = [
  {
    street: '园岭',
    communities: ['园东', '园西', '华林', '长城', '鹏盛', '上林', '南天'],
    roads: ['园岭一街', '百花二路', '八卦三路', '红荔路'],
    estates: ['园岭新村', '长城花园', '百花园'],
  },
  {
    street: '南园',
    communities: ['巴登', '南园', '玉田', '南华', '滨江', '锦龙', '东园'],
    roads: ['南园路', '滨河大道', '爱华路', '松岭路'],
    estates: ['玉田村', '滨江新村', '南园新村'],
  },
  {
    street: '福田',
    communities: ['福田', '福民', '福南', '福安', '皇岗', '水围', '岗厦', '海滨', '渔农'],
    roads: ['福民路', '福华路', '金田路', '水围一街'],
    estates: ['福民新村', '皇岗村', '水围村', '海滨广场'],
  },
  {
    street: '沙头',
    communities: ['沙嘴', '沙尾', '上沙', '下沙', '新洲', '金地', '翠湾', '天安'],
    roads: ['沙嘴路', '新洲南路', '福强路', '下沙五路'],
    estates: ['沙嘴村', '金地海景花园', '新洲村', '翠湾花园'],
  },
  {
    street: '梅林',
    communities: ['梅林一村', '上梅', '下梅', '梅京', '梅丰', '新兴', '翰岭', '孖岭', '梅都'],
    roads: ['梅林路', '中康路', '梅华路', '凯丰路'],
    estates: ['梅林一村', '上梅新村', '孖岭村'],
  },
  {
    street: '华富',
    communities: ['华富', '莲花一村', '莲花二村', '莲花三村', '田面', '新田', '黄木岗'],
    roads: ['笋岗西路', '红荔路', '彩田路', '田面路'],
    estates: ['莲花一村', '莲花二村', '田面新村', '黄木岗新村'],
  },
  {
    street: '香蜜湖',
    communities: ['香安', '香岭', '农园', '东海', '竹林', '竹园', '香梅'],
    roads: ['香梅路', '农园路', '紫竹七道', '侨香路'],
    estates: ['香蜜新村', '竹园小区', '东海花园', '香荔花园'],
  },
  {
    street: '莲花',
    communities: ['莲花北', '彩田', '景华', '景田', '康欣', '福中', '福新', '紫荆', '狮岭'],
    roads: ['莲花路', '景田南路', '彩田路', '商报路'],
    estates: ['莲花北村', '彩田村', '景田小区', '福中苑'],
  },
  {
    street: '华强北',
    communities: ['福强', '荔村', '华航', '通新岭', '华红'],
    roads: ['华强北路', '红荔路', '振华路', '燕南路'],
    estates: ['通新岭住宅区', '华航小区', '荔村'],
  },
  {
    street: '福保',
    communities: ['福保', '益田', '明月', '石厦', '新港'],
    roads: ['福强路', '益田路', '石厦北二街', '福保二路'],
    estates: ['益田村', '石厦村', '明月花园'],
  },
];

/** One standard deviation around the street's middle, in degrees (about 450 m): most homes stay inside their street. */
const SPREAD_DEG = 0.004;

export function placeIn(random: Random, street: Street): { lat: number; lon: number } {
  const middle = STREETS.find((s) => s.zh === street) ?? STREETS[0];
  return {
    lat: Number((middle.lat + random.normal(0, SPREAD_DEG)).toFixed(6)),
    lon: Number((middle.lon + random.normal(0, SPREAD_DEG)).toFixed(6)),
  };
}

export const addressIn = (random: Random, places: StreetPlaces): string =>
  `${random.pick(places.roads)}${random.int(1, 320)}号${random.pick(places.estates)}` +
  `${random.int(1, 48)}栋${random.int(1, 3)}单元${random.int(1, 18)}0${random.int(1, 6)}`;
