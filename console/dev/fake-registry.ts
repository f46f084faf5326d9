import { ALERT_KINDS } from '../../schemas/alert.ts';
import { SHIPPED_PROTOCOLS } from '../../schemas/protocol.ts';
import type { Handover, Reading, User } from '../model/api-types.ts';
import type { Protocol } from '../model/protocol.ts';
import { adminAnswer } from './fake-admin.ts';
import type { FakeDesk } from './fake-desk.ts';
import { officeAnswer } from './fake-office.ts';
import { ledger, report } from './fake-reports.ts';

/** Registry, readings, ledger and reports of the fake service. */
interface Answer {
  status: number;
  body: unknown;
}
const DAY_MS = 86_400_000;
const page = (items: unknown[]): Answer => ({ status: 200, body: { items, nextCursor: null } });

/** One reading a bucket is bucket enough here. */
const asBucket = (r: Reading) => ({
  at: r.occurredAt,
  deviceId: r.deviceId,
  channel: r.channel,
  count: 1,
  fields: Object.fromEntries(
    Object.entries(r.payload).flatMap(([k, v]) =>
      typeof v === 'number' ? [[k, { min: v, avg: v, max: v, count: 1 }]] : [],
    ),
  ),
});

type Row = Record<string, unknown> & { id: string };
const TABLES = [
  'shifts',
  'duties',
  'policies',
  'users',
  'bridges',
  'organisations',
  'visit-plans',
  'vouchers',
];
const extra = new WeakMap<FakeDesk, Map<string, Row[]>>();
function tableOf(desk: FakeDesk, name: string): Row[] | undefined {
  const world = desk.world as unknown as Record<string, Row[]>;
  if (['homes', 'residents', 'devices', 'caregivers'].includes(name)) return world[name];
  if (!TABLES.includes(name)) return undefined;
  const tables = extra.get(desk) ?? new Map<string, Row[]>();
  extra.set(desk, tables);
  const known = tables.get(name);
  if (known) return known;
  const rows = seedRows(name);
  tables.set(name, rows);
  return rows;
}

/** Every ninth is silent, every seventh low; call buttons have nothing to say. */
function withHealth(row: Row): Row {
  const n = [...row.id].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 9973, 7);
  if (row['kind'] === 'sos_button') return { online: null, lastSeenAt: null, battery: 60 + (n % 40), ...row };
  const silent = n % 9 === 0;
  return {
    online: !silent,
    lastSeenAt: new Date(Date.now() - (silent ? 7 * 3_600_000 : (n % 50) * 60_000)).toISOString(),
    battery: row['kind'] === 'gateway' ? null : n % 7 === 0 ? 14 : 40 + (n % 60),
    ...row,
  };
}

