import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { listen, type Listener } from '../../platform/listen.ts';
import { silentLog } from '../../platform/log.ts';
import { until } from '../../tests/support/until.ts';
import { type Answer, type Harness, startHarness } from '../http/testing/harness.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
let listener: Listener;
const notified: string[] = [];
const wang = {
  id: 'wang',
  homeId: 'rh',
  name: '王桂兰',
  birthDate: '1942-03-15',
  gender: 'female',
  phone: '13800138000',
  languages: ['粤语', '普通话'],
  careLevel: 2,
  conditions: ['高血压', 'COPD'],
  spo2Scale: 2,
  contacts: [{ name: '李强', relation: '儿子', phone: '13900139000', keyHolder: true }],
  mode: 'home',
  settings: { bathroomDayMin: 45, wakingHours: ['06:30', '21:30'] },
  consents: [{ kind: 'camera', date: '2025-06-01' }],
};
anewOnRetry(
  async () => {
    h = await startHarness();
    listener = await listen({
      url: h.url,
      channels: ['registry'],
      onNotify: (_, payload) => void notified.push(payload),
      onReconnect: () => undefined,
      clock: systemClock,
      log: silentLog(),
    });
    for (const [path, body] of [
      ['/homes', { id: 'rh', street: '南园' }],
      ['/homes', { id: 'rh2', street: '福田' }],
      ['/homes', { id: 'dh', street: '沙头' }],
      ['/residents', wang],
      ['/residents', { id: 'zhao', homeId: 'rh', name: '赵国庆' }],
      ['/caregivers', { id: 'nurse2', name: '何护士', role: 'nurse' }],
      ['/bridges', { id: 'cloud', homes: ['dh'] }],
    ] as const)
      expect((await h.admin('POST', path, body)).status).toBe(201);
    await until('notifications', () => notified.includes('bridge:cloud'));
  },
  async () => {
    await listener.close();
    await h.close();
  },
);
beforeEach(async () => {
  await h.pool.query('delete from home_inputs');
  notified.length = 0;
});

const ids = (answer: Answer): string[] => answer.body.items.map((item: { id: string }) => item.id);
const fieldsOf = (answer: Answer): string[] =>
  (answer.body.problems ?? []).map((problem: { field: string }) => problem.field);
const inputs = async () =>
  (await h.pool.query('select home_id, kind, body from home_inputs order by id')).rows as unknown[];

describe('homes', () => {
  it('take a street by any of its names and answer with the Chinese one', async () => {
    for (const [id, street] of [
      ['lh1', '莲花'],
      ['lh2', 'Lianhua'],
      ['lh3', '莲花街道'],
    ]) {
      const made = await h.admin('POST', '/homes', { id, street });
      expect([made.status, made.body.street]).toEqual([201, '莲花']);
    }
    expect(ids(await h.admin('GET', '/homes?street=lianhua'))).toEqual(['lh1', 'lh2', 'lh3']);
    expect((await h.admin('GET', '/homes?street=Nowhere')).status).toBe(400);
  });

  it('are made, read, changed, retired; then gone, but their id is never given again', async () => {
    const body = {
      street: '福保',
      community: '明月社区',
      address: '福保街道明月花园3栋502',
      lat: 22.51,
      lon: 114.05,
    };
    const made = await h.admin('POST', '/homes', { ...body, accessNotes: '钥匙在物业' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...body,
      id: expect.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      version: 1,
    });
    const path = `/homes/${made.body.id}`;
    expect((await h.admin('GET', path)).body).toEqual(made.body);

    const changed = await h.admin('PATCH', path, { community: null, accessNotes: '密码 1234' });
    expect(changed.body).toMatchObject({
      community: '',
      accessNotes: '密码 1234',
      address: body.address,
      version: 2,
    });
    const stale = await h.admin('PATCH', path, { community: 'x', expectedVersion: 1 });
    expect(stale).toMatchObject({ status: 409, body: { current: { version: 2 }, home: { version: 2 } } });

    expect((await h.admin('DELETE', path)).status).toBe(204);
    expect((await h.admin('GET', path)).status).toBe(404);
    expect((await h.admin('PATCH', path, { community: 'x' })).status).toBe(404);
    expect((await h.admin('DELETE', path)).status).toBe(404);
    expect(ids(await h.admin('GET', '/homes'))).not.toContain(made.body.id);
    expect((await h.admin('POST', '/homes', { id: made.body.id, street: '福保' })).status).toBe(409);
  });

  it('of an id that is taken are refused with the one that is there', async () => {
    await h.admin('POST', '/homes', { id: 'twice', street: '园岭' });
    const again = await h.admin('POST', '/homes', { id: 'twice', street: '梅林' });
    expect(again).toMatchObject({
      status: 409,
      body: { code: 'conflict', current: { id: 'twice', street: '园岭' } },
    });
  });

  it('retire with what lives in them, and everybody is told', async () => {
    await h.admin('POST', '/homes', { id: 'gone', street: '园岭' });
    await h.admin('POST', '/residents', { id: 'r-gone', homeId: 'gone', name: '孙梅' });
    await h.admin('POST', '/devices', { id: 'd-gone', homeId: 'gone', kind: 'pir' });
    notified.length = 0;
    await h.admin('DELETE', '/homes/gone');
    expect((await h.admin('GET', '/residents/r-gone')).status).toBe(404);
    expect((await h.admin('GET', '/devices/d-gone')).status).toBe(404);
    const told = ['device:d-gone', 'home:gone', 'resident:r-gone'];
    await until('notifications', () => told.every((name) => notified.includes(name)));
    const { items } = (await h.admin('GET', '/audit?object=device:d-gone')).body;
    expect(items[0]).toMatchObject({ action: 'device.retire', detail: { with: 'home:gone' } });
  });

  it('are refused for every wrong field, by name, and for half a place', async () => {
    const wrong = await h.admin('POST', '/homes', { id: 'a b', street: 'X', lat: 91, lon: 'x', extra: 1 });
    expect([wrong.status, fieldsOf(wrong).sort()]).toEqual([400, ['extra', 'id', 'lat', 'lon', 'street']]);
    expect(fieldsOf(await h.admin('POST', '/homes', { street: '园岭', lat: 22 }))).toEqual(['lon']);
  });
});

