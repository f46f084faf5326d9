import type { AlertKind } from '../../schemas/alert.ts';
import type {
  Caregiver,
  CaregiverRole,
  Device,
  DeviceKind,
  Home,
  Reading,
  Resident,
  Service,
} from '../model/api-types.ts';
import { STREET_NAMES, STREET_POINTS } from '../model/street-list.ts';

/** A small invented district for the fake service: the same for the same seed. */
export interface World {
  homes: Home[];
  residents: Resident[];
  devices: Device[];
  caregivers: Caregiver[];
}

export type Random = () => number;
export function randomOf(seed: number): Random {
  let s = seed >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
export const pick = <T>(r: Random, items: readonly T[]): T => items[Math.floor(r() * items.length)] as T;

const FAMILY = ['王', '陈', '李', '黄', '张', '梁', '林', '刘', '吴', '罗', '何', '邓', '曾', '欧阳'];
const WOMEN = ['桂兰', '秀英', '玉珍', '惠芳', '月娥', '佩珍', '少芳', '巧云', '凤英', '淑贞'];
const MEN = ['建国', '志明', '炳坤', '耀华', '永昌', '兆基', '国栋', '庆云', '锦荣', '福生'];
const YOUNG = ['婷婷', '晓燕', '海涛', '俊杰', '嘉欣', '志强', '文静', '建华', '春梅', '子豪'];
const SKILLS: Record<CaregiverRole, string[][]> = {
  care_worker: [
    ['助急', '助浴'],
    ['助浴', '失智照护'],
  ],
  nurse: [
    ['助急', '急救'],
    ['急救', '压疮护理'],
  ],
  doctor: [['助医', '急救']],
  social_worker: [['心理慰藉']],
  property_staff: [['助急', '水电维修']],
  volunteer: [['代买菜', '陪看病']],
  community_officer: [['助急', '协调']],
  technician: [['水电维修', '设备维修']],
};
const COMMUNITIES = ['景田', '紫荆', '福新', '梅京', '竹林', '水围', '沙嘴', '园东', '黄木岗', '通新岭'];
const ACCESS = [
  '单元门密码 2580#，电梯到 6 楼左转。钥匙在物业前台（24 小时）。听力不好，请按门铃两次并大声说话。',
  '智能门锁，临时密码向社区养老专员索取。家中有一只小狗，不咬人。',
  '钥匙在对门邻居 602 处。楼道灯坏，夜间请带手电。',
  '无电梯，4 楼。大门常反锁，需持钥匙人开门。',
];
const ILLNESSES = ['高血压', '糖尿病', '冠心病', '慢阻肺', '骨质疏松', '失智', '脑卒中'];
const phone = (r: Random): string => `199000${String(Math.floor(r() * 100_000)).padStart(5, '0')}`;

export function makeWorld(seed: number, homes: number): World {
  const r = randomOf(seed);
  const world: World = { homes: [], residents: [], devices: [], caregivers: [] };
  for (let i = 0; i < homes; i += 1) addHome(world, r, i);
  const roles = [
    'care_worker',
    'nurse',
    'property_staff',
    'volunteer',
    'community_officer',
    'technician',
    'doctor',
  ] as const;
  for (let i = 0; i < 24; i += 1) {
    const street = STREET_POINTS[STREET_NAMES[i % 10] ?? '莲花'];
    world.caregivers.push({
      id: `cg-${String(i + 1).padStart(3, '0')}`,
      name: pick(r, FAMILY) + pick(r, YOUNG),
      role: roles[i % roles.length] ?? 'care_worker',
      stars: 3 + (i % 3),
      skills: pick(r, SKILLS[roles[i % roles.length] ?? 'care_worker']),
      languages: pick(r, [['普通话', '粤语'], ['普通话']]),
      phone: phone(r),
      provider: `${STREET_NAMES[i % 10]}街道长者服务中心`,
      lat: surveyed(street.lat + (r() - 0.5) * 0.012),
      lon: surveyed(street.lon + (r() - 0.5) * 0.012),
    });
  }
  return world;
}

/** As precise as somebody measures a house. */
const surveyed = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;
function addHome(world: World, r: Random, i: number): void {
  const id = `h-${String(i + 1).padStart(4, '0')}`;
  const street = i === 0 ? '莲花' : (STREET_NAMES[Math.floor(r() * 10)] ?? '莲花');
  const middle = STREET_POINTS[street];
  const female = i === 0 || r() < 0.6;
  const name = i === 0 ? '王桂兰' : pick(r, FAMILY) + pick(r, female ? WOMEN : MEN);
  const age = i === 0 ? 83 : 66 + Math.floor(r() * 30);
  world.homes.push({
    id,
    street,
    community: `${i === 0 ? '紫荆' : pick(r, COMMUNITIES)}社区`,
    address: `福田区${street}街道${i === 0 ? '景田北一街 12 号 3 栋' : `${pick(r, COMMUNITIES)}路 ${1 + Math.floor(r() * 180)} 号`} ${2 + Math.floor(r() * 20)}0${1 + Math.floor(r() * 6)} 室`,
    lat: surveyed(middle.lat + (r() - 0.5) * 0.01),
    lon: surveyed(middle.lon + (r() - 0.5) * 0.01),
    accessNotes: ACCESS[i % ACCESS.length] ?? '',
  });
  const conditions = ILLNESSES.filter(() => r() < 0.25);
  if (i === 0 || r() < 0.4) conditions.push('独居');
  else if (r() < 0.3) conditions.push('空巢');
  world.residents.push({
    id: `${id}-r1`,
    homeId: id,
    name,
    birthDate: `${2026 - age}-0${1 + Math.floor(r() * 9)}-1${Math.floor(r() * 9)}`,
    gender: female ? 'female' : 'male',
    phone: phone(r),
    languages: pick(r, [['粤语', '普通话'], ['普通话'], ['粤语'], ['潮汕话', '普通话']]),
    careLevel: i === 0 ? 1 : Math.floor(r() * 4),
    conditions: i === 0 ? ['高血压', '骨质疏松', '独居'] : conditions,
    spo2Scale: i > 0 && conditions.includes('慢阻肺') ? 2 : 1,
    contacts: [
      { name: `${name.slice(0, 1)}${pick(r, YOUNG)}`, relation: '女儿', phone: phone(r), keyHolder: true },
      { name: `${pick(r, FAMILY)}${pick(r, MEN)}`, relation: '邻居', phone: phone(r), keyHolder: r() < 0.6 },
      ...(r() < 0.5
        ? [{ name: `${name.slice(0, 1)}${pick(r, YOUNG)}`, relation: '儿子', phone: phone(r) }]
        : []),
    ],
    mode: 'home',
    modeUntil: null,
    settings: {},
    version: 1,
  });
  const wanted: [string, DeviceKind, string | undefined][] = [
    ['sos', 'sos_button', 'bedroom'],
    ['pir-bath', 'pir', 'bathroom'],
    ['radar', 'mmwave', 'bedroom'],
    ['door', 'door', 'entrance'],
    ['screen', 'smart_screen', 'living_room'],
    ['watch', 'wearable', undefined],
    ['gw', 'gateway', undefined],
  ];
  for (const [suffix, kind, zone] of wanted.slice(0, i === 0 ? 7 : 3 + Math.floor(r() * 5)))
    world.devices.push({ id: `${id}-${suffix}`, homeId: id, kind, ...(zone ? { zone } : {}) });
}

/** A plausible day of a home, oldest first. */
export function dayOfReadings(
  homeId: string,
  devices: readonly Device[],
  fromMs: number,
  toMs: number,
): Reading[] {
  const r = randomOf(Number(homeId.replaceAll(/\D/g, '')) + 7);
  const out: Reading[] = [];
  const add = (
    atMs: number,
    suffix: string,
    channel: Reading['channel'],
    payload: Record<string, unknown>,
  ): void => {
    if (atMs < fromMs || atMs > toMs) return;
    const at = new Date(atMs).toISOString();
    out.push({
      messageId: null,
      deviceId: `${homeId}-${suffix}`,
      channel,
      occurredAt: at,
      receivedAt: at,
      payload,
    });
  };
  const MIN = 60_000;
  const rooms: [string, string][] = [
    ['bedroom', 'radar'],
    ['bathroom', 'pir-bath'],
    ['living_room', 'screen'],
    ['kitchen', 'pir-bath'],
  ];
  for (let t = fromMs; t < toMs;) {
    const hour = new Date(t + 8 * 3_600_000).getUTCHours();
    const night = hour >= 22 || hour < 6;
    const [zone, suffix] = night && r() < 0.75 ? (rooms[0] ?? pick(r, rooms)) : pick(r, rooms);
    const stay =
      (night && zone === 'bedroom' ? 90 + r() * 120 : zone === 'bathroom' ? 4 + r() * 14 : 15 + r() * 60) *
      MIN;
    add(t, suffix, 'presence', { sensor: 'mmwave', zone, occupied: true });
    if (t + stay < toMs) add(t + stay, suffix, 'presence', { sensor: 'mmwave', zone, occupied: false });
    if (!night && r() < 0.12)
      add(t + stay, 'door', 'presence', { sensor: 'door', zone: 'entrance', occupied: true });
    t += stay + r() * 6 * MIN;
  }
  for (let t = fromMs + 5 * MIN; t < toMs; t += 15 * MIN) {
    const drift = Math.max(0, (t - (toMs - 90 * MIN)) / (90 * MIN));
    const payload: Record<string, unknown> = {
      heartRateBpm: Math.round(72 + 8 * Math.sin(t / 9e6) + r() * 8 + drift * 34),
      spo2Pct: Math.min(99, Math.round(97 - r() * 1.6 - drift * 5)),
      battery: 68,
    };
    if (r() < 0.2)
      Object.assign(payload, {
        systolicMmHg: Math.round(132 + r() * 18),
        diastolicMmHg: Math.round(78 + r() * 10),
      });
    if (r() < 0.15) payload['temperatureC'] = Math.round((36.4 + r() * 0.7) * 10) / 10;
    add(t, 'watch', 'vitals', payload);
  }
  return out
    .sort((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1))
    .filter((x) => devices.length > 0 && x.deviceId !== '');
}

export interface SeedAlert {
  kind: AlertKind;
  priority: 1 | 2 | 3 | 4;
  device: string;
  zone?: string;
  service?: Service;
}
export const SEED_ALERTS: readonly SeedAlert[] = [
  { kind: 'fall', priority: 1, device: 'radar', zone: 'bedroom' },
  { kind: 'vitals', priority: 2, device: 'watch' },
  { kind: 'inactivity', priority: 2, device: 'pir-bath' },
  { kind: 'sos', priority: 1, device: 'sos', zone: 'bedroom' },
  { kind: 'service_request', priority: 3, device: 'sos', service: 'meal' },
  { kind: 'overstay', priority: 2, device: 'pir-bath', zone: 'bathroom' },
  { kind: 'vitals', priority: 3, device: 'watch' },
  { kind: 'low_battery', priority: 4, device: 'sos' },
  { kind: 'device_offline', priority: 4, device: 'radar' },
  { kind: 'device_offline', priority: 3, device: 'sos' },
  { kind: 'wandering', priority: 2, device: 'watch' },
  { kind: 'service_request', priority: 2, device: 'sos', service: 'urgent' },
];
