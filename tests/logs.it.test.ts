import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Api, login } from './support/api.ts';
import { connectDevice } from './support/device.ts';
import { type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';
import { anewOnRetry } from './support/anew.ts';

/** Whatever is personal in this story, each in words that stand nowhere else. */
const PERSONAL = {
  resident: '欧阳慧珍',
  phone: '13912345678',
  address: '景田东二街 27 号',
  access: '钥匙在三零二室',
  contact: '欧阳建国',
  contactPhone: '13687654321',
  condition: '帕金森综合征',
  birthDate: '1941-03-29',
  caregiver: '司徒志愿',
  caregiverPhone: '13711112222',
  note: '已扶起左膝擦伤',
  alertNote: '她说想喝水',
  orderNote: '请带血压计',
  comment: '来得真及时呀',
  declined: '孩子发烧走不开',
  answer: '家属已在路上哦',
};
const SECRET = { password: 'carer-pass-9731', wrong: 'wrong-pass-5521' };

const place = mkdtempSync(join(tmpdir(), 'yinling-logs-'));
let service: ServiceProcess;
let admin: Api;
anewOnRetry(
  async () => {
    service = await startServiceProcess({ DATA_DIR: place, LOG_LEVEL: 'trace', CANARY: 'on' });
    admin = await login(service.httpUrl);
  },
  async () => {
    await service.stop();
    rmSync(place, { recursive: true, force: true });
  },
);

const must = async (answer: ReturnType<Api>) => {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
};

it('no name, number, address, note or secret is in the logs of a whole story, at any level', async () => {
  const home = await registerHome(admin, [{ kind: 'sos_button' }], {
    home: { address: PERSONAL.address, accessNotes: PERSONAL.access },
    resident: {
      name: PERSONAL.resident,
      phone: PERSONAL.phone,
      birthDate: PERSONAL.birthDate,
      conditions: [PERSONAL.condition],
      contacts: [{ name: PERSONAL.contact, relation: '儿子', phone: PERSONAL.contactPhone, keyHolder: true }],
    },
  });
  const carer = await must(
    admin('POST', '/caregivers', {
      name: PERSONAL.caregiver,
      phone: PERSONAL.caregiverPhone,
      role: 'volunteer',
      lat: 22.558,
      lon: 114.06,
    }),
  );
  const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  await must(admin('POST', '/shifts', { caregiverId: carer.id, from: hour(-1), to: hour(1) }));
  await must(
    admin('POST', '/users', {
      username: 'carer',
      password: SECRET.password,
      role: 'caregiver',
      caregiverId: carer.id,
    }),
  );
  const caregiver = await login(service.httpUrl, 'carer', SECRET.password);
  await expect(login(service.httpUrl, 'carer', SECRET.wrong)).rejects.toThrow();

  const button = home.deviceIds[0] ?? '';
  const secret = home.secrets[button] ?? '';
  const device = await connectDevice(service.mqttPort, button, secret);
  await device.publish(`care/v1/${home.homeId}/${button}/sos`, '{"action":"press"}');
  // What cannot be read is logged as little as what can: a dead letter may hold anything.
  await device.publish(`care/v1/${home.homeId}/${button}/vitals`, `{"heartRateBpm":"${PERSONAL.condition}"`);
  await device.end();
  await expect(connectDevice(service.mqttPort, button, SECRET.wrong)).rejects.toThrow();

  const alert = await until('the alert', async () => (await must(admin('GET', '/alerts'))).items[0]);
  const alertPath = `/alerts/${alert.id}`;
  await must(admin('POST', `${alertPath}/note`, { text: PERSONAL.alertNote }));
  await must(admin('POST', `${alertPath}/acknowledge`, {}));
  const first = await must(admin('POST', `${alertPath}/dispatch`, { caregiverId: carer.id }));
  await must(caregiver('POST', `/orders/${first.id}/decline`, { reason: PERSONAL.declined }));
  const { id } = await must(
    admin('POST', '/orders', { homeId: home.homeId, service: 'care', note: PERSONAL.orderNote }),
  );
  await until('an offer', async () => {
    const order = await must(admin('GET', `/orders/${id}`));
    if (order.state === 'offered' || order.state === 'accepted') return true;
    return (await admin('POST', `/orders/${id}/accept`, { caregiverId: carer.id })).status < 300;
  });
  await admin('POST', `/orders/${id}/accept`, { caregiverId: carer.id });
  for (const step of ['depart', 'arrive'])
    await must(admin('POST', `/orders/${id}/${step}`, { caregiverId: carer.id }));
  await must(caregiver('POST', `/orders/${id}/complete`, { service: 'care', notes: PERSONAL.note }));
  await must(admin('POST', `/orders/${id}/rating`, { score: 9, comment: PERSONAL.comment }));
  await must(admin('POST', `${alertPath}/resolve`, { disposition: 'assisted', note: PERSONAL.answer }));

  // Searches, refusals and bodies that are not understood tell of people, too.
  for (const query of [`q=${encodeURIComponent(PERSONAL.resident)}`, `phone=${PERSONAL.phone}`])
    await must(admin('GET', `/residents?${query}`));
  for (const body of [
    { homeId: home.homeId, name: PERSONAL.resident, careLevel: PERSONAL.condition },
    { homeId: 'nowhere', name: PERSONAL.resident, phone: PERSONAL.phone },
  ])
    expect((await admin('POST', '/residents', body)).status).toBeGreaterThanOrEqual(400);
  // Sealed, it may hold what a database would refuse.
  await must(admin('POST', '/residents', { homeId: home.homeId, name: `${PERSONAL.resident}\u0000` }));
  await fetch(`${service.httpUrl}/api/v1/residents?q=${encodeURIComponent(PERSONAL.resident)}`);

  await service.stop();
  const logs: Record<string, string> = {
    service: service.output(),
    database: readFileSync(join(place, 'postgres.log'), 'utf8'),
  };
  // The story was logged at all, in one JSON object a line.
  const lines = (logs['service'] ?? '').trim().split('\n');
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), msg: expect.any(String) });
  const wanted = { ...PERSONAL, ...SECRET, deviceSecret: secret };
  const found = Object.entries(logs).flatMap(([log, text]) =>
    Object.entries(wanted).flatMap(([what, value]) =>
      [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)].some((form) =>
        text.includes(form),
      )
        ? [`${what} in the log of the ${log}`]
        : [],
    ),
  );
  expect(found).toEqual([]);
});

it('devices are let in before the pages are made, and out before the pages close', async () => {
  await service.stop();
  const told = service
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { msg: string; part?: string });
  const order = (msg: string): string[] =>
    told.flatMap((line) => (line.msg === msg && line.part !== undefined ? [line.part] : []));
  const [started, stopped] = [order('started'), order('stopped')];
  const inOrder = ['ingest', 'notifications', 'broker', 'http', 'readiness'];
  expect(started.filter((part) => inOrder.includes(part))).toEqual(inOrder);
  expect(stopped.indexOf('end of the broker')).toBeGreaterThan(stopped.indexOf('readiness'));
  expect(stopped.indexOf('end of the broker')).toBeLessThan(stopped.indexOf('http'));
});