describe('residents', () => {
  it('come back as they were given, with their age', async () => {
    const contacts = [{ name: '林勇', relation: '儿子', phone: '13900139111', keyHolder: true }];
    const full = { ...wang, id: 'lin', name: '林秀珍', phone: '13800138111', contacts };
    const made = await h.admin('POST', '/residents', full);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ ...full, age: 83, street: '南园', modeUntil: null });
    expect((await h.admin('GET', '/residents/lin')).body).toEqual(made.body);
  });

  it('are sealed in the database: no name, phone, condition or contact stands there to be read', async () => {
    const { rows } = await h.pool.query(`select * from residents where id = 'wang'`);
    const text = JSON.stringify(rows);
    for (const secret of ['王桂兰', '13800138000', '高血压', '李强', '13900139000', '1942'])
      expect(text).not.toContain(secret);
    const { rows: audit } = await h.pool.query(`select * from audit where object like 'resident:%'`);
    expect(JSON.stringify(audit)).not.toContain('王桂兰');
  });

  it('are found by a piece of the name, by their phone and by a contact’s', async () => {
    const q = (text: string) => h.admin('GET', `/residents?q=${encodeURIComponent(text)}`).then(ids);
    expect(await q('桂兰')).toEqual(['wang']);
    expect(await q('王')).toEqual(['wang']);
    expect(await q('王桂兰')).toEqual(['wang']);
    expect(await q('王兰')).toEqual([]);
    expect(await q('zhao')).toEqual(['zhao']);
    const phone = (text: string) => h.admin('GET', `/residents?phone=${encodeURIComponent(text)}`).then(ids);
    expect(await phone('13800138000')).toEqual(['wang']);
    expect(await phone('+86 138-0013-8000')).toEqual(['wang']);
    expect(await phone('139 0013 9000')).toEqual(['wang']);
    expect(await phone('13800138001')).toEqual([]);
    expect(await phone('nonsense')).toEqual([]);
  });

  it('are found again by a new name and phone, no more by the old', async () => {
    await h.admin('POST', '/residents', { id: 'sun', homeId: 'rh', name: '孙大明', phone: '13700137000' });
    await h.admin('PATCH', '/residents/sun', { name: '钱小红', phone: '13700137001' });
    const q = (text: string) => h.admin('GET', `/residents?q=${encodeURIComponent(text)}`).then(ids);
    expect([await q('孙大'), await q('小红')]).toEqual([[], ['sun']]);
    expect(ids(await h.admin('GET', '/residents?phone=13700137000'))).toEqual([]);
    expect(ids(await h.admin('GET', '/residents?phone=13700137001'))).toEqual(['sun']);
  });

  it('in another mode tell their home and everybody who caches', async () => {
    const until8 = new Date(h.clock.now() + 8 * 3_600_000).toISOString();
    const changed = await h.admin('PATCH', '/residents/wang', { mode: 'leave', modeUntil: until8 });
    expect(changed.body).toMatchObject({ mode: 'leave', modeUntil: until8, name: '王桂兰' });
    expect(await inputs()).toEqual([
      { home_id: 'rh', kind: 'mode', body: { residentId: 'wang', mode: 'leave', modeUntil: until8 } },
    ]);
    await until('notifications', () => notified.length >= 2);
    expect(notified.toSorted()).toEqual(['home:rh', 'resident:wang']);
  });

  it('are home again when the mode is over, and an away mode always has an end', async () => {
    const changed = await h.admin('PATCH', '/residents/wang', { mode: 'hospital' });
    expect(Date.parse(changed.body.modeUntil) - h.clock.now()).toBe(7 * 24 * 3_600_000);
    expect(ids(await h.admin('GET', '/residents?mode=hospital'))).toEqual(['wang']);
    const start = h.clock.now();
    await h.admin('PATCH', '/residents/wang', { modeUntil: new Date(start + 3_600_000).toISOString() });
    expect((await h.admin('GET', '/residents/wang')).body.mode).toBe('hospital');
    h.clock.set(start + 3_600_000);
    expect((await h.admin('GET', '/residents/wang')).body).toMatchObject({ mode: 'home', modeUntil: null });
    expect(ids(await h.admin('GET', '/residents?mode=hospital'))).toEqual([]);
    h.clock.set(start);
    const past = await h.admin('PATCH', '/residents/wang', {
      mode: 'leave',
      modeUntil: new Date(start - 1).toISOString(),
    });
    expect([past.status, fieldsOf(past)]).toEqual([400, ['modeUntil']]);
    const back = await h.admin('PATCH', '/residents/wang', { mode: 'home' });
    expect(back.body).toMatchObject({ mode: 'home', modeUntil: null });
  });

  it('with other settings tell their home; with another phone they do not', async () => {
    await h.admin('PATCH', '/residents/wang', { phone: '13800138009' });
    expect(await inputs()).toEqual([]);
    await h.admin('PATCH', '/residents/wang', { settings: { bathroomDayMin: 30 } });
    expect(await inputs()).toEqual([
      {
        home_id: 'rh',
        kind: 'settings',
        body: { residentId: 'wang', settings: { bathroomDayMin: 30 }, spo2Scale: 2 },
      },
    ]);
  });

  it('that move tell both homes', async () => {
    await h.admin('PATCH', '/residents/zhao', { homeId: 'rh2' });
    expect(
      (await inputs()).map((row) => [
        Reflect.get(row as object, 'home_id'),
        Reflect.get(row as object, 'kind'),
      ]),
    ).toEqual([
      ['rh', 'residents'],
      ['rh2', 'residents'],
      ['rh2', 'settings'],
    ]);
    await until('notifications', () => notified.length >= 3);
    expect(notified.toSorted()).toEqual(['home:rh', 'home:rh2', 'resident:zhao']);
  });

  it('whose file is looked at stand in the audit log, with who looked', async () => {
    const { call, username } = await h.userOf('operator');
    await call('GET', '/residents/wang');
    await call('GET', '/residents?q=%E6%A1%82%E5%85%B0');
    const { items } = (await h.admin('GET', `/audit?who=${username}&action=resident`)).body;
    expect(
      items.map(({ action, object, detail }: Record<string, unknown>) => [action, object, detail]),
    ).toEqual([
      ['resident.list', 'resident:*', { count: 1, narrowedBy: ['q'] }],
      ['resident.view', 'resident:wang', {}],
    ]);
  });

  it('are refused for a home that is not there, and for wrong fields, by name', async () => {
    const nowhere = await h.admin('POST', '/residents', { homeId: 'nowhere', name: 'x' });
    expect([nowhere.status, fieldsOf(nowhere)]).toEqual([400, ['homeId']]);
    expect(nowhere.body.detail).toContain('nowhere');
    const wrong = await h.admin('POST', '/residents', {
      homeId: 'rh',
      careLevel: 4,
      settings: { bathroomDayMin: -1, unknownRule: 3 },
      contacts: [{ phone: '1' }],
    });
    expect(fieldsOf(wrong).sort()).toEqual([
      'careLevel',
      'contacts.0.name',
      'name',
      'settings.bathroomDayMin',
      'settings.unknownRule',
    ]);
  });
});

