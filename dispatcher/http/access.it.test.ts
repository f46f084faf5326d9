import { describe, expect, it } from 'vitest';
import { USER_ROLES, type UserRole } from '../../schemas/registry.ts';
import { ACCESS, OF_THE_WHOLE_DISTRICT } from './access.ts';
import { anAlert, anOrder } from './testing/fakes.ts';
import { type Call, type Harness, startHarness } from './testing/harness.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

/**
 * Who may call what, written down a second time by hand: o operator, s supervisor, c caregiver, t technician,
 * a auditor, x admin. `*`: without a login; `b`: a bridge.
 */
const TABLE: Record<string, string> = {
  'POST /session': '*',
  'GET /session/methods': '*',
  'GET /session/oidc': '*',
  'GET /session/oidc/callback': '*',
  'DELETE /session': 'osctax',
  'GET /me': 'osctax',
  'GET /sessions': 'osctax',
  'DELETE /sessions/{id}': 'osctax',
  'GET /me/second-factor': 'sax',
  'POST /me/second-factor': 'sax',
  'POST /me/second-factor/confirm': 'sax',
  'DELETE /me/second-factor': 'sax',
  'DELETE /users/{id}/second-factor': 'x',
  'GET /stream': 'osctax',
  'POST /ingest': 'b',
  'GET /alerts': 'ostax',
  'GET /alerts/{id}/evidence': 'osctax',
  'GET /alerts/{id}': 'osctax',
  'POST /alerts/{id}/acknowledge': 'ostx',
  'POST /alerts/{id}/resolve': 'ostx',
  'POST /alerts/{id}/escalate': 'osctx',
  'POST /alerts/{id}/note': 'osctx',
  'POST /alerts/{id}/reopen': 'ostx',
  'GET /alerts/{id}/recommendations': 'ostax',
  'POST /alerts/{id}/dispatch': 'ostx',
  'GET /alerts/{id}/ambulance-sheet': 'osax',
  'POST /alerts/{id}/hand-to-120': 'osx',
  'GET /alerts/{id}/ambulance-records': 'osax',
  'GET /orders': 'osctax',
  'POST /orders': 'ostx',
  'GET /orders/{id}': 'osctax',
  'POST /orders/{id}/accept': 'osctx',
  'POST /orders/{id}/decline': 'osctx',
  'POST /orders/{id}/depart': 'osctx',
  'POST /orders/{id}/arrive': 'osctx',
  'POST /orders/{id}/check-in': 'osctx',
  'POST /orders/{id}/hand-over': 'osctx',
  'POST /planning/replan': 'osx',
  'POST /orders/{id}/complete': 'osctx',
  'POST /orders/{id}/cancel': 'osctx',
  'POST /orders/{id}/rating': 'osx',
  'GET /residents': 'oscax',
  'GET /residents/{id}': 'oscax',
  'POST /residents': 'sx',
  'PATCH /residents/{id}': 'osx',
  'DELETE /residents/{id}': 'sx',
  'POST /residents/{id}/prompt': 'osx',
  'GET /homes': 'osctax',
  'GET /homes/{id}': 'osctax',
  'POST /homes': 'sx',
  'PATCH /homes/{id}': 'sx',
  'DELETE /homes/{id}': 'sx',
  'GET /homes/{id}/readings': 'osax',
  'POST /homes/{id}/replay': 'sax',
  'GET /devices': 'ostax',
  'GET /devices/{id}': 'ostax',
  'POST /devices': 'stx',
  'PATCH /devices/{id}': 'stx',
  'DELETE /devices/{id}': 'stx',
  'POST /devices/{id}/replace': 'stx',
  'GET /replacements': 'ostax',
  'POST /devices/{id}/secret': 'stx',
  'PATCH /devices/{id}/secret': 'stx',
  'GET /caregivers': 'osax',
  'GET /caregivers/{id}': 'oscax',
  'POST /caregivers': 'sx',
  'PATCH /caregivers/{id}': 'scx',
  'DELETE /caregivers/{id}': 'sx',
  'GET /shifts': 'oscax',
  'GET /shifts/{id}': 'oscax',
  'POST /shifts': 'sx',
  'PATCH /shifts/{id}': 'sx',
  'DELETE /shifts/{id}': 'sx',
  'GET /duties': 'osax',
  'GET /duties/{id}': 'osax',
  'POST /duties': 'sx',
  'PATCH /duties/{id}': 'sx',
  'DELETE /duties/{id}': 'sx',
  'GET /roster': 'osax',
  'GET /map': 'osctax',
  'GET /organisations': 'osctax',
  'GET /organisations/{id}': 'osctax',
  'POST /organisations': 'sx',
  'PATCH /organisations/{id}': 'sx',
  'DELETE /organisations/{id}': 'sx',
  'POST /import/organisations': 'sx',
  'POST /import/homes': 'sx',
  'POST /import/residents': 'sx',
  'POST /import/devices': 'sx',
  'POST /import/caregivers': 'sx',
  'POST /import/shifts': 'sx',
  'POST /import/visit-plans': 'sx',
  'POST /import/vouchers': 'sx',
  'POST /import/visits': 'sx',
  'GET /export/organisations': 'sax',
  'GET /export/homes': 'sax',
  'GET /export/residents': 'sax',
  'GET /export/devices': 'sax',
  'GET /export/caregivers': 'sax',
  'GET /export/shifts': 'sax',
  'GET /export/visit-plans': 'sax',
  'GET /export/vouchers': 'sax',
  'GET /visit-plans': 'osax',
  'GET /visit-plans/{id}': 'osax',
  'POST /visit-plans': 'osx',
  'PATCH /visit-plans/{id}': 'osx',
  'DELETE /visit-plans/{id}': 'osx',
  'GET /caregivers/{id}/day': 'osctax',
  'GET /vouchers': 'osax',
  'GET /vouchers/{id}': 'osax',
  'POST /vouchers': 'sx',
  'PATCH /vouchers/{id}': 'sx',
  'DELETE /vouchers/{id}': 'sx',
  'GET /rules': 'osax',
  'POST /rules': 'sx',
  'GET /policies': 'osax',
  'GET /policies/{id}': 'osax',
  'POST /policies': 'sx',
  'PATCH /policies/{id}': 'sx',
  'DELETE /policies/{id}': 'sx',
  'GET /street-settings': 'osax',
  'PUT /street-settings/{street}': 'sx',
  'GET /protocols': 'osax',
  'PUT /protocols/{kind}': 'sx',
  'POST /policies/preview': 'osax',
  'POST /notices/receipts': '*',
  'GET /contact-rules': 'osax',
  'PUT /contact-rules/{kind}': 'sx',
  'GET /handovers': 'osax',
  'POST /handovers': 'osx',
  'GET /users': 'ax',
  'GET /users/{id}': 'ax',
  'POST /users': 'x',
  'PATCH /users/{id}': 'x',
  'DELETE /users/{id}': 'x',
  'GET /bridges': 'ax',
  'GET /bridges/{id}': 'ax',
  'POST /bridges': 'x',
  'PATCH /bridges/{id}': 'x',
  'DELETE /bridges/{id}': 'x',
  'POST /bridges/{id}/secret': 'x',
  'PATCH /bridges/{id}/secret': 'x',
  'GET /codecs': 'ostax',
  'GET /codecs/{id}': 'ostax',
  'POST /codecs': 'x',
  'PATCH /codecs/{id}': 'x',
  'DELETE /codecs/{id}': 'x',
  'POST /codecs/try': 'stx',
  'GET /dead-letters': 'ostax',
  'GET /retention': 'sax',
  'GET /audit': 'ax',
  'GET /audit/verify': 'ax',
  'GET /notices': 'osax',
  'POST /notices/{id}/retry': 'sx',
  'GET /ledger/verify': '*',
  'GET /ledger/blocks': '*',
  'GET /ledger/anchor': '*',
  'GET /ledger/anchors': '*',
  'GET /ledger/honours': 'oscax',
  'POST /ledger/reverse': 'sx',
  'GET /ledger/{accountId}/relatives': 'oscax',
  'POST /ledger/{accountId}/relatives': 'osx',
  'DELETE /ledger/{accountId}/relatives/{residentId}': 'osx',
  'GET /ledger/{accountId}': 'oscax',
  'POST /ledger/redeem': 'oscx',
  'GET /reports/kpi': 'sax',
  'GET /reports/response': 'sax',
  'GET /reports/ratings': 'sax',
  'GET /reports/settlement': 'sax',
  'GET /reports/settlement/months': 'sax',
  'POST /reports/settlement/months': 'sx',
  'POST /reports/settlement/corrections': 'sx',
};
const LETTER: Record<UserRole, string> = {
  operator: 'o',
  supervisor: 's',
  caregiver: 'c',
  technician: 't',
  auditor: 'a',
  admin: 'x',
};

