import { expect, test } from 'vitest';
import { anewOnRetry } from '../../tests/support/anew.ts';
import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import { anAlert } from './testing/fakes.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let h: Harness;
anewOnRetry(
  async () => {
    h = await startHarness();
    await h.admin('POST', '/caregivers', { id: 'c1', name: '李敏', role: 'nurse', phone: '13700000001' });
    await h.admin('POST', '/homes', {
      id: 'h1',
      street: '莲花',
      community: '景田',
      address: '景田北路 1 号 <301>',
      accessNotes: '门禁 2580#，找保安开梯',
      lat: 22.55,
      lon: 114.05,
      keyHolders: ['c1'],
    });
    await h.admin('POST', '/residents', {
      id: 'r1',
      homeId: 'h1',
      name: '王桂兰',
      birthDate: '1941-05-06',
      gender: 'female',
      phone: '13800000001',
      careLevel: 2,
      conditions: ['冠心病'],
      medications: ['华法林'],
      allergies: ['青霉素'],
      spo2Scale: 2,
      contacts: [{ name: '王小明', relation: '儿子', phone: '13900000001', keyHolder: true }],
    });
    await h.admin('POST', '/residents', { id: 'r2', homeId: 'h1', name: '何爷爷' });
    await h.admin('POST', '/devices', { id: 'b1', homeId: 'h1', kind: 'sos_button', zone: 'bedroom' });
    const at = new Date(h.clock.now() - 600_000).toISOString();
    await h.pool.query(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body)
       select $1, $1, 1, h.no, d.no, ${CHANNEL_NUMBER.vitals}, '{"spo2Pct":88,"heartRateBpm":118}'
       from homes h join devices d on d.home_id = h.id`,
      [at],
    );
    const press = {
      at,
      kind: 'press',
      deviceId: 'b1',
      messageId: null,
      text: '按下一键呼叫',
      data: {},
      for: true,
    };
    h.alerts.add(
      anAlert({
        residentId: 'r1',
        deviceIds: ['b1'],
        evidence: [press],
        timeline: [{ at, what: 'note', by: 'wang', note: '电话中能听到呻吟' }],
      }),
    );
  },
  () => h.close(),
);

const SHEET = '/alerts/a1/ambulance-sheet';

test('the sheet says where, who, with what, since when: address and access, age, conditions, medication, vitals, keys', async () => {
  const { call, username } = await h.userOf('operator', { streets: ['莲花'] });
  const { body } = await call('GET', SHEET);
  expect(body).toMatchObject({
    alertId: 'a1',
    where: {
      address: '景田北路 1 号 <301>',
      accessNotes: '门禁 2580#，找保安开梯',
      wgs84: { lat: 22.55, lon: 114.05 },
      keyHolders: [{ caregiverId: 'c1', name: '李敏', phone: '13700000001' }],
    },
    people: [
      {
        residentId: 'r1',
        subject: true,
        age: expect.any(Number),
        conditions: ['冠心病'],
        medications: ['华法林'],
        allergies: ['青霉素'],
        contacts: [{ name: '王小明', relation: '儿子', phone: '13900000001', keyHolder: true }],
      },
      { residentId: 'r2', subject: false },
    ],
    what: { kind: 'sos', calledBy: [{ kind: 'sos_button', zone: 'bedroom' }], notes: [{ by: 'wang' }] },
    vitals: [
      { measure: 'spo2Pct', value: 88 },
      { measure: 'heartRateBpm', value: 118 },
    ],
  });
  // The crew's map is sold in mainland China.
  expect(body.where.gcj02.lat).not.toBe(22.55);
  const looked = (await h.admin('GET', '/audit?action=ambulance_sheet.view&object=alert:a1')).body.items;
  expect(looked[0]).toMatchObject({ who: username, detail: {} });
});

test('it prints as a page and reads as text, by Accept or by ?as=, and a name cannot break the page', async () => {
  const page = await h.admin('GET', SHEET, undefined, { accept: 'text/html,*/*' });
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.text).toContain('120 急救移交单');
  expect(page.text).toContain('&#60;301&#62;');
  const text = await h.admin('GET', `${SHEET}?as=text`);
  expect(text.headers['content-type']).toContain('text/plain');
  expect(text.text).toMatch(/地址：莲花 景田 景田北路 1 号 <301>\n入户说明：门禁 2580#/);
  expect(text.text).toContain('过敏：青霉素');
  expect(text.text).toContain('血氧（%）：88  ');
  expect((await h.admin('GET', `${SHEET}?as=fax`)).status).toBe(400);
});

test('what was handed over is kept as it stood, sealed, and said by whom under which number; later changes do not touch it', async () => {
  const { call, username } = await h.userOf('operator', { streets: ['莲花'] });
  const handed = await call('POST', '/alerts/a1/hand-to-120', {
    reference: '120-0042',
    note: '救护车 7 分钟到',
  });
  expect(handed).toMatchObject({
    status: 201,
    body: { alertId: 'a1', by: username, reference: '120-0042', sheet: { where: { community: '景田' } } },
  });
  await h.admin('PATCH', '/homes/h1', { accessNotes: '换锁了' });
  const { items } = (await call('GET', '/alerts/a1/ambulance-records')).body;
  expect(items.at(-1)).toEqual(handed.body);
  const page = await call('GET', `/alerts/a1/ambulance-records?record=${handed.body.id}&as=page`);
  expect(page.text).toContain('120-0042');
  expect(page.text).not.toContain('换锁了');
  expect((await call('GET', '/alerts/a1/ambulance-records?record=999999')).status).toBe(404);
  await h.admin('PATCH', '/homes/h1', { accessNotes: '门禁 2580#，找保安开梯' });
  const { rows } = await h.pool.query<{ sheet: Buffer }>('select sheet from ambulance_records');
  for (const { sheet } of rows) expect(sheet.includes(Buffer.from('王桂兰'))).toBe(false);
});

test('nobody of another street sees it, and whoever may not act cannot hand over', async () => {
  const elsewhere = await h.userOf('operator', { streets: ['福保'] });
  expect((await elsewhere.call('GET', SHEET)).status).toBe(404);
  expect((await elsewhere.call('POST', '/alerts/a1/hand-to-120', {})).status).toBe(404);
  expect((await elsewhere.call('GET', '/alerts/a1/ambulance-records')).status).toBe(404);
  const auditor = await h.userOf('auditor');
  expect((await auditor.call('POST', '/alerts/a1/hand-to-120', {})).status).toBe(403);
  expect((await h.admin('POST', '/alerts/a1/hand-to-120', { reference: '' })).status).toBe(400);
});
