import type { z } from 'zod';
import type { deviceBody, DeviceKind, homeBody, residentBody } from '../../schemas/registry.ts';
import type { Random } from '../random.ts';
import { elderName, familyName, type Gender, phoneNumber, youngName } from './names.ts';
import { addressIn, placeIn, PLACES } from './places.ts';

/** Bodies as the registry takes them, with the ids that the contract leaves to the client filled in. */
type WithId<T> = Omit<T, 'id'> & { id: string };
export type HomeBody = WithId<z.input<typeof homeBody>>;
export type ResidentBody = WithId<z.input<typeof residentBody>>;
export type DeviceBody = WithId<z.input<typeof deviceBody>>;

export interface SimHome {
  home: HomeBody;
  resident: ResidentBody;
  devices: DeviceBody[];
  /** Its devices speak through this gateway's connection; undefined: each has its own. */
  gatewayId: string | undefined;
}

const CONDITIONS = [
  '高血压',
  '糖尿病',
  '冠心病',
  '慢阻肺',
  '骨质疏松',
  '中风后遗症',
  '帕金森病',
  '失智',
] as const;
const ACCESS = [
  '密码锁，密码存社区',
  '钥匙在物业前台',
  '需按门铃两次，听力不好',
  '电梯到 6 楼后步行一层',
  '',
] as const;

/** Home number `index` (from 0) of the world of that seed; depends on nothing else. */
export function makeHome(world: Random, prefix: string, index: number, today: string): SimHome {
  const random = world.fork(`home/${index}`);
  const places = PLACES[index % PLACES.length] ?? random.pick(asTuple(PLACES));
  const homeId = `${prefix}-${(index + 1).toString().padStart(4, '0')}`;
  const accessNotes = random.pick(ACCESS);
  const home: HomeBody = {
    id: homeId,
    street: places.street,
    community: `${random.pick(places.communities)}社区`,
    address: `福田区${places.street}街道${addressIn(random, places)}`,
    ...placeIn(random, places.street),
    ...(accessNotes === '' ? {} : { accessNotes }),
  };
  const resident = makeResident(random.fork('resident'), homeId, home, today);
  const devices = makeDevices(random.fork('devices'), homeId, resident);
  return { home, resident, devices, gatewayId: devices.find((device) => device.kind === 'gateway')?.id };
}

function makeResident(random: Random, homeId: string, home: HomeBody, today: string): ResidentBody {
  const gender: Gender = random.chance(0.56) ? 'female' : 'male';
  const age = Math.min(99, Math.max(60, Math.round(random.normal(77, 8))));
  const family = familyName(random);
  const elder = elderName(random, gender);
  const conditions = random.some(CONDITIONS, random.int(0, 3));
  const alone = random.weighted([
    ['独居', 5],
    ['空巢', 4],
    ['', 1],
  ]);
  const careLevel = Math.min(
    3,
    Math.max(0, Math.round((age - 70) / 12 + conditions.length / 3 + random.normal(0, 0.5))),
  );
  const wanders = conditions.includes('失智');
  return {
    id: `${homeId}-r1`,
    homeId,
    name: elder,
    birthDate: `${Number(today.slice(0, 4)) - age}-${two(random.int(1, 12))}-${two(random.int(1, 28))}`,
    gender,
    phone: phoneNumber(random),
    languages: random.weighted([
      [['粤语', '普通话'], 4],
      [['粤语'], 2],
      [['普通话'], 3],
      [['客家话', '普通话'], 1],
      [['潮汕话', '普通话'], 1],
    ]),
    careLevel,
    conditions: [
      ...conditions,
      ...(alone === '' ? [] : [alone]),
      ...(age >= 80 ? ['高龄'] : []),
      ...(careLevel === 3 ? ['失能'] : []),
    ],
    spo2Scale: conditions.includes('慢阻肺') ? 2 : 1,
    contacts: makeContacts(random, gender === 'male' ? elder.slice(0, 1) : family, alone),
    mode: 'home',
    ...(wanders && home.lat !== undefined && home.lon !== undefined
      ? { settings: { fence: { lat: home.lat, lon: home.lon, radiusM: 500, bufferM: 50 } } }
      : {}),
    consents: wanders ? [{ kind: 'location', date: today }] : [],
  };
}

function makeContacts(random: Random, family: string, alone: string): NonNullable<ResidentBody['contacts']> {
  const relations = random.some(
    ['女儿', '儿子', '孙女', '邻居', '侄子'],
    alone === '独居' ? 1 : random.int(1, 3),
  );
  return relations.map((relation, index) => ({
    name: youngName(random, relation.includes('女') ? 'female' : 'male', family),
    relation,
    phone: phoneNumber(random),
    keyHolder: relation === '邻居' || (index === 0 && random.chance(0.5)),
  }));
}

/** A call button always; the rest by need: about 4.5 devices a home (domain.md, *Sizing*), gateways besides. */
function makeDevices(random: Random, homeId: string, resident: ResidentBody): DeviceBody[] {
  const frail = (resident.careLevel ?? 0) >= 2;
  const conditions = resident.conditions ?? [];
  const wanted: [string, DeviceKind, string?][] = [['sos', 'sos_button', 'bedroom']];
  const maybe = (probability: number, ...device: [string, DeviceKind, string?]) => {
    if (random.chance(probability)) wanted.push(device);
  };
  maybe(0.6, 'pir-bath', 'pir', 'bathroom');
  maybe(0.4, 'pir-bed', 'pir', 'bedroom');
  maybe(0.3, 'pir-living', 'pir', 'living_room');
  maybe(0.35, 'door', 'door', 'entrance');
  maybe(frail ? 0.6 : 0.2, 'bed', 'bed', 'bedroom');
  maybe(frail ? 0.5 : 0.2, 'mmwave', 'mmwave', 'bathroom');
  maybe(frail ? 0.6 : 0.35, 'watch', 'wearable');
  maybe(conditions.length > 1 ? 0.6 : 0.3, 'health', 'health_monitor');
  maybe(conditions.includes('失智') ? 0.9 : 0, 'locator', 'locator');
  const voice = random.weighted<DeviceKind | undefined>([
    ['smart_screen', 45],
    ['robot', 8],
    [undefined, 47],
  ]);
  if (voice !== undefined) wanted.push([voice === 'robot' ? 'robot' : 'screen', voice, 'living_room']);
  if (random.chance(0.4)) wanted.push(['gw', 'gateway']);
  return wanted.map(([name, kind, zone]) => ({
    id: `${homeId}-${name}`,
    homeId,
    kind,
    ...(zone === undefined ? {} : { zone }),
  }));
}

const two = (n: number): string => n.toString().padStart(2, '0');
const asTuple = <T>(items: readonly T[]): [T, ...T[]] => items as [T, ...T[]];