describe('devices and bridges', () => {
  it('show their secret once', async () => {
    const device = await h.admin('POST', '/devices', { id: 'button', homeId: 'dh', kind: 'sos_button' });
    expect(device).toMatchObject({
      status: 201,
      body: { id: 'button', secret: expect.any(String), zone: null },
    });
    expect((await h.admin('GET', '/devices/button')).body.secret).toBeUndefined();
    const bridge = await h.admin('POST', '/bridges', { id: 'cloud2', homes: ['dh'] });
    expect(bridge).toMatchObject({ status: 201, body: { secret: expect.any(String), homes: ['dh'] } });
    const stored = await h.pool.query('select secret_hash from devices');
    expect(JSON.stringify(stored.rows)).not.toContain(device.body.secret);
  });

  it('get a new secret, and whoever caches the old one is told', async () => {
    const before = await h.admin('POST', '/devices', { id: 'rotated', homeId: 'dh', kind: 'pir' });
    notified.length = 0;
    const after = await h.admin('POST', '/devices/rotated/secret');
    expect([after.status, after.body.secret === before.body.secret]).toEqual([200, false]);
    await until('notifications', () => notified.includes('device:rotated'));
    expect((await h.admin('POST', '/bridges/cloud/secret')).status).toBe(200);
    expect((await h.admin('POST', '/devices/nobody/secret')).status).toBe(404);
  });

  it('of one home never share an externalId', async () => {
    const body = { homeId: 'dh', kind: 'sos_button', externalId: '0x00158d0001' };
    expect((await h.admin('POST', '/devices', { id: 'z1', ...body })).status).toBe(201);
    const second = await h.admin('POST', '/devices', { id: 'z2', ...body });
    expect([second.status, fieldsOf(second)]).toEqual([409, ['externalId']]);
    await h.admin('DELETE', '/devices/z1');
    expect((await h.admin('POST', '/devices', { id: 'z3', ...body })).status).toBe(201);
  });

  it('speak a codec that there is: a misspelt one is refused by name, not met later as dead letters', async () => {
    const gateway = { homeId: 'dh', kind: 'gateway', codec: 'zigbee2mqt' };
    const refused = await h.admin('POST', '/devices', gateway);
    expect([refused.status, fieldsOf(refused)]).toEqual([400, ['codec']]);
    expect(refused.body.detail).toContain('zigbee2mqtt, traccar');
    const made = await h.admin('POST', '/devices', { ...gateway, codec: 'zigbee2mqtt' });
    expect(made.status).toBe(201);
    expect((await h.admin('PATCH', `/devices/${made.body.id}`, { codec: 'tasmotta' })).status).toBe(400);
    await h.admin('DELETE', `/devices/${made.body.id}`);
  });

  it('that come, change and go are told to their home', async () => {
    await h.admin('POST', '/devices', { id: 'screen', homeId: 'dh', kind: 'smart_screen' });
    await h.admin('PATCH', '/devices/screen', { zone: 'bedroom' });
    await h.admin('PATCH', '/devices/screen', { codec: 'traccar' });
    await h.admin('DELETE', '/devices/screen');
    expect((await inputs()).map((row) => Reflect.get(row as object, 'body'))).toEqual([
      { deviceId: 'screen', kind: 'smart_screen', zone: null },
      { deviceId: 'screen', kind: 'smart_screen', zone: 'bedroom' },
      { deviceId: 'screen', left: true },
    ]);
  });

  it('are refused for homes that are not there', async () => {
    expect(fieldsOf(await h.admin('POST', '/devices', { homeId: 'x', kind: 'pir' }))).toEqual(['homeId']);
    const bridge = await h.admin('POST', '/bridges', { homes: ['dh', 'x', 'y'] });
    expect([bridge.status, fieldsOf(bridge)]).toEqual([400, ['homes']]);
    expect(bridge.body.detail).toContain('x, y');
    expect(fieldsOf(await h.admin('POST', '/devices', { homeId: 'dh', kind: 'toaster' }))).toEqual(['kind']);
  });
});