let h: Harness;
const calls = new Map<UserRole, Call>();
anewOnRetry(
  async () => {
    h = await startHarness({ replay: { run: () => Promise.resolve(undefined) } });
    await h.admin('POST', '/caregivers', { id: 'c1', name: '李明', role: 'volunteer' });
    for (const role of USER_ROLES)
      calls.set(role, (await h.userOf(role, role === 'caregiver' ? { caregiverId: 'c1' } : {})).call);
  },
  () => h.close(),
);

const routes = Object.entries(TABLE).map(([key, letters]) => {
  const [method = '', path = ''] = key.split(' ');
  return { key, method, path: path.replaceAll(/\{\w+\}/g, 'nobody'), letters };
});

describe('every route × every role', () => {
  it('is in this table', async () => {
    const { body } = await h.anonymous('GET', '//openapi.json');
    const described = Object.entries(body.paths as Record<string, object>)
      .filter(([path]) => path.startsWith('/api/v1'))
      .flatMap(([path, item]) => Object.keys(item).map((m) => `${m.toUpperCase()} ${path.slice(7)}`));
    expect(described.sort()).toEqual(Object.keys(TABLE).sort());
    // And nothing is served that is not described: a route without a row stops the server.
    expect(
      Object.keys(ACCESS)
        .map((key) => key.replaceAll(/:(\w+)/g, '{$1}'))
        .sort(),
    ).toEqual(described);
  });

  // Logging out would end what the others are tested with; streams do not end.
  const asked = routes.filter(({ key }) => key !== 'DELETE /session' && key !== 'GET /stream');
  it.each(asked)('$key is for $letters', async ({ method, path, letters }) => {
    const anonymous = await h.anonymous(method, path);
    expect(anonymous.status === 401).toBe(letters !== '*');
    for (const role of USER_ROLES) {
      const { status } = await calls.get(role)!(method, path);
      if (letters === 'b') expect([role, status]).toEqual([role, 401]);
      else if (letters !== '*')
        expect([role, status === 403]).toEqual([role, !letters.includes(LETTER[role])]);
    }
  });
});

