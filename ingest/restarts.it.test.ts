import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signal } from '../schemas/signal.ts';
import { registerHome, startWorld, type World } from '../tests/support/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../tests/support/postgres.ts';
import { SteppedClock } from '../tests/support/stepped-clock.ts';
import { until } from '../tests/support/until.ts';
import { DETECTORS } from './detectors/registry.ts';
import { createHomeFold } from './home-fold.ts';
import { type HomeState, initialState, stateToJson } from './home-state.ts';
import { localTimeOf } from './local-time.ts';
import { foldItemOf } from './pipeline/homes.ts';
import { outagesOf, outagesSince } from './store/epochs.ts';
import { readTail } from './store/tail.ts';
import { anewOnRetry } from '../tests/support/anew.ts';

let db: TestDatabase;
anewOnRetry(
  async () => {
    db = await testDatabase();
  },
  () => db.drop(),
);

const rows = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
  (await db.pool.query({ text: sql, values })).rows as T[];
const fold = createHomeFold(DETECTORS, localTimeOf('Asia/Shanghai'));

/** All that is stored of a home, folded from nothing without a break. */
async function straightRun(homeId: string): Promise<{ state: HomeState; signals: Signal[] }> {
  const [home] = await rows<{ no: number }>('select no from homes where id = $1', homeId);
  const { tail } = await readTail(db.pool, 0, Number.MAX_SAFE_INTEGER, null);
  const outages = outagesOf(homeId, await outagesSince(db.pool, 0));
  let state = initialState(fold.detectors);
  const signals: Signal[] = [];
  for (const item of tail.get(home?.no ?? 0) ?? []) {
    const result = fold.fold(state, foldItemOf(item, homeId, state), outages);
    state = result.state;
    signals.push(...result.signals);
  }
  return { state, signals };
}

/** As it was saved; up to when time was moved by what left nothing to store is no part of what was folded. */
async function savedState(homeId: string): Promise<Record<string, unknown>> {
  const [saved] = await rows<{ state: Record<string, unknown> }>(
    'select s.state from home_states s join homes h on h.no = s.home_no where h.id = $1',
    homeId,
  );
  const { firedUntil: _, ...state } = saved?.state ?? ({} as Record<string, unknown>);
  return state;
}

/** What alerts show of where they come from; settings are beside the point. */
const evidenceOf = (
  list: readonly { kind: string; deviceId: string | null; messageId: string | null; at: number | string }[],
) =>
  list
    .map(
      ({ kind, deviceId, messageId, at }) => `${new Date(at).toISOString()} ${kind} ${deviceId} ${messageId}`,
    )
    .toSorted();

type Step =
  | {
      do: 'send';
      device: string;
      channel: string;
      payload: Record<string, unknown>;
      lateMs: number;
      waitedMs: number;
    }
  | { do: 'wait'; ms: number }
  | { do: 'restart'; save: boolean };

const payloads = fc.oneof(
  fc.record({
    device: fc.constant('button'),
    channel: fc.constant('sos'),
    payload: fc.constantFrom({ action: 'press' }, { action: 'cancel' }),
  }),
  fc.record({
    device: fc.constant('watch'),
    channel: fc.constant('fall'),
    payload: fc.constantFrom(
      { source: 'wearable', state: 'suspected' },
      { source: 'wearable', state: 'cleared' },
    ),
  }),
  fc.record({
    device: fc.constant('pir'),
    channel: fc.constant('presence'),
    payload: fc.record({
      sensor: fc.constant('pir'),
      zone: fc.constantFrom('bathroom', 'bedroom'),
      occupied: fc.boolean(),
    }),
  }),
  fc.record({
    device: fc.constant('monitor'),
    channel: fc.constant('vitals'),
    payload: fc.record({
      heartRateBpm: fc.integer({ min: 30, max: 150 }),
      systolicMmHg: fc.integer({ min: 80, max: 200 }),
    }),
  }),
  fc.record({
    device: fc.constantFrom('gw', 'pir', 'watch'),
    channel: fc.constant('status'),
    payload: fc.record({ online: fc.boolean(), battery: fc.integer({ min: 5, max: 60 }) }),
  }),
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .tuple(
          payloads,
          fc.constantFrom(0, 0, 500, 9_000, 700_000),
          // Between a broker in another process and us
          fc.constantFrom(0, 0, 0, 0, 3_000, 60_000),
        )
        .map(([message, lateMs, waitedMs]): Step => ({ do: 'send', ...message, lateMs, waitedMs })),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom(1, 900, 11_000, 280_000, 3_000_000).map((ms): Step => ({ do: 'wait', ms })),
    },
    { weight: 2, arbitrary: fc.boolean().map((save): Step => ({ do: 'restart', save })) },
  ),
  { minLength: 10, maxLength: 40 },
);

