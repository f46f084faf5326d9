import { expect, it } from 'vitest';
import { anewOnRetry } from '../tests/support/anew.ts';
import { registerHome, startWorld, type World } from '../tests/support/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../tests/support/postgres.ts';
import { SteppedClock } from '../tests/support/stepped-clock.ts';
import { until } from '../tests/support/until.ts';

let db: TestDatabase;
let world: World;
let clock: SteppedClock;
/** In each of two streets: of one model, and others. */
const STREETS = ['莲花', '梅林'];
const homesOf = (name: string) =>
  STREETS.flatMap((_, s) => Array.from({ length: 5 }, (__, n) => `${name}${s}${n}`));
const SAME = homesOf('m');
const OTHERS = homesOf('o');

anewOnRetry(
  async () => {
    db = await testDatabase();
    clock = new SteppedClock(Date.now() + 86_400_000);
    for (const homeId of [...SAME, ...OTHERS])
      await registerHome(db, homeId, { gw: 'gateway' }, STREETS[Number(homeId[1])]);
    await db.pool.query(`update devices set model = 'GW-3' where id like 'm%'`);
    world = await startWorld(db, { clock });
  },
  async () => {
    await world.ingest.stop();
    await db.drop();
  },
);

async function say(homes: readonly string[], online: boolean): Promise<void> {
  for (const homeId of homes) {
    clock.advanceTo(clock.now() + 1);
    await world.send(homeId, 'gw', 'status', { online }, { will: !online });
  }
}
const alerts = async () =>
  (
    await db.pool.query<{ kind: string; key: string; state: string; doc: unknown }>(
      `select kind, dedup_key as key, state, doc from alerts order by opened_at`,
    )
  ).rows;

it('gateways of one model that fall silent in several streets are one outage, of the model and of no street', async () => {
  await say([...SAME, ...OTHERS], true);
  await say(SAME, false);
  await until('the outage', async () => {
    clock.advanceTo(clock.now() + 1_000);
    return (await alerts()).length > 0;
  });
  for (let second = 0; second < 15; second += 1) {
    // Acknowledged before time goes on: what is stored is known to its ingest by then, too
    await say(OTHERS, true);
    clock.advanceTo(clock.now() + 1_000);
  }
  expect(await alerts()).toMatchObject([
    {
      kind: 'outage',
      key: 'model:GW-3:outage',
      state: 'open',
      doc: { homeId: '', evidence: [{ kind: 'model_silent', data: { model: 'GW-3', count: SAME.length } }] },
    },
  ]);

  await say(SAME, true);
  await until('its end', async () => {
    clock.advanceTo(clock.now() + 1_000);
    return (await alerts())[0]?.state === 'resolved';
  });
  expect(await alerts()).toHaveLength(1);
});
