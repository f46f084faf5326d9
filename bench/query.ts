import pg from 'pg';
import { ApiClient } from '../devices-sim/api/api-client.ts';
import { Histogram } from '../devices-sim/measure/histogram.ts';
import { randomOf } from '../devices-sim/random.ts';
import { startProduct } from './child.ts';
import { startDatabase } from './database.ts';
import { machine, type Report, round } from './machine.ts';
import { seedHomes } from './seed-homes.ts';
import { monthsWork } from './seed-work.ts';
import { daysReadings } from './seed-readings.ts';

export interface QuerySettings {
  readings: number;
  /** Over so many days before now. */
  days: number;
  homes: number;
  visits: number;
  openAlerts: number;
  asks: number;
}

export const QUERY_DEFAULTS: QuerySettings = {
  readings: 1_000_000,
  days: 3,
  homes: 1_000,
  visits: 20_000,
  openAlerts: 500,
  asks: 100,
};

const PASSWORD = 'a-password-for-benchmarks';
const DAY_MS = 86_400_000;

/**
 * What operators and reports ask most, over HTTP with everything that belongs to it (session, scope, JSON); beside the same rows asked
 * for by SQL from plain tables: no partitions, an index by home and moment.
 */
export async function query(settings: QuerySettings, say: (line: string) => void): Promise<Report> {
  const machineBefore = machine();
  const database = await startDatabase();
  const product = await startProduct({
    dataDir: database.dataDir,
    adminPassword: PASSWORD,
    databaseUrl: database.url,
  });
  const plain = new pg.Client({ connectionString: database.url });
  await plain.connect();
  try {
    const api = await ApiClient.logIn(product.apiUrl, 'admin', PASSWORD);
    const homes = await seedHomes(database.url, settings.homes);
    // Personal data is sealed by the service alone: one home of its making lends the others its address.
    await api.call('POST', '/homes', { id: 'lender', street: '莲花', address: '1 Lianhua Road' });
    await plain.query(
      `update homes set personal = lender.personal from homes lender where lender.id = 'lender' and homes.personal = ''`,
    );
    const readings = await daysReadings(
      database.url,
      Math.ceil(settings.readings / settings.homes),
      settings.days,
    );
    await monthsWork(database.url, settings.visits, settings.openAlerts);
    say(`${readings} readings, ${settings.visits} visits, ${settings.openAlerts} open alerts`);
    await plainTables(plain);
    const random = randomOf('query');
    const now = Date.now();
    const iso = (at: number): string => new Date(at).toISOString();
    const day = () => now - random.int(1, settings.days) * DAY_MS;
    const sides: Record<string, { ours: () => Promise<unknown>; theirs: () => Promise<unknown> }> = {
      openAlerts: {
        ours: () => api.call('GET', '/alerts?state=open&limit=200'),
        theirs: () =>
          plain.query(
            `select doc from plain_alerts where state = 'open' order by priority, opened_at, id limit 200`,
          ),
      },
      homesDay: {
        ours: () => {
          const from = day();
          const home = random.pick([homes[0] ?? { homeId: '' }, ...homes]).homeId;
          return api.call(
            'GET',
            `/homes/${home}/readings?from=${iso(from)}&to=${iso(from + DAY_MS)}&limit=1000`,
          );
        },
        theirs: () => {
          const from = day();
          const home = random.int(1, settings.homes);
          return plain.query(
            `select * from plain_readings where home_no = $1 and occurred_at >= $2 and occurred_at < $3
             order by occurred_at, seq limit 1000`,
            [home, new Date(from), new Date(from + DAY_MS)],
          );
        },
      },
      kpiMonth: {
        ours: () =>
          api.call('GET', `/reports/kpi?from=${iso(now - 31 * DAY_MS)}&to=${iso(now)}&groupBy=month`),
        theirs: () =>
          plain.query(
            `select to_char(ended_at at time zone 'Asia/Shanghai', 'YYYY-MM'), count(distinct home_id), count(*),
                    sum(minutes) / 60.0, avg(score)
             from plain_visits where ended_at >= $1 and ended_at < $2 group by 1`,
            [new Date(now - 31 * DAY_MS), new Date(now)],
          ),
      },
    };
    const product_: Record<string, unknown> = {};
    const floor: Record<string, unknown> = {};
    const ratio: Record<string, number> = {};
    const p99: Record<string, number> = {};
    for (const [name, { ours, theirs }] of Object.entries(sides)) {
      const [mine, other] = [new Histogram(), new Histogram()];
      for (let i = 0; i < settings.asks; i++) {
        mine.record(await timed(ours));
        other.record(await timed(theirs));
      }
      product_[name] = mine.summary();
      floor[name] = other.summary();
      ratio[`${name}, p50`] = round(mine.quantileMs(0.5) / other.quantileMs(0.5), 2);
      p99[name] = mine.quantileMs(0.99);
      say(`${name}: p50 ${round(mine.quantileMs(0.5), 1)} ms, plain ${round(other.quantileMs(0.5), 1)} ms`);
    }
    const aim = (name: string, what: string, mostMs: number): Report['aims'][number] => ({
      what: `${what} p99, ms`,
      aim: `≤ ${mostMs}`,
      measured: round(p99[name] ?? Infinity, 1),
      met: (p99[name] ?? Infinity) <= mostMs,
    });
    return {
      name: 'query',
      machine: machineBefore,
      at: new Date().toISOString(),
      settings: { ...settings, readings },
      product: product_,
      floor,
      ratio,
      aims: [
        aim('openAlerts', 'open alerts', 50),
        aim('homesDay', 'one home’s day', 100),
        aim('kpiMonth', 'KPI of a month', 1_000),
      ],
    };
  } finally {
    await plain.end();
    await product.stop();
    await database.stop();
  }
}

async function plainTables(client: pg.Client): Promise<void> {
  await client.query('create table plain_readings as select * from readings');
  await client.query('create index on plain_readings (home_no, occurred_at)');
  await client.query('create table plain_alerts as select * from alerts');
  await client.query('create index on plain_alerts (state, priority, opened_at)');
  await client.query(
    'create table plain_visits as select v.*, r.score from visits v left join ratings r using (order_id)',
  );
  await client.query('create index on plain_visits (ended_at)');
  for (const table of ['plain_readings', 'plain_alerts', 'plain_visits'])
    await client.query(`analyze ${table}`);
}

async function timed(ask: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await ask();
  return performance.now() - from;
}