describe('restarts', () => {
  it('I4: state and alerts after any crashes are those of a straight run over what is stored', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const homeId = `r${run++}`;
        // A street of its own: homes of earlier runs, silent for ever, would be that street's outage (street-outage.it.test.ts)
        await registerHome(db, homeId, undefined, homeId);
        const clock = new SteppedClock(Date.now() + run * 100 * 86_400_000);
        let world = await startWorld(db, { clock });
        let n = 0;
        for (const step of script) {
          if (step.do === 'send') {
            clock.advanceTo(clock.now() + 7);
            const receivedAt = clock.now() - step.waitedMs;
            const payload = { ...step.payload, id: `${homeId}-${n++}`, ts: receivedAt - step.lateMs };
            await world.send(homeId, step.device, step.channel, payload, { receivedAt });
          } else if (step.do === 'wait') {
            clock.advanceTo(clock.now() + step.ms);
            await quiet(world);
          } else {
            await world.ingest.stop({ save: step.save });
            clock.advanceTo(clock.now() + 1500);
            world = await startWorld(db, { clock });
          }
        }
        clock.advanceTo(clock.now() + 60_000);
        await quiet(world);
        await world.send(homeId, 'gw', 'status', { id: `${homeId}-last`, ts: clock.now(), online: true });
        await world.ingest.stop();

        const { state, signals } = await straightRun(homeId);
        expect(await savedState(homeId)).toEqual(
          JSON.parse(JSON.stringify(stateToJson(fold.detectors, state))),
        );
        const alerts = await rows<{ evidence: Parameters<typeof evidenceOf>[0] }>(
          `select doc -> 'evidence' as evidence from alerts where home_id = $1`,
          homeId,
        );
        const shown = new Set(evidenceOf(alerts.flatMap(({ evidence }) => evidence)));
        const raised = signals.filter(({ effect }) => effect === 'call' || effect === 'raise');
        // Every reason is in exactly one alert; support and clears are only where something was open
        for (const line of evidenceOf(raised.flatMap(({ evidence }) => evidence)))
          expect(shown).toContain(line);
        expect(shown.size).toBe(alerts.flatMap(({ evidence }) => evidence).length);
        const all = new Set(evidenceOf(signals.flatMap(({ evidence }) => evidence)));
        for (const line of shown) expect(all).toContain(line);
      }),
      { numRuns: Number(process.env['FC_RUNS'] ?? 12) },
    );
  });

  it('I4: what waited between processes while time moved on is folded by the next owner as by a straight run', async () => {
    await registerHome(db, 'waited');
    const clock = new SteppedClock(Date.now() + 4_000 * 86_400_000);
    const from = clock.now();
    const presence = (id: string, occupied: boolean, ts: number) => ({
      id,
      ts,
      occupied,
      sensor: 'pir',
      zone: 'bathroom',
    });
    const first = await startWorld(db, { clock });
    await first.send('waited', 'pir', 'presence', presence('entered', true, from));
    // It is held for stragglers so long, and released by time alone: nothing of that is stored
    clock.advanceTo(from + 10_500);
    await quiet(first);
    await first.ingest.stop();
    clock.advanceTo(from + 11_000);
    const second = await startWorld(db, { clock });
    const waited = { receivedAt: from + 5_000 };
    await second.send('waited', 'pir', 'presence', presence('left', false, from - 1_000), waited);
    await second.ingest.stop();
    const { state } = await straightRun('waited');
    expect(await savedState('waited')).toEqual(
      JSON.parse(JSON.stringify(stateToJson(fold.detectors, state))),
    );
  });

  it('I2: a message that is sent again after a restart has no second effect', async () => {
    await registerHome(db, 'again');
    const clock = new SteppedClock(Date.now() + 5_000 * 86_400_000);
    const messages = [
      ['button', 'sos', { id: 'a', ts: clock.now() - 5, action: 'press' }],
      ['button', 'sos', { id: 'b', action: 'press' }],
      ['gw', 'status', { id: 'c', ts: clock.now() - 86_400_000, online: true }],
      ['gw', 'status', { id: 'd', ts: clock.now() + 30_000, online: true }],
      ['gw', 'status', { id: 'e', ts: clock.now() + 86_400_000, online: true }],
      ['gw', 'status', { id: 'f', online: true }],
      ['gw', 'status', { id: 'g', ts: (clock.now() - 5000) * 1000, online: true }],
    ] as const;
    const world = await startWorld(db, { clock });
    for (const [device, channel, payload] of messages)
      expect(await world.send('again', device, channel, payload)).toMatchObject({ result: 'reading' });
    await world.ingest.stop({ save: false });
    for (const days of [0, 3, 6.9]) {
      clock.advanceTo(clock.now() + days * 86_400_000);
      const later = await startWorld(db, { clock });
      for (const [device, channel, payload] of messages)
        expect([payload.id, await later.send('again', device, channel, payload)]).toEqual([
          payload.id,
          { result: 'duplicate', messageId: payload.id },
        ]);
      // the same id with other content is another message
      const other = { id: 'c', ts: clock.now() - 86_400_000 * (days + 1), online: false, days };
      expect(await later.send('again', 'gw', 'status', other)).toMatchObject({ result: 'reading' });
      await later.ingest.stop();
      if (days > 0) break;
    }
  });

  it('Home Assistant #79145, eKuiper #3847: a deadline missed while nobody ran is met at the start, once', async () => {
    await registerHome(db, 'missed', { gw: 'gateway' });
    const clock = new SteppedClock(Date.now() + 6_000 * 86_400_000);
    const world = await startWorld(db, { clock });
    await world.send('missed', 'gw', 'status', { online: true });
    await world.ingest.stop({ save: false });
    // Nobody was accepting: the gateway gets its full time again, on our clock
    clock.advanceTo(clock.now() + 600_000);
    for (const round of [1, 2]) {
      const later = await startWorld(db, { clock });
      clock.advanceTo(clock.now() + 290_000);
      await until(`round ${round}`, async () => {
        const found = await rows<{ n: number }>(
          `select jsonb_array_length(doc -> 'evidence')::int as n from alerts where dedup_key = 'missed-gw:device_offline'`,
        );
        return found.length === 1 && found[0]?.n === 1;
      });
      await quiet(later);
      await later.ingest.stop({ save: round === 1 });
    }
  });

  it('Home Assistant #59812: a condition that held before the start raises as soon as it is heard again', async () => {
    await registerHome(db, 'held');
    const clock = new SteppedClock(Date.now() + 7_000 * 86_400_000);
    const first = await startWorld(db, { clock });
    await first.send('held', 'button', 'status', { battery: 9 });
    await first.ingest.stop({ save: false });
    await rows(
      `update alerts set state = 'resolved', resolved_at = now() where dedup_key = 'held-button:low_battery'`,
    );
    clock.advanceTo(clock.now() + 2 * 86_400_000);
    const second = await startWorld(db, { clock });
    const outcome = await second.send('held', 'button', 'status', { battery: 9 });
    expect(outcome).toMatchObject({ alertIds: [expect.any(String)] });
    await second.ingest.stop();
  });
});

/** Until nothing is at work and no timer is due. */
async function quiet(world: World): Promise<void> {
  let before = -1;
  await until('quiet', async () => {
    await new Promise((resolve) => setTimeout(resolve, 15));
    const { transactions, signals } = world.ingest.stats;
    const now = transactions * 1e6 + signals;
    const same = now === before;
    before = now;
    return same;
  });
}