describe('scope', () => {
  const here = '莲花';
  const there = '福保';
  anewOnRetry(async () => {
    await h.admin('POST', '/homes', { id: 'here', street: here });
    await h.admin('POST', '/homes', { id: 'there', street: there });
    for (const home of ['here', 'there']) {
      await h.admin('POST', '/residents', { id: `r-${home}`, homeId: home, name: '王桂兰' });
      await h.admin('POST', '/devices', { id: `d-${home}`, homeId: home, kind: 'sos_button' });
    }
    h.alerts.add(anAlert({ id: 'here', street: here }), anAlert({ id: 'there', street: there }));
    h.orders.add(anOrder({ id: 'here', street: here }), anOrder({ id: 'there', street: there }));
  });

  it('hides objects of other streets: 404 by id, absent in lists, for reading and for commands', async () => {
    const { call } = await h.userOf('supervisor', { streets: ['Lianhua'] });

    const lists = ['/homes', '/residents', '/devices', '/alerts', '/orders'];
    for (const list of lists) {
      const { items } = (await call('GET', list)).body;
      expect([list, items.map((item: { street: string }) => item.street)]).toEqual([list, [here]]);
    }
    const objects = [
      ['GET', '/homes/there'],
      ['PATCH', '/homes/there', { community: 'x' }],
      ['DELETE', '/homes/there'],
      ['GET', '/homes/there/readings'],
      ['GET', '/residents/r-there'],
      ['PATCH', '/residents/r-there', { mode: 'leave' }],
      ['GET', '/devices/d-there'],
      ['POST', '/devices/d-there/secret'],
      ['GET', '/alerts/there'],
      ['POST', '/alerts/there/acknowledge'],
      ['POST', '/alerts/there/resolve', { disposition: 'assisted' }],
      ['GET', '/alerts/there/recommendations'],
      ['POST', '/alerts/there/dispatch'],
      ['GET', '/orders/there'],
      ['POST', '/orders/there/accept'],
      ['POST', '/orders/there/cancel', { reason: 'x' }],
    ] as const;
    for (const [method, path, body] of objects)
      expect([method, path, (await call(method, path, body)).status]).toEqual([method, path, 404]);
    expect((await call('POST', '/alerts/here/acknowledge')).status).toBe(200);
  });

  /** Every route to one thing of a street, as the table above has them. */
  const things: Record<string, (home: 'here' | 'there') => string> = {
    alerts: (home) => home,
    orders: (home) => home,
    homes: (home) => home,
    residents: (home) => `r-${home}`,
    devices: (home) => `d-${home}`,
  };
  const bodies: Record<string, object> = {
    'PATCH /homes/{id}': { community: 'x' },
    'PATCH /residents/{id}': { mode: 'leave' },
    'PATCH /devices/{id}': { zone: 'bathroom' },
    'POST /homes/{id}/replay': { settings: {} },
    'POST /residents/{id}/prompt': { text: '您好吗' },
    'POST /alerts/{id}/resolve': { disposition: 'assisted' },
    'POST /alerts/{id}/note': { text: 'x' },
    'POST /orders/{id}/decline': { reason: 'x' },
    'POST /orders/{id}/cancel': { reason: 'x' },
    'POST /orders/{id}/hand-over': { reason: 'x' },
    'POST /devices/{id}/replace': { reason: 'broken' },
    'POST /orders/{id}/rating': { score: 9 },
  };
  it('of every such route × every role that may call it: another street’s is not found, one’s own is', async () => {
    const limited = new Map<UserRole, Call>();
    for (const role of USER_ROLES)
      limited.set(
        role,
        (await h.userOf(role, role === 'caregiver' ? { caregiverId: 'c1' } : { streets: [here] })).call,
      );
    const answers: [string, UserRole, number][] = [];
    const seen: [string, UserRole, number][] = [];
    for (const { key, method, letters } of routes) {
      const [, path = ''] = key.split(' ');
      const name = things[path.split('/')[1] ?? ''];
      if (name === undefined || !path.includes('{id}')) continue;
      const body = bodies[key] ?? (method === 'POST' ? {} : undefined);
      for (const role of USER_ROLES) {
        if (!letters.includes(LETTER[role])) continue;
        const call = limited.get(role);
        const outside = await call?.(method, path.replace('{id}', name('there')), body);
        answers.push([key, role, outside?.status ?? 0]);
        if (method !== 'GET' || role === 'caregiver' || role === 'technician') continue;
        const inside = await call?.(method, path.replace('{id}', name('here')));
        seen.push([key, role, inside?.status ?? 0]);
      }
    }
    expect(answers.length).toBeGreaterThan(100);
    expect(answers.filter(([, , status]) => status !== 404)).toEqual([]);
    expect(seen.filter(([, , status]) => status !== 200)).toEqual([]);
  });

  it('lets nobody make or move things where they do not see', async () => {
    const { call } = await h.userOf('supervisor', { streets: [here] });
    expect((await call('POST', '/homes', { street: there })).status).toBe(403);
    expect((await call('PATCH', '/homes/here', { street: there })).status).toBe(403);
    const resident = await call('POST', '/residents', { homeId: 'there', name: '王桂兰' });
    expect(resident).toMatchObject({ status: 400, body: { problems: [{ field: 'homeId' }] } });
    const order = await call('POST', '/orders', { homeId: 'there', service: 'meal' });
    expect(order).toMatchObject({ status: 400, body: { problems: [{ field: 'homeId' }] } });
  });

  it('shows a caregiver their own orders, and the homes of those that are current', async () => {
    await h.admin('POST', '/caregivers', { id: 'c2', name: '赵云', role: 'nurse' });
    const { call } = await h.userOf('caregiver', { caregiverId: 'c2' });
    h.orders.add(anOrder({ id: 'mine', caregiverId: 'c2', alertId: 'here' }));
    h.alerts.add(anAlert({ id: 'here', orderIds: ['mine'] }));
    expect((await call('GET', '/homes')).body.items).toEqual([]);
    await h.pool.query(
      `insert into orders (id, home_id, street, service, emergency, state, caregiver_id, created_at, version, doc)
       values ('mine', 'here', '莲花', 'meal', false, 'accepted', 'c2', now(), 1, '{}')`,
    );
    const ids = async (path: string) =>
      (await call('GET', path)).body.items.map((item: { id: string }) => item.id);
    expect(await ids('/homes')).toEqual(['here']);
    expect(await ids('/residents')).toEqual(['r-here']);
    expect(await ids('/orders')).toEqual(['mine']);
    expect((await call('GET', '/orders/here')).status).toBe(404);
    expect((await call('GET', '/alerts/here')).status).toBe(200);
    expect((await call('GET', '/alerts/there')).status).toBe(404);
    expect((await call('POST', '/orders/mine/depart', { caregiverId: 'c1' })).status).toBe(403);
    expect((await call('GET', '/ledger/c1')).status).toBe(404);
    expect((await call('GET', '/caregivers/c1')).status).toBe(404);
    await h.pool.query(`update orders set state = 'completed' where id = 'mine'`);
    expect(await ids('/homes')).toEqual([]);
  });

  it('shows a technician technical alerts and repairs only', async () => {
    const { call } = await h.userOf('technician');
    h.alerts.add(anAlert({ id: 'battery', kind: 'low_battery', priority: 4 }));
    h.orders.add(anOrder({ id: 'repair', service: 'repair' }));
    const ids = async (path: string) =>
      (await call('GET', path)).body.items.map((item: { id: string }) => item.id);
    expect(await ids('/alerts')).toEqual(['battery']);
    expect(await ids('/orders')).toEqual(['repair']);
    expect((await call('POST', '/alerts/here/acknowledge')).status).toBe(404);
    expect((await call('POST', '/alerts/battery/acknowledge')).status).toBe(200);
    expect((await call('POST', '/orders', { homeId: 'here', service: 'meal' })).status).toBe(403);
    expect((await call('POST', '/orders', { homeId: 'here', service: 'repair' })).status).toBe(201);
  });

  it('lets an operator set a resident’s mode and nothing else of the file', async () => {
    const operator = calls.get('operator')!;
    expect((await operator('PATCH', '/residents/r-here', { mode: 'hospital' })).status).toBe(200);
    const refused = await operator('PATCH', '/residents/r-here', { mode: 'home', phone: '123' });
    expect(refused).toMatchObject({ status: 403, body: { problems: [{ field: 'phone' }] } });
  });

  it('shows whoever sees some streets nothing of another in any list, nor in what a caregiver does elsewhere', async () => {
    await h.admin('POST', '/homes', { id: 'yonder', street: there, address: 'yonder' });
    await h.admin('POST', '/residents', { id: 'r-yonder', homeId: 'yonder', name: '王桂兰' });
    await h.admin('POST', '/devices', { id: 'd-yonder', homeId: 'yonder', kind: 'sos_button' });
    await h.admin('POST', '/devices/d-yonder/replace', { reason: 'broken' });
    const voucher = { id: 'v-yonder', residentId: 'r-yonder', name: '券', valueFen: 1 };
    await h.admin('POST', '/vouchers', { ...voucher, from: '2026-01-01', to: '2026-12-31' });
    const plan = { id: 'p-yonder', homeId: 'yonder', service: 'bath', days: [1], at: '09:00' };
    await h.admin('POST', '/visit-plans', { ...plan, since: '2026-01-01', title: 'yonder' });
    await h.admin('POST', '/bridges', { id: 'b-yonder', homes: ['here', 'yonder'] });
    const elsewhere = await h.userOf('admin', { streets: [there] });
    await elsewhere.call('POST', '/users', {
      username: 'u-yonder',
      password: 'correct horse',
      role: 'operator',
      streets: [there],
    });
    await elsewhere.call('POST', '/handovers', { text: 'yonder' });
    await elsewhere.call('GET', '/homes/yonder');
    h.alerts.add(anAlert({ id: 'yonder', street: there, homeId: 'yonder' }));
    h.orders.add(anOrder({ id: 'yonder', street: there, homeId: 'yonder' }));
    await h.pool.query(
      `insert into orders (id, home_id, street, service, emergency, state, caregiver_id, created_at, scheduled_at, version, doc)
       values ('busy', 'yonder', '福保', 'meal', false, 'accepted', 'c1', now(), $1, 1, '{"planId":"p","note":"yonder"}')`,
      [new Date(h.clock.now() + 3_600_000)],
    );
    await h.pool.query(
      `insert into dead_letters (received_at, reason, detail, home_id, topic, size, sha256) values (now(), 'schema', '', 'yonder', 'yonder', 1, '\\x00')`,
    );

    const told: [string, UserRole, number, boolean][] = [];
    const lists = routes.filter(
      ({ key, letters }) => key.startsWith('GET') && letters !== '*' && key !== 'GET /stream',
    );
    for (const role of USER_ROLES.filter((one) => one !== 'caregiver')) {
      const { call } = await h.userOf(role, { streets: [here] });
      for (const { key, letters } of lists) {
        if (!letters.includes(LETTER[role]) || (key.includes('{') && key !== 'GET /caregivers/{id}/day'))
          continue;
        const path = key.slice(4).replace('{id}', 'c1');
        const { status, text } = await call('GET', `${path}?month=2026-01`);
        told.push([key, role, status, text.includes('yonder')]);
      }
    }
    expect(told.length).toBeGreaterThan(120);
    expect(told.filter(([, , status, shows]) => shows || status !== 200)).toEqual([
      // It is another's day, or nobody's: theirs is their own.
      ['GET /caregivers/{id}/day', 'technician', 404, false],
    ]);
    const everywhere = (await h.admin('GET', '/caregivers/c1/day')).body.visits;
    expect(everywhere).toMatchObject([{ orderId: 'busy', homeId: 'yonder', title: 'yonder' }]);

    const { call: limited } = await h.userOf('admin', { streets: [here] });
    const others = [
      '/vouchers/v-yonder',
      '/visit-plans/p-yonder',
      '/bridges/b-yonder',
      '/users/u-yonder',
      '/users/admin',
    ];
    for (const path of others)
      for (const method of ['GET', 'PATCH', 'DELETE'])
        expect([
          method,
          path,
          (await limited(method, path, method === 'PATCH' ? {} : undefined)).status,
        ]).toEqual([method, path, 404]);
    const taken = { streets: [here], password: 'a new password' };
    expect((await limited('PATCH', '/users/admin', taken)).status).toBe(404);
    expect(await limited('POST', '/bridges', { id: 'b-mine', homes: ['here', 'yonder'] })).toMatchObject({
      status: 400,
      body: { problems: [{ field: 'homes' }] },
    });
    expect((await limited('POST', '/bridges', { id: 'b-mine', homes: ['here'] })).status).toBe(201);
  });

  it('keeps what is of the whole district from whoever sees some streets, whatever the role', async () => {
    const limited = new Map<UserRole, Call>();
    for (const role of ['supervisor', 'admin'] as const)
      limited.set(role, (await h.userOf(role, { streets: [here] })).call);
    const answers: [string, UserRole, number][] = [];
    for (const key of OF_THE_WHOLE_DISTRICT)
      for (const [role, call] of limited) {
        const [method = '', path = ''] = key.split(' ');
        answers.push([key, role, (await call(method, path.replaceAll(/:\w+/g, 'nobody'), {})).status]);
      }
    expect(answers.filter(([, , status]) => status !== 403)).toEqual([]);
  });
});

