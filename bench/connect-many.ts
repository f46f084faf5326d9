import { runLoadParts } from '../devices-sim/load/processes.ts';
import { plainHomes } from '../devices-sim/load/seed-load.ts';
import type { LoadHome } from '../devices-sim/load/traffic.ts';
import { UsageError } from '../devices-sim/options.ts';
import { preciseClock } from '../devices-sim/precise-clock.ts';
import { startBareAedes } from './bare-aedes.ts';
import { rssOf, startProduct } from './child.ts';
import { startDatabase } from './database.ts';
import { machine, type Report, round } from './machine.ts';
import { startRedis } from './redis.ts';
import { seedHomes } from './seed-homes.ts';

/** Under 20,000 open files a process, with room for what else it has open. */
const CLIENTS_A_BROKER = 17_000;
const PASSWORD = 'a-password-for-benchmarks';
/** They stand together so long: time enough to look at the memory that they take. */
const HOLD_MS = 3_000;
const LOOK_EVERY_MS = 500;

interface Server {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

interface Measured {
  clients: number;
  perS: number;
  bytesEach: number;
  clientBytesEach: number;
  failures: number;
}

/**
 * More clients than one process may have files open: brokers in processes of their own over one Redis, as docs/ARCHITECTURE.md has them,
 * and as many generators. Each goes to a port of its own, so that all may share one address: to be bound to an address before it
 * connects costs a connection three times the kernel's time, and more with every one that stands. The peer is as many bare aedes, which know nothing of one
 * another and let everybody in.
 */
export async function connectMany(
  { clients, brokers = Math.ceil(clients / CLIENTS_A_BROKER) }: { clients: number; brokers?: number },
  say: (line: string) => void,
): Promise<Report> {
  const machineBefore = machine();
  const ours = await withBrokers(clients, brokers, say);
  say(`product: ${Math.round(ours.perS)}/s, ${Math.round(ours.bytesEach)} bytes each`);
  const aedes = await withServers(await inTurn(brokers, () => startBareAedes()), plainHomes(clients, 2));
  say(`bare aedes: ${Math.round(aedes.perS)}/s, ${Math.round(aedes.bytesEach)} bytes each`);
  const ofBareAedes = round(ours.perS / aedes.perS, 2);
  const told = (side: Measured) => ({
    'connected together': side.clients,
    'ready a second, all processes': Math.round(side.perS),
    'bytes each, server': Math.round(side.bytesEach),
    'bytes each, generator': Math.round(side.clientBytesEach),
    failures: side.failures,
  });
  return {
    name: 'connect',
    machine: machineBefore,
    at: new Date().toISOString(),
    settings: { clients, brokers, generators: brokers },
    product: told(ours),
    floor: { 'bare aedes, no credentials': `as many processes`, ...told(aedes) },
    ratio: { ofBareAedes, bytesOfBareAedes: round(ours.bytesEach / aedes.bytesEach, 2) },
    aims: [
      {
        what: 'connected together',
        aim: `${clients}`,
        measured: ours.clients,
        met: ours.clients === clients,
      },
      { what: 'of bare aedes', aim: '≥ 0.7', measured: ofBareAedes, met: ofBareAedes >= 0.7 },
      {
        what: 'KB a connection',
        aim: '≤ 25',
        measured: round(ours.bytesEach / 1024, 1),
        met: ours.bytesEach <= 25 * 1024,
      },
      { what: 'failed connections', aim: '0', measured: ours.failures, met: ours.failures === 0 },
    ],
  };
}

async function withBrokers(clients: number, count: number, say: (line: string) => void): Promise<Measured> {
  const redis = await startRedis();
  if (redis === undefined) throw new UsageError('several brokers need redis-server on this machine');
  const database = await startDatabase();
  const run = (roles: string) =>
    startProduct({
      dataDir: database.dataDir,
      adminPassword: PASSWORD,
      databaseUrl: database.url,
      env: { ROLES: roles, REDIS_URL: redis.url },
    });
  const rest = await run('ingest,dispatcher');
  try {
    const homes = await seedHomes(database.url, clients, 1, 'gateways');
    const servers = await inTurn(count, async () => {
      const { pid, mqttPort: port, stop } = await run('broker');
      return { pid, port, stop };
    });
    say(`${count} brokers stand, ${clients} gateways are registered`);
    return await withServers(servers, homes);
  } finally {
    await rest.stop();
    await database.stop();
    await redis.stop();
  }
}

/** Every server has its share of the homes, connected by a process of its own; stops the servers. */
async function withServers(servers: readonly Server[], homes: readonly LoadHome[]): Promise<Measured> {
  const rss = (): number => servers.reduce((sum, { pid }) => sum + (rssOf(pid) ?? 0), 0);
  const before = rss();
  let most = before;
  const looking = setInterval(() => (most = Math.max(most, rss())), LOOK_EVERY_MS);
  const runId = `c${Math.round(preciseClock.now()).toString(36)}`;
  try {
    const result = await runLoadParts(
      servers.map(({ port }, n) => ({
        host: '127.0.0.1',
        port,
        homes: homes.filter((_home, i) => i % servers.length === n),
        ratePerS: 0,
        pressesPerS: 0,
        window: 1,
        warmUpMs: 0,
        durationMs: HOLD_MS,
        seed: `connect/${n}`,
        runId,
      })),
      () => {},
    );
    return {
      clients: result.clients,
      perS: result.clients / (result.connectedInMs / 1000),
      bytesEach: (most - before) / Math.max(1, result.clients),
      clientBytesEach: result.rssPerClientBytes,
      failures: result.connectFailures,
    };
  } finally {
    clearInterval(looking);
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** One after the other; where one does not come up, those before it go again. */
async function inTurn(count: number, make: () => Promise<Server>): Promise<Server[]> {
  const made: Server[] = [];
  try {
    for (let n = 0; n < count; n++) made.push(await make());
    return made;
  } catch (error) {
    await Promise.all(made.map((server) => server.stop()));
    throw error;
  }
}
