import { expect, it } from 'vitest';
import { type Api, login, openStream, apiWith, type StreamedEvent } from './support/api.ts';
import { connectDevice } from './support/device.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { ADMIN_PASSWORD, type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';
import { anewOnRetry } from './support/anew.ts';

let db: TestDatabase;
let service: ServiceProcess;
let admin: Api;
let stream: { events: StreamedEvent[]; close(): void };
anewOnRetry(
  async () => {
    db = await testDatabase();
    service = await startServiceProcess({ DATABASE_URL: db.url });
    admin = await login(service.httpUrl);
    const session = await apiWith(service.httpUrl, '')('POST', '/session', {
      username: 'admin',
      password: ADMIN_PASSWORD,
    });
    stream = await openStream(service.httpUrl, session.body.token);
  },
  async () => {
    stream.close();
    expect(await service.stop()).toBe(0);
    await db.drop();
  },
);

const must = async (status: number, answer: ReturnType<Api>) => {
  const { status: got, body } = await answer;
  expect({ status: got, detail: body?.detail }).toEqual({ status, detail: undefined });
  return body;
};
const latest = (id: string) =>
  stream.events.filter((e) => e.event === 'alert' && e.data.id === id).at(-1)?.data;

it('a press is answered, a volunteer sent, her visit rated, its hours reported and banked', async () => {
  const home = await registerHome(admin, [{ kind: 'sos_button' }]);
  const button = home.deviceIds[0] ?? '';
  const caregiver = await must(
    201,
    admin('POST', '/caregivers', {
      name: '李志愿',
      role: 'volunteer',
      stars: 5,
      skills: [],
      lat: 22.558,
      lon: 114.06,
      provider: '莲花社区',
    }),
  );
  const now = Date.now();
  await must(
    201,
    admin('POST', '/shifts', {
      caregiverId: caregiver.id,
      from: new Date(now - 3_600_000).toISOString(),
      to: new Date(now + 3_600_000).toISOString(),
    }),
  );
  await must(
    201,
    admin('POST', '/users', {
      username: 'vol',
      password: 'volunteer-1',
      role: 'caregiver',
      caregiverId: caregiver.id,
    }),
  );
  await must(201, admin('POST', '/users', { username: 'op', password: 'operator-1', role: 'operator' }));
  const operator = await login(service.httpUrl, 'op', 'operator-1');
  const volunteer = await login(service.httpUrl, 'vol', 'volunteer-1');

  const client = await connectDevice(service.mqttPort, button, home.secrets[button] ?? '');
  await client.publish(`care/v1/${home.homeId}/${button}/sos`, '{"id":"s1","action":"press"}');
  const alert = await until(
    'the alert',
    () => stream.events.find((e) => e.event === 'alert' && e.data.homeId === home.homeId)?.data,
  );
  expect(alert).toMatchObject({ state: 'open', priority: 1 });

  await must(200, operator('POST', `/alerts/${alert.id}/acknowledge`, {}));
  const again = await operator('POST', `/alerts/${alert.id}/acknowledge`);
  expect(again.status).toBe(200);
  expect((await admin('POST', `/alerts/${alert.id}/acknowledge`, {})).status).toBe(409);

  const { candidates } = await must(200, operator('GET', `/alerts/${alert.id}/recommendations`));
  expect(candidates[0]).toMatchObject({ caregiverId: caregiver.id });
  expect(candidates[0].reasons.length).toBeGreaterThan(0);
  const order = await operator('POST', `/alerts/${alert.id}/dispatch`, { caregiverId: caregiver.id });
  expect(order.status).toBeLessThan(300);
  const path = `/orders/${order.body.id}`;
  expect(order.body).toMatchObject({
    state: 'offered',
    alertId: alert.id,
    offers: [{ caregiverId: caregiver.id, outcome: null }],
  });

  expect(await must(200, volunteer('POST', `${path}/accept`, {}))).toMatchObject({
    state: 'accepted',
    caregiverId: caregiver.id,
  });
  expect(await must(200, volunteer('POST', `${path}/depart`, {}))).toMatchObject({ state: 'en_route' });
  expect(
    await must(200, volunteer('POST', `${path}/arrive`, { lat: 22.5571, lon: 114.0592, accuracyM: 10 })),
  ).toMatchObject({ state: 'on_scene' });
  const done = await must(
    200,
    volunteer('POST', `${path}/complete`, { service: 'urgent', notes: '已扶起，无外伤' }),
  );
  expect(done).toMatchObject({ state: 'completed', visit: { minutes: 1, place: { offByM: 0 } } });
  expect(
    await must(200, volunteer('POST', `${path}/complete`, { service: 'urgent', notes: '已扶起，无外伤' })),
  ).toMatchObject({ version: done.version });
  // What was done to whom is nobody's business who holds a dump of the database.
  const { rows } = await db.pool.query<{ notes: Buffer }>('select notes from visits');
  expect(rows[0]?.notes.length).toBeGreaterThan(20);
  expect(rows[0]?.notes.includes(Buffer.from('已扶起'))).toBe(false);
  await must(200, operator('POST', `${path}/rating`, { score: 9.5, comment: '来得很快' }));

  expect(latest(alert.id)).toMatchObject({ state: 'acknowledged', orderIds: [order.body.id] });
  expect(
    await must(200, operator('POST', `/alerts/${alert.id}/resolve`, { disposition: 'assisted', note: '' })),
  ).toMatchObject({ state: 'resolved', disposition: 'assisted' });
  await until('the resolved alert on the stream', () => latest(alert.id)?.state === 'resolved');
  expect(stream.events.filter((e) => e.event === 'order').length).toBeGreaterThanOrEqual(4);

  const day = {
    from: new Date(now - 86_400_000).toISOString(),
    to: new Date(now + 86_400_000).toISOString(),
  };
  const kpi = await must(200, admin('GET', `/reports/kpi?from=${day.from}&to=${day.to}&groupBy=street`));
  expect(kpi.total).toMatchObject({ households: 1, visits: 1, satisfaction: 9.5 });
  expect(kpi.rows).toMatchObject([{ group: '莲花', visits: 1 }]);
  expect(await must(200, admin('GET', `/ledger/${caregiver.id}`))).toMatchObject({ balance: 1 });
  const verdict = await until('the sealed block', async () => {
    const { body } = await apiWith(service.httpUrl, '')('GET', '/ledger/verify');
    return body.ok === true && body.blocks >= 1 && body;
  });
  expect(verdict.problems).toEqual([]);

  // The next press is a new alert that knows the former one.
  await client.publish(`care/v1/${home.homeId}/${button}/sos`, '{"id":"s2","action":"press"}');
  const next = await until(
    'the next alert',
    () => stream.events.find((e) => e.event === 'alert' && e.data.previousAlertId === alert.id)?.data,
  );
  expect(next.id).not.toBe(alert.id);
  await client.end();
});

