import { type Column, flag, json, list, number, numbers, text, yuan } from './columns.ts';
import {
  DATUM_WORDS,
  DEVICE_WORDS,
  GENDER_WORDS,
  LEVEL_WORDS,
  MEANS_WORDS,
  ROLE_WORDS,
  SERVICE_WORDS,
  VEHICLE_WORDS,
} from './words.ts';

/** The columns of each kind of file, in the order in which they are exported. */
const id = text('id', { also: '编号' });
const place = [number('lat', { also: '纬度' }), number('lon', { also: '经度' })];
/** What we write is WGS-84. */
const datum: Column = { ...text('datum', { also: '坐标系', words: DATUM_WORDS }), only: 'read' };
const homeId = text('homeId', { also: '住户编号|家庭编号' });

const MOST_CONTACTS = 5;
const contacts = Array.from({ length: MOST_CONTACTS }, (_, i): Column[] => {
  const n = i + 1;
  const one = (field: string, zh: string) => ({ also: `联系人${n}${zh}`, path: `contacts.${i}.${field}` });
  return [
    text(`contact${n}Name`, one('name', '姓名')),
    text(`contact${n}Relation`, one('relation', '关系')),
    text(`contact${n}Phone`, one('phone', '电话')),
    flag(`contact${n}KeyHolder`, one('keyHolder', '有钥匙')),
  ];
}).flat();

export const REGISTRY_COLUMNS = {
  organisations: [
    id,
    text('level', { also: '层级', words: LEVEL_WORDS }),
    text('parentId', { also: '上级编号' }),
    text('name', { also: '名称' }),
    text('street', { also: '街道' }),
    text('community', { also: '社区' }),
    ...place,
    datum,
    text('phone', { also: '电话' }),
  ],
  homes: [
    id,
    text('street', { also: '街道' }),
    text('community', { also: '社区' }),
    text('address', { also: '地址|住址' }),
    ...place,
    datum,
    text('accessNotes', { also: '入户说明' }),
    list('keyHolders', { also: '钥匙保管人' }),
    json('settings', { also: '设置' }),
  ],
  residents: [
    id,
    homeId,
    text('name', { also: '姓名' }),
    text('birthDate', { also: '出生日期' }),
    text('gender', { also: '性别', words: GENDER_WORDS }),
    text('phone', { also: '电话|手机' }),
    list('languages', { also: '语言' }),
    number('careLevel', { also: '护理等级|失能等级' }),
    list('conditions', { also: '疾病' }),
    list('medications', { also: '用药' }),
    list('allergies', { also: '过敏' }),
    number('spo2Scale', { also: '血氧标度' }),
    ...contacts,
    json('assessments', { also: '能力评估' }),
    text('wishedGender', { also: '服务人员性别', path: 'wishes.gender', words: GENDER_WORDS }),
    list('wishedLanguages', { also: '服务人员语言', path: 'wishes.languages' }),
    list('preferred', { also: '指定人员', path: 'wishes.preferred' }),
    list('avoided', { also: '回避人员', path: 'wishes.avoided' }),
    text('wishes', { also: '意愿', path: 'wishes.note' }),
    text('familyBedSince', { also: '家庭养老床位建床日期', path: 'familyBed.since' }),
    { ...list('familyBedMissing', { also: '家庭养老床位缺少设备' }), only: 'written' },
    json('settings', { also: '设置' }),
    json('consents', { also: '授权' }),
  ],
  devices: [
    id,
    homeId,
    text('kind', { also: '类型|设备类型', words: DEVICE_WORDS }),
    text('zone', { also: '位置' }),
    text('codec', { also: '协议' }),
    text('externalId', { also: '厂商编号' }),
    text('model', { also: '型号' }),
  ],
  caregivers: [
    id,
    text('name', { also: '姓名' }),
    text('role', { also: '角色|岗位', words: ROLE_WORDS }),
    list('skills', { also: '技能' }),
    number('stars', { also: '星级' }),
    list('languages', { also: '语言' }),
    text('gender', { also: '性别', words: GENDER_WORDS }),
    text('vehicle', { also: '交通工具', words: VEHICLE_WORDS }),
    text('postId', { also: '驿站编号' }),
    text('provider', { also: '服务机构' }),
    ...place,
    datum,
    text('phone', { also: '电话|手机' }),
  ],
  shifts: [
    id,
    text('caregiverId', { also: '人员编号' }),
    text('from', { also: '开始' }),
    text('to', { also: '结束' }),
    flag('off', { also: '休假' }),
    numbers('days', { also: '星期', path: 'weekly.days' }),
    text('start', { also: '上班', path: 'weekly.start' }),
    text('end', { also: '下班', path: 'weekly.end' }),
    list('except', { also: '例外日期', path: 'weekly.except' }),
    text('since', { also: '自', path: 'weekly.since' }),
    text('until', { also: '至', path: 'weekly.until' }),
  ],
  'visit-plans': [
    id,
    homeId,
    text('residentId', { also: '老人编号' }),
    text('title', { also: '名称' }),
    text('service', { also: '服务|服务类型', words: SERVICE_WORDS }),
    text('means', { also: '方式', words: MEANS_WORDS }),
    text('role', { also: '角色|岗位', words: ROLE_WORDS }),
    text('caregiverId', { also: '人员编号' }),
    numbers('days', { also: '星期' }),
    text('at', { also: '时间' }),
    number('everyWeeks', { also: '间隔周数' }),
    number('durationMin', { also: '时长（分钟）' }),
    text('since', { also: '自' }),
    text('until', { also: '至' }),
    list('except', { also: '例外日期' }),
  ],
  vouchers: [
    id,
    text('residentId', { also: '老人编号' }),
    text('name', { also: '名称' }),
    list('services', { also: '服务|服务类型', words: SERVICE_WORDS }),
    number('valueFen', { also: '面值（分）' }),
    yuan('valueYuan', { also: '面值|面值（元）', path: 'valueFen' }),
    text('from', { also: '开始日期' }),
    text('to', { also: '结束日期' }),
  ],
} as const satisfies Record<string, readonly Column[]>;

export const EXCHANGED = Object.keys(REGISTRY_COLUMNS) as [Exchanged, ...Exchanged[]];
export type Exchanged = keyof typeof REGISTRY_COLUMNS;