function seedRows(name: string): Row[] {
  if (name === 'users')
    return [
      { id: 'admin', username: 'admin', role: 'admin', streets: [] },
      { id: 'operator', username: 'operator', role: 'operator', streets: [] },
      { id: 'limin', username: 'limin', role: 'operator', streets: ['莲花', '梅林'] },
      { id: 'zhaoyun', username: 'zhaoyun', role: 'operator', streets: [] },
      { id: 'supervisor', username: 'supervisor', role: 'supervisor', streets: [] },
      { id: 'carer', username: 'carer', role: 'caregiver', streets: [], caregiverId: 'cg-001' },
      { id: 'nurse', username: 'nurse', role: 'caregiver', streets: [], caregiverId: 'cg-002' },
      { id: 'workshop', username: 'workshop', role: 'technician', streets: ['福田', '沙头', '福保'] },
      { id: 'auditor', username: 'auditor', role: 'auditor', streets: [] },
    ];
  if (name === 'bridges')
    return [
      { id: 'br-lianhua', name: '莲花街道智慧家居平台', homes: ['h-0001', 'h-0004', 'h-0011'] },
      { id: 'br-meilin', name: '梅林社区物联网关', homes: ['h-0007', 'h-0009'] },
    ];
  if (name === 'policies')
    return [
      {
        id: 'default-1',
        name: '一级警情默认策略',
        kinds: ['sos', 'fall', 'vitals'],
        steps: [
          { afterS: 30, to: 'recommended', acceptWithinS: 30, repeat: 2 },
          { afterS: 60, to: 'supervisor' },
        ],
        version: 1,
      },
      {
        id: 'quiet-2',
        name: '体征与无活动',
        kinds: ['inactivity', 'overstay', 'wandering'],
        steps: [
          { afterS: 120, to: 'recommended', acceptWithinS: 60 },
          { afterS: 180, to: 'contacts' },
          { afterS: 300, to: 'supervisor' },
        ],
        version: 3,
      },
      {
        id: 'technical-4',
        name: '设备与网关',
        kinds: ['device_offline', 'device_fault', 'low_battery', 'outage'],
        steps: [{ afterS: 900, to: 'role', role: 'technician', acceptWithinS: 300 }],
        version: 2,
      },
    ];
  if (name === 'shifts')
    return [
      { id: 's-1', caregiverId: 'cg-001', weekly: { days: [1, 2, 3, 4, 5], start: '07:00', end: '19:00' } },
      { id: 's-2', caregiverId: 'cg-002', weekly: { days: [1, 2, 3, 5], start: '19:00', end: '07:00' } },
      { id: 's-3', caregiverId: 'cg-004', from: '2026-11-23T00:00:00.000Z', to: '2026-11-23T09:00:00.000Z' },
    ];
  if (name === 'duties')
    return [
      { id: 'd-1', username: 'operator', weekly: { days: [1, 2, 3, 4, 5], start: '08:00', end: '20:00' } },
      { id: 'd-2', username: 'limin', weekly: { days: [1, 2, 3, 4, 5, 6, 7], start: '20:00', end: '08:00' } },
      { id: 'd-3', username: 'zhaoyun', weekly: { days: [6, 7], start: '08:00', end: '20:00' } },
      { id: 'd-4', username: 'supervisor', weekly: { days: [1, 3, 5], start: '16:00', end: '00:00' } },
      { id: 'd-5', username: 'zhaoyun', from: '2026-11-26T00:00:00.000Z', to: '2026-11-26T12:00:00.000Z' },
    ];
  if (name === 'organisations')
    return [
      {
        id: 'org-lianhua',
        level: 'street',
        name: '莲花街道养老服务中心',
        street: '莲花',
        phone: '075583000001',
      },
      {
        id: 'org-jingtian',
        level: 'post',
        name: '景田邻里驿站',
        parentId: 'org-lianhua',
        street: '莲花',
        community: '景田社区',
        phone: '075583000002',
      },
    ];
  if (name === 'visit-plans')
    return [
      {
        id: 'vp-1',
        homeId: 'h-0001',
        title: '周一三五助浴',
        service: 'bath',
        means: 'visit',
        caregiverId: 'cg-001',
        days: [1, 3, 5],
        at: '09:30',
        since: '2026-09-01',
      },
      {
        id: 'vp-2',
        homeId: 'h-0004',
        title: '独居问候',
        service: 'urgent',
        means: 'call',
        days: [1, 2, 3, 4, 5, 6, 7],
        at: '08:00',
        since: '2026-10-01',
        until: '2026-12-31',
      },
    ];
  if (name === 'vouchers')
    return [
      {
        id: 'vo-1',
        residentId: 'h-0001-r1',
        name: '助餐券',
        services: ['meal'],
        valueFen: 30_000,
        from: '2026-10-01',
        to: '2026-12-31',
      },
      {
        id: 'vo-2',
        residentId: 'h-0004-r1',
        name: '居家养老服务券',
        services: [],
        valueFen: 100_000,
        from: '2026-01-01',
        to: '2026-12-31',
      },
      {
        id: 'vo-3',
        residentId: 'h-0007-r1',
        name: '助浴助洁券',
        services: ['bath', 'clean'],
        valueFen: 48_000,
        from: '2026-11-01',
        to: '2027-01-31',
      },
    ];
  return [];
}

