import { expect, it } from 'vitest';
import { registerHome, startWorld, type World } from '../tests/support/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../tests/support/postgres.ts';
import { SteppedClock } from '../tests/support/stepped-clock.ts';
import { until } from '../tests/support/until.ts';
import { DETECTORS } from './detectors/registry.ts';
import { createHomeFold } from './home-fold.ts';
import { type HomeStateJson, initialState, stateToJson } from './home-state.ts';
import { localTimeOf } from './local-time.ts';
import { foldItemOf } from './pipeline/homes.ts';
import { outagesOf, outagesSince } from './store/epochs.ts';
import { streetOutagesSince } from './store/street-outages.ts';
import { readTail } from './store/tail.ts';
import { anewOnRetry } from '../tests/support/anew.ts';

let db: TestDatabase;
const clock = new SteppedClock(Date.now() + 86_400_000);
let world: World;
const HOMES = Array.from({ length: 24 }, (_, n) => `s${n}`);
const GONE = HOMES.slice(0, 16);

anewOnRetry(
  async () => {
    db = await testDatabase();
    for (const homeId of HOMES) await registerHome(db, homeId, { gw: 'gateway', pir: 'pir' });
    world = await startWorld(db, { clock });
  },
  async () => {
    await world.ingest.stop();
    await db.drop();
  },
);

const rows = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
  (await db.pool.query({ text: sql, values })).rows as T[];
const outageAlerts = () =>
  rows<{ state: string; doc: { homeId: string; evidence: { data: { count: number } }[] } }>(
    `select state, doc from alerts where kind = 'outage' order by opened_at`,
  );
const offline = async () =>
  (await rows<{ key: string }>(`select dedup_key as key from alerts where kind = 'device_offline'`)).map(
    ({ key }) => key,
  );
/** One after the other, for bulk is paced by the clock. */
async function say(homes: readonly string[], payload: unknown, will: boolean): Promise<void> {
  for (const homeId of homes) {
    clock.advanceTo(clock.now() + 1);
    await world.send(homeId, 'gw', 'status', payload, { will });
  }
}
const speak = (homes: readonly string[]) => say(homes, { online: true }, false);
const cut = (homes: readonly string[]) => say(homes, { online: false }, true);

/** Second by second; the others keep talking. */
async function passes(seconds: number, talking: readonly string[]): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    clock.advanceTo(clock.now() + 1_000);
    if (second % 60 === 0) await speak(talking);
    await settled();
  }
}
/** Until nothing is at work. */
async function settled(): Promise<void> {
  let before = -1;
  await until('quiet', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    await db.pool.query('select 1');
    const { transactions, signals } = world.ingest.stats;
    const same = transactions * 1e6 + signals === before;
    before = transactions * 1e6 + signals;
    return same;
  });
}

it('a street that falls silent is one alert with a count, also over a crash; its end clears it; who stays away is told', async () => {
  const rest = HOMES.slice(GONE.length);
  await speak(HOMES);
  await cut(GONE);
  await passes(4, rest);
  await until('the outage', async () => (await outageAlerts()).length === 1);
  await passes(12, rest);
  expect(await outageAlerts()).toMatchObject([
    { state: 'open', doc: { homeId: '', evidence: [{ data: { count: GONE.length } }] } },
  ]);
  expect(await offline()).toEqual([]);

  await world.ingest.stop({ save: false });
  clock.advanceTo(clock.now() + 1_500);
  world = await startWorld(db, { clock });
  await passes(12, rest);
  expect(await outageAlerts()).toHaveLength(1);
  expect(await offline()).toEqual([]);

  const back = GONE.slice(1);
  for (let minute = 0; minute < 13; minute += 1) {
    clock.advanceTo(clock.now() + 60_000);
    await speak([...rest, ...back]);
    await settled();
  }
  await until('its end', async () => {
    clock.advanceTo(clock.now() + 1_000);
    return (await outageAlerts())[0]?.state === 'resolved';
  });
  for (let minute = 0; minute < 11; minute += 1) {
    clock.advanceTo(clock.now() + 60_000);
    await speak([...rest, ...back]);
    await settled();
  }
  await until('the one that stays away', async () =>
    (await offline()).includes(`${GONE[0]}-gw:device_offline`),
  );
  expect(await offline()).toHaveLength(1);
  const { signals, opened, joined, unattached } = world.ingest.stats;
  expect(signals).toBe(opened + joined + unattached);
});

it('I4: a refold sees the street as it was known at each time', async () => {
  await world.ingest.stop();
  const fold = createHomeFold(DETECTORS, localTimeOf('Asia/Shanghai'));
  const { tail } = await readTail(db.pool, 0, Number.MAX_SAFE_INTEGER, null);
  const stored = await outagesSince(db.pool, 0);
  const streets = await streetOutagesSince(db.pool, 0);
  expect(streets).toHaveLength(1);
  const saved = await rows<{ no: number; id: string; state: HomeStateJson }>(
    'select h.no, h.id, s.state from home_states s join homes h on h.no = s.home_no',
  );
  expect(saved).toHaveLength(HOMES.length);
  for (const { no, id, state: kept } of saved) {
    const { firedUntil: _, ...state } = kept;
    const outages = outagesOf(id, stored);
    let folded = initialState(fold.detectors);
    for (const item of tail.get(no) ?? [])
      folded = fold.fold(folded, foldItemOf(item, id, folded), outages, streets).state;
    expect([id, JSON.parse(JSON.stringify(stateToJson(fold.detectors, folded)))]).toEqual([id, state]);
  }
  world = await startWorld(db, { clock });
});