it('a suspected fall asks the resident through the screen, and silence is a yes', async () => {
  const home = await registerHome(admin, [{ kind: 'fall_detector' }, { kind: 'smart_screen' }], {
    resident: { settings: { verifyWindowS: 2 } },
  });
  const [detector = '', screen = ''] = home.deviceIds;
  const connect = (id: string) => connectDevice(service.mqttPort, id, home.secrets[id] ?? '');
  const [worn, shown] = [await connect(detector), await connect(screen)];
  const prompts: { cmd: string; promptId: string; text: string; answerWithinMs: number }[] = [];
  shown.client.on('message', (_topic, payload) => prompts.push(JSON.parse(payload.toString())));
  await shown.client.subscribeAsync(`care/v1/${home.homeId}/${screen}/cmd`, { qos: 1 });
  await worn.publish(
    `care/v1/${home.homeId}/${detector}/fall`,
    '{"source":"wearable","state":"suspected","confidence":0.8}',
  );
  const prompt = await until('the prompt', () => prompts[0]);
  expect(prompt).toMatchObject({ cmd: 'prompt' });
  expect(prompt.answerWithinMs).toBeLessThanOrEqual(2000);
  const pending = await until(
    'the pending alert',
    () => stream.events.find((e) => e.event === 'alert' && e.data.homeId === home.homeId)?.data,
  );
  expect(pending).toMatchObject({ state: 'pending', priority: 2, kind: 'fall' });
  await until('silence taken as yes', () => latest(pending.id)?.state === 'open');
  expect(latest(pending.id)).toMatchObject({ priority: 1 });

  // A late answer is evidence, and closes nothing (I7).
  await shown.publish(
    `care/v1/${home.homeId}/${screen}/reply`,
    JSON.stringify({ promptId: prompt.promptId, answer: 'ok' }),
  );
  await until('the answer as evidence', () =>
    latest(pending.id)?.evidence.some((e: { kind: string }) => e.kind === 'reply'),
  );
  expect(latest(pending.id)).toMatchObject({ state: 'open', priority: 1 });
  await Promise.all([worn.end(), shown.end()]);
});
