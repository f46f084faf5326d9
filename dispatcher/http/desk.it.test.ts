import { expect, test } from 'vitest';
import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import { SHIPPED_PROTOCOLS } from '../../schemas/protocol.ts';
import { type Harness, startHarness } from './testing/harness.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
anewOnRetry(
  async () => {
    h = await startHarness();
    await h.admin('POST', '/homes', { id: 'h1', street: '莲花' });
    await h.admin('POST', '/homes', { id: 'h2', street: '梅林' });
    await h.admin('POST', '/residents', { id: 'r1', homeId: 'h1', name: '王桂兰', phone: '138 0000 0000' });
    await h.admin('POST', '/residents', { id: 'r2', homeId: 'h2', name: '何玉英' });
    for (const [id, kind] of [
      ['d-screen', 'smart_screen'],
      ['d-robot', 'robot'],
      ['d-button', 'sos_button'],
      ['d-gone', 'pir'],
    ])
      await h.admin('POST', '/devices', { id, homeId: 'h1', kind });
  },
  () => h.close(),
);

test('an operator asks the resident through every screen and robot of the home, and no longer than until then', async () => {
  const { call } = await h.userOf('operator');
  const asked = await call('POST', '/residents/r1/prompt', { text: '您还好吗？', answerWithinMs: 30_000 });
  expect(asked).toMatchObject({
    status: 202,
    body: { deviceIds: ['d-robot', 'd-screen'], text: '您还好吗？' },
  });
  const expiresAt = new Date(h.clock.now() + 30_000);
  expect(asked.body.expiresAt).toBe(expiresAt.toISOString());
  const { rows } = await h.pool.query('select device_id, body, expires_at from downlink order by device_id');
  expect(rows).toEqual(
    ['d-robot', 'd-screen'].map((device_id) => ({
      device_id,
      expires_at: expiresAt,
      body: { cmd: 'prompt', promptId: asked.body.promptId, text: '您还好吗？', answerWithinMs: 30_000 },
    })),
  );
  const audit = await h.admin('GET', '/audit?action=resident.prompt');
  expect(audit.body.items[0]).toMatchObject({ object: 'resident:r1', detail: { devices: 2 } });
  expect(JSON.stringify(audit.body.items[0])).not.toContain('您还好吗');
});

test('where nothing could ask, or nobody of hers lives, it is said and nothing is sent', async () => {
  const { call } = await h.userOf('operator', { streets: ['梅林'] });
  const before = (await h.pool.query('select from downlink')).rowCount;
  expect((await call('POST', '/residents/r2/prompt', {})).status).toBe(409);
  expect((await call('POST', '/residents/r1/prompt', {})).status).toBe(404);
  const auditor = await h.userOf('auditor');
  expect((await auditor.call('POST', '/residents/r1/prompt', {})).status).toBe(403);
  expect((await h.pool.query('select from downlink')).rowCount).toBe(before);
});