describe('caregivers, shifts, policies, users', () => {
  it('caregivers are found by name and phone, and their place has an age', async () => {
    const body = {
      id: 'nurse1',
      name: '周敏',
      role: 'nurse',
      skills: ['wound_care'],
      stars: 5,
      languages: ['粤语'],
      gender: 'female',
      postId: 'post-7',
      provider: '福田社康',
      lat: 22.55,
      lon: 114.06,
      phone: '13600136000',
    };
    const made = await h.admin('POST', '/caregivers', body);
    expect(made).toMatchObject({
      status: 201,
      body: { ...body, locatedAt: new Date(h.clock.now()).toISOString() },
    });
    h.clock.set(h.clock.now() + 60_000);
    expect((await h.admin('PATCH', '/caregivers/nurse1', { stars: 4 })).body.locatedAt).toBe(
      made.body.locatedAt,
    );
    const moved = await h.admin('PATCH', '/caregivers/nurse1', { lat: 22.55, lon: 114.06 });
    expect(moved.body.locatedAt).toBe(new Date(h.clock.now()).toISOString());
    expect(ids(await h.admin('GET', `/caregivers?q=${encodeURIComponent('周')}`))).toEqual(['nurse1']);
    expect(ids(await h.admin('GET', '/caregivers?phone=136-0013-6000'))).toEqual(['nurse1']);
    expect(ids(await h.admin('GET', '/caregivers?role=doctor'))).toEqual([]);
  });

  it('a caregiver moves their own place and nothing else', async () => {
    const { call } = await h.userOf('caregiver', { caregiverId: 'nurse2' });
    expect((await call('PATCH', '/caregivers/nurse2', { lat: 22.5, lon: 114 })).status).toBe(200);
    expect((await call('PATCH', '/caregivers/nurse2', { stars: 5 })).status).toBe(403);
  });

  it('shifts are from–to or weekly, not both, not neither', async () => {
    const weekly = { days: [1, 2, 3, 4, 5], start: '22:00', end: '06:00' };
    const made = await h.admin('POST', '/shifts', { caregiverId: 'nurse2', weekly });
    expect(made).toMatchObject({
      status: 201,
      body: { caregiverId: 'nurse2', weekly, from: null, to: null },
    });
    const day = { from: '2026-01-12T08:00:00+08:00', to: '2026-01-12T20:00:00+08:00' };
    const one = await h.admin('POST', '/shifts', { caregiverId: 'nurse2', ...day });
    expect(one.body).toMatchObject({
      from: '2026-01-12T00:00:00.000Z',
      to: '2026-01-12T12:00:00.000Z',
      weekly: null,
    });
    const refused = async (body: object) =>
      fieldsOf(await h.admin('POST', '/shifts', { caregiverId: 'nurse2', ...body }));
    expect(await refused({})).toEqual(['from']);
    expect(await refused({ from: day.from })).toEqual(['to']);
    expect(await refused({ from: day.to, to: day.from })).toEqual(['to']);
    expect(await refused({ ...day, weekly })).toEqual(['weekly']);
    expect(await refused({ weekly: { ...weekly, end: '22:00' } })).toEqual(['weekly.end']);
    expect(await refused({ weekly: { ...weekly, days: [0], start: '25:00' } })).toEqual([
      'weekly.days.0',
      'weekly.start',
    ]);
    expect(fieldsOf(await h.admin('POST', '/shifts', { caregiverId: 'nobody', weekly }))).toEqual([
      'caregiverId',
    ]);
    expect(ids(await h.admin('GET', '/shifts?caregiverId=nurse2'))).toEqual(
      [made.body.id, one.body.id].sort(),
    );
    const turned = await h.admin('PATCH', `/shifts/${one.body.id}`, { from: null, to: null, weekly });
    expect(turned.body).toMatchObject({ from: null, to: null, weekly });
  });

  it('a caregiver with an order in hand is not retired; without one, the shifts go too', async () => {
    await h.admin('POST', '/caregivers', { id: 'busy', name: '吴刚', role: 'volunteer' });
    const shift = await h.admin('POST', '/shifts', {
      caregiverId: 'busy',
      weekly: { days: [1], start: '08:00', end: '12:00' },
    });
    await h.pool.query(
      `insert into orders (id, home_id, street, service, emergency, state, caregiver_id, created_at, version, doc)
       values ('busy-order', 'dh', '莲花', 'meal', false, 'en_route', 'busy', now(), 1, '{}')`,
    );
    expect((await h.admin('DELETE', '/caregivers/busy')).status).toBe(409);
    await h.pool.query(`update orders set state = 'completed' where id = 'busy-order'`);
    expect((await h.admin('DELETE', '/caregivers/busy')).status).toBe(204);
    expect((await h.admin('GET', `/shifts/${shift.body.id}`)).status).toBe(404);
  });

  it('a policy that reaches nobody is refused when it is saved', async () => {
    const steps = [
      { afterS: 0, to: 'recommended', acceptWithinS: 30, repeat: 2 },
      { afterS: 60, to: 'supervisor' },
    ];
    const made = await h.admin('POST', '/policies', { name: '默认', kinds: ['sos', 'fall'], steps });
    expect(made).toMatchObject({ status: 201, body: { kinds: ['sos', 'fall'], steps } });
    const nobody = await h.admin('POST', '/policies', {
      name: 'x',
      kinds: ['sos'],
      steps: [{ afterS: 0, to: 'contacts' }],
    });
    expect(nobody.status).toBe(201); // a resident with a contact exists by now
    await h.pool.query('update residents set contact_count = 0');
    const refused = await h.admin('PATCH', `/policies/${nobody.body.id}`, { name: 'y' });
    expect([refused.status, fieldsOf(refused)]).toEqual([400, ['steps']]);
    const wrong = await h.admin('POST', '/policies', {
      name: 'x',
      kinds: [],
      steps: [{ afterS: -1, to: 'nobody', x: 1 }],
    });
    expect(fieldsOf(wrong).sort()).toEqual(['kinds', 'steps.0.afterS', 'steps.0.to', 'steps.0.x']);
  });

  it('users are made with a password that is never shown, and cannot lock everybody out', async () => {
    const body = { username: 'ops', password: 'long enough', role: 'operator', streets: ['Lianhua', '莲花'] };
    const made = await h.admin('POST', '/users', body);
    expect(made).toMatchObject({
      status: 201,
      body: { username: 'ops', role: 'operator', streets: ['莲花'] },
    });
    expect(made.text).not.toContain('password');
    expect((await h.admin('POST', '/users', body)).status).toBe(409);
    expect(fieldsOf(await h.admin('POST', '/users', { username: 'x', role: 'operator' }))).toEqual([
      'password',
    ]);
    expect(fieldsOf(await h.admin('POST', '/users', { ...body, username: 'y', password: 'short' }))).toEqual([
      'password',
    ]);
    const lone = await h.admin('POST', '/users', { ...body, username: 'z', role: 'caregiver' });
    expect(fieldsOf(lone)).toEqual(['caregiverId']);
    expect((await h.admin('DELETE', '/users/admin')).status).toBe(409);
    expect((await h.admin('PATCH', '/users/admin', { role: 'auditor' })).status).toBe(409);
  });
});

