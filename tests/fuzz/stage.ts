import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Api, login } from '../support/api.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { registerHome } from '../support/world.ts';
import type { OpenApi } from './http-inputs.ts';
import type { Speaker } from './mqtt-inputs.ts';
import { CODEC_NAMES, EXTERNAL_IDS } from './payload-inputs.ts';

export interface Gateway extends Speaker {
  readonly codec: string;
}

/** The real service in a process of its own, with homes, devices and gateways to speak as. */
export interface Stage {
  readonly service: ServiceProcess;
  readonly devices: readonly Speaker[];
  readonly gateways: readonly Gateway[];
  /** Token of an administrator of the run's own: what fuzz does to it locks nobody out. */
  readonly adminToken: string;
  readonly bridgeSecret: string;
  /** Ids of what there is. */
  readonly known: readonly string[];
  readonly openApi: OpenApi;
  /** A new alarm among the known ones, so that commands meet some that are open. */
  metrics(): Promise<Metrics>;
  /** Of the service's process, in MB. */
  memoryMb(): number;
}

/** Samples of `/metrics`, by name and then by labels as they are written. */
export type Metrics = ReadonlyMap<string, ReadonlyMap<string, number>>;

const KINDS = [
  { kind: 'pir', zone: 'bathroom' },
  { kind: 'health_monitor' },
  { kind: 'wearable' },
  { kind: 'sos_button' },
];

export async function setFuzzStage(databaseUrl: string, dataDir: string, homes: number): Promise<Stage> {
  const service = await startServiceProcess({ DATABASE_URL: databaseUrl, DATA_DIR: dataDir });
  try {
    return await furnish(service, homes);
  } catch (error) {
    await service.kill9();
    throw error;
  }
}

async function furnish(service: ServiceProcess, homes: number): Promise<Stage> {
  const run = randomBytes(3).toString('hex');
  const root = await login(service.httpUrl);
  const devices: Speaker[] = [];
  const gateways: Gateway[] = [];
  const homeIds: string[] = [];
  for (let n = 0; n < homes; n++) {
    const home = await registerHome(root, KINDS);
    homeIds.push(home.homeId);
    for (const username of home.deviceIds)
      devices.push({ username, password: home.secrets[username] ?? '', homeId: home.homeId });
  }
  for (const codec of CODEC_NAMES) {
    const children = EXTERNAL_IDS.map((externalId) => ({
      kind:
        externalId === 'button'
          ? 'sos_button'
          : externalId === 'watch'
            ? 'wearable'
            : externalId === 'door'
              ? 'door'
              : 'pir',
      zone: 'entrance',
      externalId,
    }));
    const home = await registerHome(root, [{ kind: 'gateway', codec }, ...children]);
    const [username = ''] = home.deviceIds;
    gateways.push({ codec, username, password: home.secrets[username] ?? '', homeId: home.homeId });
  }
  const password = randomBytes(12).toString('hex');
  await made(root, '/users', { username: `fuzz-${run}`, password, role: 'admin' });
  await made(root, '/caregivers', {
    id: `carer-${run}`,
    name: '李',
    role: 'volunteer',
    lat: 22.55,
    lon: 114.05,
  });
  const bridge = await made(root, '/bridges', { id: `bridge-${run}`, homes: homeIds });
  const answer = await fetch(`${service.httpUrl}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: `fuzz-${run}`, password }),
  });
  const { token } = (await answer.json()) as { token: string };
  const openApi = (await (await fetch(`${service.httpUrl}/openapi.json`)).json()) as OpenApi;
  const orders = await Promise.all(
    homeIds.slice(0, 4).map((homeId) => made(root, '/orders', { homeId, service: 'meal' })),
  );
  return {
    service,
    devices,
    gateways,
    adminToken: token,
    bridgeSecret: String(bridge['secret']),
    known: [
      ...homeIds.slice(0, 5),
      ...devices.slice(0, 5).map(({ username }) => username),
      `carer-${run}`,
      `bridge-${run}`,
      ...orders.map((order) => String(order['id'])),
      '莲花',
      '2026-01-12T00:00:00Z',
      '2026-01',
      '5m',
      'volunteer',
      'meal',
    ],
    openApi,
    metrics: async () => readMetrics(await (await fetch(`${service.httpUrl}/metrics`)).text()),
    memoryMb: () => residentMb(service.child.pid ?? 0),
  };
}

async function made(api: Api, path: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await api('POST', path, body);
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Record<string, unknown>;
}

function readMetrics(text: string): Metrics {
  const metrics = new Map<string, Map<string, number>>();
  for (const line of text.split('\n')) {
    const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found === null) continue;
    const [, name = '', labels = '', value = ''] = found;
    const series = metrics.get(name) ?? new Map<string, number>();
    metrics.set(name, series.set(labels, Number(value)));
  }
  return metrics;
}

/** NaN where the system does not tell. */
function residentMb(pid: number): number {
  try {
    const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kb) / 1024);
  } catch {
    return NaN;
  }
}