test('a device shows when it was last heard, its battery, and whether it said goodbye', async () => {
  const at = (minutesAgo: number): string => new Date(h.clock.now() - minutesAgo * 60_000).toISOString();
  const said = (device: string, channel: 'status' | 'presence', minutesAgo: number, body: object) =>
    h.pool.query(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body)
       select $2, $2, 1, h.no, d.no, $3, $4 from devices d join homes h on h.id = d.home_id where d.id = $1`,
      [device, at(minutesAgo), CHANNEL_NUMBER[channel], JSON.stringify(body)],
    );
  await said('d-screen', 'status', 50, { online: true, battery: 80 });
  await said('d-screen', 'status', 20, { online: false });
  await said('d-screen', 'presence', 5, { battery: 77 });
  await said('d-gone', 'presence', 60, { battery: 12 });
  await said('d-gone', 'status', 30, { online: false });
  const list = await h.admin('GET', '/devices?homeId=h1');
  const byId = Object.fromEntries(list.body.items.map((d: { id: string }) => [d.id, d]));
  expect(byId['d-screen']).toMatchObject({ lastSeenAt: at(5), online: true, battery: 77 });
  expect(byId['d-gone']).toMatchObject({ lastSeenAt: at(60), online: false, battery: 12 });
  expect(byId['d-button']).toMatchObject({ lastSeenAt: null, online: null, battery: null });
  const one = await h.admin('GET', '/devices/d-gone');
  expect(one.body).toMatchObject({ online: false, battery: 12 });
  // What ingest remembers of a home reaches further back than the readings looked at.
  await h.pool.query(
    `insert into home_states (home_no, seq, format, saved_at, state)
     select no, 1, 1, $1, $2 from homes where id = 'h1'`,
    [at(0), JSON.stringify({ devices: { 'd-button': [Date.parse(at(3000)), 0] } })],
  );
  expect((await h.admin('GET', '/devices/d-button')).body).toMatchObject({
    lastSeenAt: at(3000),
    online: null,
  });
});

test('a number that no float can hold, in what a device once sent, hides neither the devices nor the charts', async () => {
  const at = new Date(h.clock.now() - 60_000).toISOString();
  for (const battery of ['1e400', '-1e-400', '55.5'])
    await h.pool.query(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body)
       select $2, $2, 1, h.no, d.no, $3, $4 from devices d join homes h on h.id = d.home_id where d.id = $1`,
      ['d-button', at, CHANNEL_NUMBER.status, `{"online": true, "battery": ${battery}}`],
    );
  const { status, body } = await h.admin('GET', '/devices/d-button');
  expect({ status, battery: body.battery }).toEqual({ status: 200, battery: 55.5 });
  expect((await h.admin('GET', '/devices')).status).toBe(200);
  const charts = await h.admin('GET', `/homes/h1/readings?channel=status&deviceId=d-button&bucket=1h`);
  expect(charts.status).toBe(200);
  expect(charts.body.items.at(-1)).toMatchObject({ count: 3, fields: { battery: { max: 55.5, count: 2 } } });
});

test('questions by kind of alarm are data: shipped, changed by a supervisor, never over somebody else’s change', async () => {
  const chief = await h.userOf('supervisor');
  const operator = await h.userOf('operator');
  const of = async (kind: string) =>
    (await operator.call('GET', '/protocols')).body.items.find((p: { kind: string }) => p.kind === kind);
  expect(await of('fall')).toMatchObject({ version: 0, questions: SHIPPED_PROTOCOLS.fall });
  const questions = [{ id: 'gas', zh: '闻到煤气味吗？', en: 'A smell of gas?', yes: 'dispatch', no: 'none' }];
  expect((await operator.call('PUT', '/protocols/fall', { questions })).status).toBe(403);
  expect((await chief.call('PUT', '/protocols/fall', { questions, expectedVersion: 0 })).body).toMatchObject({
    version: 1,
    changedBy: chief.username,
  });
  expect(await of('fall')).toMatchObject({ version: 1, questions });
  const late = await chief.call('PUT', '/protocols/fall', { questions: [], expectedVersion: 0 });
  expect(late).toMatchObject({ status: 409, body: { protocol: { version: 1, questions } } });
  expect(
    (await chief.call('PUT', '/protocols/fall', { questions: [...questions, ...questions] })).status,
  ).toBe(400);
  expect((await chief.call('PUT', '/protocols/flood', { questions: [] })).status).toBe(400);
});

