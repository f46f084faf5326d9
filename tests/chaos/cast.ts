import type { Random } from '../../devices-sim/random.ts';
import { apiWith, type Api } from '../support/api.ts';
import { ADMIN_PASSWORD } from '../support/service-process.ts';
import { registerHome } from '../support/world.ts';
import { ChaosCaregiver } from './caregiver.ts';
import { DeskClient } from './desk-client.ts';
import { ChaosDevice, type DeviceKind } from './devices.ts';
import type { History } from './history.ts';
import { ChaosOperator } from './operator.ts';
import { pause } from './pause.ts';
import type { Stage } from './stage.ts';

export interface Cast {
  readonly devices: readonly ChaosDevice[];
  readonly operators: readonly ChaosOperator[];
  readonly caregivers: readonly ChaosCaregiver[];
  /** For faults that want to be somebody: ids and secrets of devices. */
  readonly credentials: readonly { deviceId: string; homeId: string; secret: string }[];
  readonly auditor: DeskClient;
  /** Other steps from now on, for what is opened from now on (I9). Tries until it is done. */
  changePolicy(): Promise<void>;
}

const KINDS = ['sos_button', 'pir', 'health_monitor', 'wearable'] as const satisfies DeviceKind[];
const PASSWORD = 'a-long-password';

/** Registers the district through the public API, and gives everybody their part. */
export async function makeCast(
  stage: Stage,
  options: { homes: number; meanGapMs: number; random: Random; history: History },
): Promise<Cast> {
  const { homes: count, meanGapMs, random, history } = options;
  const session = await apiWith(stage.peopleUrl, '')('POST', '/session', {
    username: 'admin',
    password: ADMIN_PASSWORD,
  });
  const admin = apiWith(stage.peopleUrl, session.body.token as string);
  const { id: policyId } = await must(
    admin('POST', '/policies', {
      name: 'chaos',
      kinds: ['sos', 'fall', 'vitals'],
      steps: [
        { afterS: 2, to: 'recommended', acceptWithinS: 3, repeat: 3 },
        { afterS: 2, to: 'supervisor', repeat: 20 },
      ],
    }),
  );
  const homes = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      registerHome(admin, [
        { kind: 'sos_button' },
        { kind: KINDS[1 + (i % 3)] ?? 'pir', ...(i % 3 === 0 && { zone: 'bathroom' }) },
      ]),
    ),
  );
  const credentials = homes.flatMap(({ homeId, deviceIds, secrets }) =>
    deviceIds.map((deviceId) => ({ deviceId, homeId, secret: secrets[deviceId] ?? '' })),
  );
  const devices = homes.flatMap(({ homeId, deviceIds, secrets }, i) =>
    deviceIds.map(
      (deviceId, d) =>
        new ChaosDevice({
          deviceId,
          homeId,
          kind: d === 0 ? 'sos_button' : (KINDS[1 + (i % 3)] ?? 'pir'),
          secret: secrets[deviceId] ?? '',
          mqttPort: stage.mqttPort,
          random: random.fork(deviceId.replace(/^home-\d+-/, '')),
          history,
          meanGapMs,
        }),
    ),
  );
  const caregivers: ChaosCaregiver[] = [];
  for (let i = 0; i < 6; i += 1) {
    const caregiverId = await makeCaregiver(admin, `carer-${i}`, i % 3 === 0 ? 'nurse' : 'care_worker');
    const username = `carer-${i}`;
    await must(admin('POST', '/users', { username, password: PASSWORD, role: 'caregiver', caregiverId }));
    const client = new DeskClient(stage.peopleUrl, username, PASSWORD, history);
    caregivers.push(new ChaosCaregiver({ client, caregiverId, random: random.fork(username), history }));
  }
  const volunteers = await Promise.all(
    ['volunteer-0', 'volunteer-1'].map((id) => makeCaregiver(admin, id, 'volunteer')),
  );
  const operators: ChaosOperator[] = [];
  for (const username of ['operator-0', 'operator-1']) {
    await must(admin('POST', '/users', { username, password: PASSWORD, role: 'operator' }));
    operators.push(
      new ChaosOperator({
        client: new DeskClient(stage.peopleUrl, username, PASSWORD, history),
        random: random.fork(username),
        history,
        homes: homes.map(({ homeId }) => homeId),
        volunteers,
      }),
    );
  }
  const auditor = new DeskClient(stage.peopleUrl, 'admin', ADMIN_PASSWORD, history);
  const changePolicy = async (): Promise<void> => {
    const steps = [
      { afterS: 3, to: 'recommended', acceptWithinS: 2, repeat: 2 },
      { afterS: 1, to: 'supervisor', repeat: 20 },
    ];
    while ((await auditor.ask('PATCH', `/policies/${policyId as string}`, { steps })).status !== 200)
      await pause(500);
  };
  return { devices, operators, caregivers, credentials, auditor, changePolicy };
}

async function makeCaregiver(admin: Api, id: string, role: string): Promise<string> {
  await must(
    admin('POST', '/caregivers', {
      id,
      name: '李平安',
      role,
      stars: 5,
      skills: [],
      lat: 22.558,
      lon: 114.06,
      provider: '莲花社区',
    }),
  );
  const [from, to] = [-3_600_000, 12 * 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString());
  await must(admin('POST', '/shifts', { caregiverId: id, from, to }));
  return id;
}

async function must(answer: ReturnType<Api>): Promise<Record<string, unknown>> {
  const { status, body } = await answer;
  if (status !== 201) throw new Error(`not created: ${status} ${JSON.stringify(body)}`);
  return body as Record<string, unknown>;
}
