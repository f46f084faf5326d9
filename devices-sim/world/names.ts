import type { Random } from '../random.ts';

/** Family names in about the frequency of Guangdong; `[name, weight]`. */
const FAMILY = [
  ['陈', 106],
  ['李', 80],
  ['黄', 78],
  ['张', 56],
  ['梁', 54],
  ['林', 52],
  ['刘', 50],
  ['吴', 38],
  ['罗', 34],
  ['杨', 32],
  ['王', 30],
  ['何', 26],
  ['邓', 24],
  ['郑', 22],
  ['曾', 22],
  ['谢', 20],
  ['叶', 18],
  ['周', 18],
  ['钟', 16],
  ['蔡', 16],
  ['朱', 14],
  ['冯', 14],
  ['彭', 12],
  ['江', 10],
  ['欧阳', 3],
] as const satisfies readonly [readonly [string, number], ...(readonly [string, number])[]];

/** Given names of those born between the 1920s and the 1960s, and of those who care for them. */
const ELDER_FEMALE = [
  '秀英',
  '桂英',
  '玉兰',
  '凤英',
  '淑珍',
  '桂兰',
  '秀兰',
  '玉珍',
  '惠芳',
  '丽华',
  '素芬',
  '月娥',
  '金娣',
  '佩珍',
  '慧贞',
  '少芳',
  '瑞琼',
  '巧云',
  '妙玲',
  '爱群',
] as const;
const ELDER_MALE = [
  '建国',
  '国强',
  '志明',
  '德胜',
  '文彬',
  '伟雄',
  '炳坤',
  '锦荣',
  '耀华',
  '汉文',
  '振华',
  '永昌',
  '福生',
  '兆基',
  '国栋',
  '瑞祥',
  '庆云',
  '树森',
  '少平',
  '金水',
] as const;
const YOUNG_FEMALE = [
  '婷婷',
  '晓燕',
  '丽娟',
  '海霞',
  '雪梅',
  '嘉欣',
  '思敏',
  '春梅',
  '文静',
  '美玲',
] as const;
const YOUNG_MALE = ['伟', '俊杰', '志强', '海涛', '建华', '子豪', '明辉', '晓东', '文斌', '家乐'] as const;

export type Gender = 'female' | 'male';

export const familyName = (random: Random): string => random.weighted(FAMILY);

export const elderName = (random: Random, gender: Gender): string =>
  familyName(random) + random.pick(gender === 'female' ? ELDER_FEMALE : ELDER_MALE);

export const youngName = (random: Random, gender: Gender, family = familyName(random)): string =>
  family + random.pick(gender === 'female' ? YOUNG_FEMALE : YOUNG_MALE);

/** Invented numbers of a mobile's shape: eleven digits; the middle zeros keep them apart from anybody's own. */
export const phoneNumber = (random: Random): string =>
  `199000${random.int(0, 99_999).toString().padStart(5, '0')}`;