const changedProtocols = new WeakMap<FakeDesk, Map<string, Protocol>>();
function protocols(
  desk: FakeDesk,
  user: User,
  method: string,
  kind: string | undefined,
  body: Record<string, unknown>,
): Answer {
  const changed = changedProtocols.get(desk) ?? new Map<string, Protocol>();
  changedProtocols.set(desk, changed);
  const items = ALERT_KINDS.map(
    (k): Protocol =>
      changed.get(k) ?? {
        kind: k,
        questions: [...SHIPPED_PROTOCOLS[k]],
        version: 0,
        changedBy: null,
        changedAt: null,
      },
  );
  if (method !== 'PUT') return page(items);
  const before = items.find((p) => p.kind === kind);
  if (!before) return { status: 404, body: 'no such kind' };
  const after: Protocol = {
    ...before,
    questions: body['questions'] as Protocol['questions'],
    version: before.version + 1,
    changedBy: user.username,
    changedAt: new Date().toISOString(),
  };
  changed.set(after.kind, after);
  return { status: 200, body: after };
}
const leftNotes = new WeakMap<FakeDesk, Handover[]>();
function handovers(desk: FakeDesk, user: User, method: string, body: Record<string, unknown>): Answer {
  const notes = leftNotes.get(desk) ?? [
    {
      id: 1,
      at: new Date(Date.now() - 4 * 3_600_000).toISOString(),
      by: 'limin',
      streets: [],
      text: '王桂兰家门锁已换，新密码在进门说明里；女儿明早 8 点到。\n梅林一带停电检修，离线设备不必派人。',
    },
  ];
  leftNotes.set(desk, notes);
  if (method !== 'POST') return page(notes);
  const note: Handover = {
    id: (notes[0]?.id ?? 0) + 1,
    at: new Date().toISOString(),
    by: user.username,
    streets: [],
    text: typeof body['text'] === 'string' ? body['text'] : '',
  };
  notes.unshift(note);
  return { status: 201, body: note };
}

/** Two at the desk and one to come; every caregiver of the first ten, some now, some in the evening. */
function roster(desk: FakeDesk): Answer {
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const at = (h: number): string => new Date(hour + h * 3_600_000).toISOString();
  const operator = (id: string, role: string, from: number, to: number, more = {}) => ({
    kind: 'operator',
    id,
    name: null,
    phone: null,
    role,
    streets: [],
    loggedIn: true,
    from: at(from),
    to: at(to),
    now: from <= 0,
    ...more,
  });
  const carers = desk.world.caregivers.slice(0, 10).map((c, i) => ({
    kind: 'caregiver',
    id: c.id,
    name: c.name,
    phone: c.phone ?? null,
    role: c.role,
    streets: [],
    loggedIn: null,
    from: at(i < 7 ? -3 : 4),
    to: at(i < 7 ? 4 + (i % 3) : 12),
    now: i < 7,
  }));
  const items = [
    operator('operator', 'operator', -5, 3),
    operator('limin', 'operator', -5, 3, { streets: ['莲花', '梅林'], loggedIn: false }),
    operator('supervisor', 'supervisor', -1, 9),
    operator('zhaoyun', 'operator', 3, 11, { loggedIn: false }),
    ...carers,
  ];
  return { status: 200, body: { at: new Date().toISOString(), items } };
}

