import { randomBytes } from 'node:crypto';
import { raise } from '../alerts/store.ts';
import { press } from '../alerts/testing/signals.ts';
import { minCostAssignment } from '../dispatcher/assignment/min-cost-assignment.ts';
import { createDispatcher } from '../dispatcher/dispatcher.ts';
import { SealedWords } from '../dispatcher/personal/words.ts';
import { createPersonalData } from '../platform/crypto/personal-data.ts';
import { timerWakeUps } from '../dispatcher/wake-ups/timer-wake-ups.ts';
import { createPool, inTransaction, type Pool } from '../platform/database.ts';
import { idSource } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { ManualClock } from '../platform/manual-clock.ts';
import { createMetrics } from '../platform/metrics.ts';
import { migrate } from '../platform/migrate.ts';
import { systemClock } from '../platform/clock.ts';
import { dedupKey } from '../schemas/alert.ts';
import { startDatabase } from './database.ts';
import { machine, type Report, round } from './machine.ts';

export interface DispatchBurstSettings {
  alerts: number;
  caregivers: number;
}

export const DISPATCH_BURST_DEFAULTS: DispatchBurstSettings = { alerts: 1_000, caregivers: 250 };

/** Monday, 16:00 in Shenzhen. */
const T0 = Date.parse('2026-01-12T08:00:00.000Z');
/** Nobody has answered for so long: offered by itself. */
const UNANSWERED_MS = 30_000;
const RAISED_AT_ONCE = 500;
/** A street's width, in degrees. */
const SPREAD = 0.027;
const LARGEST_MATRIX = 25_000_000;

/**
 * Alerts that come due at one moment, until each has been offered to somebody or told to the supervisor, in the database;
 * beside it the assignment of as many alone, on a matrix of chance.
 */
export async function dispatchBurst(
  settings: DispatchBurstSettings,
  say: (line: string) => void,
): Promise<Report> {
  const machineBefore = machine();
  const database = await startDatabase();
  const log = silentLog();
  await migrate({ url: database.url, clock: systemClock, log });
  const pool = createPool(database.url, { applicationName: 'bench', log, max: 16 });
  const clock = new ManualClock(T0);
  const newId = idSource(clock);
  const dispatcher = createDispatcher({
    pool,
    clock,
    log,
    metrics: createMetrics({ process: false }),
    newId,
    timeZone: 'Asia/Shanghai',
    wakeUps: timerWakeUps({ clock, log }),
    nameOf: () => 'somebody',
    words: new SealedWords({ db: pool, cipher: createPersonalData(randomBytes(32)), now: () => Date.now() }),
    sealNotes: (notes) => Buffer.from(notes),
    openNotes: (sealed) => Buffer.from(sealed).toString(),
    channels: [],
    contactsOf: () => [],
  });
  await dispatcher.start();
  try {
    const homes = await people(pool, settings);
    for (let from = 0; from < homes.length; from += RAISED_AT_ONCE)
      await inTransaction(pool, (tx) =>
        raise(
          tx,
          homes
            .slice(from, from + RAISED_AT_ONCE)
            .map((homeId) => press({ homeId, dedupKey: dedupKey.emergency(homeId) })),
          {
            now: () => clock.now(),
            newId: () => newId('a'),
            homeOf: () => ({ residentId: null, canAsk: false }),
          },
        ),
      );
    dispatcher.wake();
    await dispatcher.settled();
    say(`${homes.length} alerts are open`);
    const from = performance.now();
    clock.set(T0 + UNANSWERED_MS);
    await dispatcher.settled();
    const tookMs = performance.now() - from;
    const { rows } = await pool.query<{ offered: number; told: number }>(
      `select (select count(distinct order_id)::int from offers) as offered,
              (select count(*)::int from alerts where doc -> 'timeline' @> '[{"note": "supervisor"}]') as told`,
    );
    const { offered = 0, told = 0 } = rows[0] ?? {};
    const solverMs = solve(settings);
    const left = homes.length - offered - told;
    return {
      name: 'dispatch-burst',
      machine: machineBefore,
      at: new Date().toISOString(),
      settings: { ...settings },
      product: {
        'due → all offered or told, ms': round(tookMs, 0),
        'alerts a second': round((homes.length * 1000) / tookMs, 0),
        offered,
        toldSupervisor: told,
      },
      floor: { 'solver alone, ms': solverMs === undefined ? 'too large to try' : round(solverMs, 1) },
      ratio: solverMs === undefined ? {} : { ofSolver: round(tookMs / solverMs, 1) },
      aims: [{ what: 'alerts neither offered nor told', aim: '0', measured: left, met: left === 0 }],
    };
  } finally {
    await dispatcher.stop();
    await pool.end();
    await database.stop();
  }
}

/** Homes and people near one another, the people on shift for a day from then on. */
export async function people(
  pool: Pool,
  { alerts, caregivers }: DispatchBurstSettings,
  fromMs = T0,
): Promise<string[]> {
  const near = (a: number, b: number): string =>
    `22.5571 + ${SPREAD} * (i * ${a} % 1000 / 1000.0 - 0.5), 114.0592 + ${SPREAD} * (i * ${b} % 1000 / 1000.0 - 0.5)`;
  const { rows } = await pool.query<{ id: string }>(
    `insert into homes (id, street, lat, lon, personal, created_at)
     select 'b' || i, '莲花', ${near(7919, 104729)}, '', $2 from generate_series(1, $1::int) i returning id`,
    [alerts, new Date(fromMs)],
  );
  await pool.query(
    `with made as (
       insert into caregivers (id, role, stars, lat, lon, personal, provider, created_at)
       select 'c' || i, 'care_worker', 3, ${near(6091, 75979)}, '', 'provider-1', $2
       from generate_series(1, $1::int) i returning id)
     insert into shifts (id, caregiver_id, from_at, to_at, created_at)
     select 's-' || id, id, $2::timestamptz - interval '1 hour', $2::timestamptz + interval '1 day', $2 from made`,
    [caregivers, new Date(fromMs)],
  );
  return rows.map(({ id }) => id);
}

function solve({ alerts, caregivers }: DispatchBurstSettings): number | undefined {
  if (caregivers === 0 || alerts * caregivers > LARGEST_MATRIX) return undefined;
  const cost = Float64Array.from({ length: alerts * caregivers }, (_, i) => (i * 7919) % 1009);
  const from = performance.now();
  minCostAssignment({ rows: alerts, columns: caregivers, cost });
  return performance.now() - from;
}
