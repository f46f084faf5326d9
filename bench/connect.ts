import { runLoadProcesses } from '../devices-sim/load/processes.ts';
import { plainHomes } from '../devices-sim/load/seed-load.ts';
import type { LoadHome } from '../devices-sim/load/traffic.ts';
import { preciseClock } from '../devices-sim/precise-clock.ts';
import { startBareAedes } from './bare-aedes.ts';
import { rssOf, startProduct } from './child.ts';
import { startDatabase } from './database.ts';
import { connectMany } from './connect-many.ts';
import { machine, type Report, round } from './machine.ts';
import { startMosquitto } from './mosquitto.ts';
import { seedHomes } from './seed-homes.ts';

export interface ConnectSettings {
  clients: number;
  processes: number;
  rounds: number;
}

export const CONNECT_DEFAULTS: ConnectSettings = { clients: 4_000, processes: 1, rounds: 2 };

const PASSWORD = 'a-password-for-benchmarks';
/** Connections stand so long: time enough to look at the memory that they take. */
const HOLD_MS = 1_500;
const LOOK_EVERY_MS = 100;

interface Measured {
  perS: number;
  bytesPerClient: number;
  failures: number;
}

/**
 * Clients connected and ready (CONNACK) a second, and what each adds to the server's resident memory. The product looks up and checks
 * a credential of each; the peers let everybody in.
 */
export async function connect(settings: ConnectSettings, say: (line: string) => void): Promise<Report> {
  if (settings.clients > MOST_IN_A_PROCESS) return connectMany(settings, say);
  const machineBefore = machine();
  const database = await startDatabase();
  const product = await startProduct({
    dataDir: database.dataDir,
    adminPassword: PASSWORD,
    databaseUrl: database.url,
  });
  try {
    const homes = await seedHomes(database.url, settings.clients);
    const strangers = plainHomes(settings.clients, 2);
    const sides: { name: string; measured: Measured[]; measure: () => Promise<Measured> }[] = [
      {
        name: 'product',
        measured: [],
        measure: () => fleet(product.mqttPort, product.pid, homes, settings),
      },
      { name: 'bare aedes', measured: [], measure: () => withPeer(startBareAedes, strangers, settings) },
      { name: 'mosquitto', measured: [], measure: () => withPeer(startMosquitto, strangers, settings) },
    ];
    for (let i = 0; i < settings.rounds; i++)
      for (const side of sides) {
        const measured = await side.measure();
        if (Number.isNaN(measured.perS)) continue;
        side.measured.push(measured);
        say(
          `${side.name}: ${Math.round(measured.perS)}/s, ${Math.round(measured.bytesPerClient)} bytes each`,
        );
      }
    const best = (name: string) => {
      const all = sides.find((side) => side.name === name)?.measured ?? [];
      return {
        perS: Math.max(0, ...all.map(({ perS }) => perS)),
        // Memory that a first round has made stays with the process: later ones hardly add to it.
        bytesEach: all[0]?.bytesPerClient ?? 0,
        failures: all.reduce((sum, { failures }) => sum + failures, 0),
      };
    };
    const [ours, aedes, mosquitto] = [best('product'), best('bare aedes'), best('mosquitto')];
    const told = (side: typeof ours) => ({
      connectsPerS: Math.round(side.perS),
      bytesEach: Math.round(side.bytesEach),
      failures: side.failures,
    });
    const perAedes = ours.perS / aedes.perS;
    return {
      name: 'connect',
      machine: machineBefore,
      at: new Date().toISOString(),
      settings: { ...settings },
      product: told(ours),
      floor: {
        'bare aedes, no credentials': told(aedes),
        mosquitto: mosquitto.perS === 0 ? 'not installed' : told(mosquitto),
      },
      ratio: {
        ofBareAedes: round(perAedes, 2),
        ...(mosquitto.perS === 0 ? {} : { ofMosquitto: round(ours.perS / mosquitto.perS, 2) }),
      },
      aims: [
        { what: 'of bare aedes', aim: '≥ 0.7', measured: round(perAedes, 2), met: perAedes >= 0.7 },
        {
          what: 'KB a connection',
          aim: '≤ 25',
          measured: round(ours.bytesEach / 1024, 1),
          met: ours.bytesEach <= 25 * 1024,
        },
        { what: 'failed connections', aim: '0', measured: ours.failures, met: ours.failures === 0 },
      ],
    };
  } finally {
    await product.stop();
    await database.stop();
  }
}

/** Open files of a process are bounded, at 20,000 where nobody has raised it. */
const MOST_IN_A_PROCESS = 18_000;

const NOTHING: Measured = { perS: NaN, bytesPerClient: NaN, failures: 0 };

async function withPeer(
  start: () => Promise<{ port: number; pid: number; stop(): Promise<void> } | undefined>,
  homes: readonly LoadHome[],
  settings: ConnectSettings,
): Promise<Measured> {
  const peer = await start();
  if (peer === undefined) return NOTHING;
  try {
    return await fleet(peer.port, peer.pid, homes, settings);
  } finally {
    await peer.stop();
  }
}

async function fleet(
  port: number,
  pid: number,
  homes: readonly LoadHome[],
  settings: ConnectSettings,
): Promise<Measured> {
  const before = rssOf(pid) ?? NaN;
  let most = before;
  const looking = setInterval(() => (most = Math.max(most, rssOf(pid) ?? NaN)), LOOK_EVERY_MS);
  try {
    const result = await runLoadProcesses(
      {
        host: '127.0.0.1',
        port,
        homes,
        ratePerS: 0,
        pressesPerS: 0,
        window: 1,
        warmUpMs: 0,
        durationMs: HOLD_MS,
        seed: 'connect',
        runId: `c${Math.round(preciseClock.now()).toString(36)}`,
      },
      settings.processes,
      () => {},
    );
    return {
      perS: result.clients / (result.connectedInMs / 1000),
      bytesPerClient: (most - before) / Math.max(1, result.clients),
      failures: result.connectFailures,
    };
  } finally {
    clearInterval(looking);
  }
}