export function registryAnswer(
  desk: FakeDesk,
  user: User,
  method: string,
  parts: string[],
  q: URLSearchParams,
  body: Record<string, unknown>,
): Answer | undefined {
  const [name, id, more] = parts;
  if (name === undefined) return undefined;
  const office = officeAnswer(desk, method, parts, q, body);
  if (office) return office;
  const ours = adminAnswer(desk, user, method, parts, q, body);
  if (ours) return ours;
  if (name === 'homes' && id !== undefined && more === 'readings') {
    const to = Date.parse(q.get('to') ?? new Date().toISOString());
    const from = Date.parse(q.get('from') ?? new Date(to - DAY_MS).toISOString());
    const rows = desk.readings(id, from, to, q.get('channel')?.split(',') ?? null);
    return page(q.get('bucket') === null ? rows.slice(0, Number(q.get('limit') ?? 200)) : rows.map(asBucket));
  }
  if (name === 'ledger') return ledger(id ?? '');
  if (name === 'reports') return report(id ?? '', q);
  if (name === 'dead-letters')
    return page([
      {
        id: '1',
        receivedAt: new Date(Date.now() - 400_000).toISOString(),
        reason: 'not_json',
        detail: 'Unexpected token',
        topic: 'care/v1/h-0003/h-0003-pir-bath/presence',
        deviceId: 'h-0003-pir-bath',
        size: 38,
      },
      {
        id: '2',
        receivedAt: new Date(Date.now() - 4_000_000).toISOString(),
        reason: 'too_large',
        detail: '20480 bytes',
        topic: 'care/v1/h-0009/h-0009-watch/motion',
        deviceId: 'h-0009-watch',
        size: 20480,
      },
      {
        id: '3',
        receivedAt: new Date(Date.now() - 9_000_000).toISOString(),
        reason: 'unknown_device',
        detail: 'no device h-0012-bell of home h-0012',
        topic: 'care/v1/h-0012/h-0012-bell/status',
        deviceId: 'h-0012-bell',
        size: 52,
        body: '{"online":true,"rssiDbm":-61,"firmware":"2.4.1"}',
      },
    ]);
  if (name === 'audit')
    return page([
      {
        id: '1',
        at: new Date(Date.now() - 60_000).toISOString(),
        who: 'operator',
        role: 'operator',
        address: '10.0.0.7',
        action: 'alert.acknowledge',
        object: 'alert:al-00002',
        detail: {},
      },
      {
        id: '2',
        at: new Date(Date.now() - 240_000).toISOString(),
        who: 'operator',
        role: 'operator',
        address: '10.0.0.7',
        action: 'resident.view',
        object: 'resident:h-0004-r1',
        detail: {},
      },
      {
        id: '3',
        at: new Date(Date.now() - 7_400_000).toISOString(),
        who: 'admin',
        role: 'admin',
        address: '10.0.0.2',
        action: 'policy.change',
        object: 'policy:default-1',
        detail: { changed: ['steps'] },
      },
      ...[
        ['limin', 'operator', 'alert.resolve', 'alert:al-00004'],
        ['supervisor', 'supervisor', 'month.close', 'month:2026-09'],
        ['admin', 'admin', 'user.create', 'user:zhaoyun'],
        ['auditor', 'auditor', 'resident.view', 'resident:h-0007-r1'],
        ['supervisor', 'supervisor', 'caregiver.change', 'caregiver:cg-004'],
      ].map(([who, role, action, object], i) => ({
        id: String(i + 4),
        at: new Date(Date.now() - 9_000_000 - i * 2_400_000).toISOString(),
        who,
        role,
        address: `10.0.0.${3 + i}`,
        action,
        object,
        detail: {},
      })),
    ]);
  if (name === 'map') return { status: 200, body: { tiles: desk.tiles } };
  if (name === 'roster') return roster(desk);
  if (name === 'protocols') return protocols(desk, user, method, id, body);
  if (name === 'handovers') return handovers(desk, user, method, body);
  if (name === 'residents' && more === 'prompt') {
    const home = desk.world.residents.find((r) => r.id === id)?.homeId;
    const asking = desk.world.devices.filter((d) => d.homeId === home && d.kind === 'smart_screen');
    if (asking.length === 0) return { status: 409, body: 'this home has no screen or robot that could ask' };
    return {
      status: 202,
      body: { promptId: 'q-1', deviceIds: asking.map((d) => d.id), text: body['text'] ?? '您还好吗？' },
    };
  }
  const rows = tableOf(desk, name);
  if (!rows) return undefined;
  if (id === undefined && method === 'GET')
    return page(name === 'devices' ? search(rows, q).map(withHealth) : search(rows, q));
  if (method === 'POST' && id === undefined) {
    const made: Row = { ...body, id: idOf(body) ?? `${name}-${rows.length + 1}` };
    if (rows.some((r) => r.id === made.id)) return { status: 409, body: `${made.id} exists already` };
    rows.push(made);
    return {
      status: 201,
      body:
        name === 'devices' || name === 'bridges'
          ? { ...made, secret: 'c2VjcmV0LXNob3duLW9uY2UtMDEyMzQ1Njc4OWFi' }
          : made,
    };
  }
  const at = rows.findIndex((r) => r.id === id);
  const row = rows[at];
  if (!row) return { status: 404, body: 'not found' };
  if (method === 'PATCH') {
    const next: Row = { ...row, ...body, id: row.id, version: Number(row['version'] ?? 1) + 1 };
    rows[at] = next;
    return { status: 200, body: next };
  }
  if (method === 'DELETE') {
    rows.splice(at, 1);
    return { status: 204, body: undefined };
  }
  if (name === 'homes' && user.role === 'caregiver') return { status: 200, body: row };
  return { status: 200, body: row };
}

const idOf = (body: Record<string, unknown>): string | undefined =>
  [body['id'], body['username']].find((x): x is string => typeof x === 'string');

function search(rows: Row[], q: URLSearchParams): Row[] {
  const text = q.get('q');
  const phone = q.get('phone')?.replace(/\D/g, '');
  const homeId = q.get('homeId');
  const found = rows.filter((r) => {
    if (homeId && r['homeId'] !== homeId) return false;
    if (text && !JSON.stringify(r).includes(text)) return false;
    if (phone && !JSON.stringify(r).includes(phone)) return false;
    return true;
  });
  return found.slice(0, Number(q.get('limit') ?? 100));
}