it('every look at what is personal, by whatever route, is in the audit log', async () => {
  const SECRET = '密';
  await h.admin('POST', '/homes', {
    id: 'file',
    street: '莲花',
    address: `${SECRET}巷7号`,
    accessNotes: SECRET,
  });
  await h.admin('POST', '/residents', {
    id: 'r-file',
    homeId: 'file',
    name: `王${SECRET}`,
    contacts: [{ name: `李${SECRET}`, relation: '女儿', phone: '13800000000' }],
  });
  await h.admin('POST', '/caregivers', { id: 'c-file', name: `赵${SECRET}`, role: 'nurse' });
  await h.admin('POST', '/shifts', {
    caregiverId: 'c-file',
    weekly: { days: [1, 2, 3, 4, 5, 6, 7], start: '00:00', end: '23:59' },
  });
  const plan = { id: 'p-file', homeId: 'file', service: 'bath', days: [1], at: '09:00', since: '2026-01-01' };
  await h.admin('POST', '/visit-plans', { ...plan, title: `给王${SECRET}洗澡` });
  await h.admin('POST', '/handovers', { text: `王${SECRET}今天头晕` });
  const ids: Record<string, string> = {
    residents: 'r-file',
    homes: 'file',
    caregivers: 'c-file',
    'visit-plans': 'p-file',
  };
  const looks = async (): Promise<number> =>
    (await h.pool.query<{ n: number }>(`select count(*)::int as n from audit where who = 'admin'`)).rows[0]
      ?.n ?? 0;
  const call = async (method: string, path: string, body?: unknown): Promise<[string, boolean, boolean]> => {
    const before = await looks();
    const { text } = await h.admin(method, path, body);
    return [`${method} ${path}`, text.includes(SECRET), (await looks()) > before];
  };
  const seen: [string, boolean, boolean][] = [];
  for (const { key, letters } of routes) {
    if (!key.startsWith('GET') || letters === '*' || key === 'GET /stream') continue;
    const path = key.slice(4);
    seen.push(await call('GET', path.replace('{id}', ids[path.split('/')[1] ?? ''] ?? 'nobody')));
  }
  // What shows a file without being asked for it.
  seen.push(await call('PATCH', '/residents/r-file', {}));
  seen.push(await call('PATCH', '/residents/r-file', { expectedVersion: 99, mode: 'leave' }));
  seen.push(await call('POST', '/residents', { id: 'r-file', homeId: 'file', name: 'x' }));
  const showing = seen.filter(([, shows]) => shows);
  expect(showing.length).toBeGreaterThan(14);
  expect(showing.filter(([, , recorded]) => !recorded)).toEqual([]);
});