describe('lists', () => {
  it('come in pages that neither repeat nor skip, also when searched', async () => {
    for (let i = 0; i < 25; i++)
      await h.admin('POST', '/homes', {
        id: `page-${String(i).padStart(2, '0')}`,
        street: '华富',
        address: `彩田路${i}号`,
      });
    for (const query of ['street=华富', 'street=华富&q=彩田路', 'q=page-']) {
      const seen: string[] = [];
      let cursor = '';
      do {
        const { body } = await h.admin(
          'GET',
          `/homes?limit=7&${encodeURI(query)}${cursor && `&cursor=${cursor}`}`,
        );
        seen.push(...body.items.map((item: { id: string }) => item.id));
        cursor = body.nextCursor ?? '';
      } while (cursor !== '');
      expect([query, seen]).toEqual([
        query,
        Array.from({ length: 25 }, (_, i) => `page-${String(i).padStart(2, '0')}`),
      ]);
    }
  });

  it('refuse more than 1,000, and a cursor of another list', async () => {
    expect((await h.admin('GET', '/homes?limit=1001')).status).toBe(400);
    expect((await h.admin('GET', '/homes?limit=1000')).status).toBe(200);
    expect(await h.admin('GET', '/homes?cursor=abc')).toMatchObject({
      status: 400,
      body: { code: 'bad_cursor' },
    });
  });
});