test('a hand-over note reaches the next shift of the same streets, and lies sealed', async () => {
  const evening = await h.userOf('operator', { streets: ['莲花'] });
  const night = await h.userOf('operator', { streets: ['莲花', '梅林'] });
  const elsewhere = await h.userOf('operator', { streets: ['福保'] });
  const left = await evening.call('POST', '/handovers', { text: '王桂兰家女儿 22:00 后到，钥匙在邻居处' });
  expect(left).toMatchObject({ status: 201, body: { by: evening.username, streets: ['莲花'] } });
  expect((await night.call('GET', '/handovers')).body.items).toMatchObject([{ text: left.body.text }]);
  expect((await elsewhere.call('GET', '/handovers')).body.items).toEqual([]);
  const { rows } = await h.pool.query<{ note: Buffer }>('select note from handovers');
  expect(rows[0]?.note.includes(Buffer.from('王桂兰'))).toBe(false);
  await evening.call('POST', '/handovers', { text: '二' });
  const first = await night.call('GET', '/handovers?limit=1');
  expect(first.body.items).toMatchObject([{ text: '二' }]);
  const second = await night.call('GET', `/handovers?limit=1&cursor=${first.body.nextCursor}`);
  expect(second.body).toMatchObject({ items: [{ text: left.body.text }], nextCursor: null });
  expect((await evening.call('POST', '/handovers', { text: ' ' })).status).toBe(400);
});

test('a caller’s number finds the resident however it is written', async () => {
  const { call } = await h.userOf('operator');
  for (const phone of ['13800000000', '138-0000-0000', '+86 138 0000 0000', '008613800000000'])
    expect((await call('GET', `/residents?phone=${encodeURIComponent(phone)}`)).body.items).toMatchObject([
      { id: 'r1' },
    ]);
  expect((await call('GET', '/residents?phone=13900000000')).body.items).toEqual([]);
});

test('settings of a street and of a home: validated, versioned, audited; every home concerned is told', async () => {
  const chief = await h.userOf('supervisor', { streets: ['华富'] });
  const street = `/street-settings/${encodeURIComponent('华富')}`;
  const home = (await h.admin('POST', '/homes', { street: '华富' })).body as { id: string };
  const elsewhere = (await h.admin('POST', '/homes', { street: '福保' })).body as { id: string };
  const told = async (id: string) =>
    (await h.pool.query(`select body from home_inputs where home_id = $1 and kind = 'settings'`, [id])).rows;
  const [before] = (await chief.call('GET', '/street-settings')).body.items as { version: number }[];

  const settings = { bathroomDayMin: 40, wakingHours: ['06:00', '21:00'] };
  const put = await chief.call('PUT', street, { settings, expectedVersion: before?.version });
  expect(put).toMatchObject({ status: 200, body: { street: '华富', settings, changedBy: chief.username } });
  expect(put.body.version).toBeGreaterThan(before?.version ?? 0);
  const list = (await chief.call('GET', '/street-settings')).body.items;
  expect(list).toMatchObject([{ street: '华富', version: put.body.version }]);
  expect(await told(home.id)).toMatchObject([{ body: { settings } }]);
  expect(await told(elsewhere.id)).toEqual([]);

  const late = await chief.call('PUT', street, { settings: {}, expectedVersion: before?.version });
  expect(late).toMatchObject({ status: 409, body: { settings: { version: put.body.version } } });
  const wrong = { settings: { bathroomDayMin: 0, fence: { lat: 1, lon: 1, radiusM: 5 } } };
  expect((await chief.call('PUT', street, wrong)).status).toBe(400);
  expect((await chief.call('PUT', '/street-settings/Fubao', { settings })).status).toBe(403);
  expect((await (await h.userOf('operator')).call('PUT', street, { settings })).status).toBe(403);
  const { items } = (await h.admin('GET', `/audit?object=${encodeURIComponent('street_settings:华富')}`))
    .body;
  expect(items[0]).toMatchObject({ action: 'street_settings.change', detail: { settings } });

  const patched = await h.admin('PATCH', `/homes/${home.id}`, { settings: { bathroomDayMin: 35 } });
  expect(patched.body).toMatchObject({ version: 2, settings: { bathroomDayMin: 35 } });
  expect(await told(home.id)).toMatchObject([{}, { body: { settings: { bathroomDayMin: 35 } } }]);
  const bad = await h.admin('PATCH', `/homes/${home.id}`, { settings: { bathroomDayMin: 'x' } });
  expect([bad.status, bad.body.problems[0].field]).toEqual([400, 'settings.bathroomDayMin']);
});
