import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../platform/log.ts';
import { registerHome, startWorld } from '../tests/support/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../tests/support/postgres.ts';
import { SteppedClock } from '../tests/support/stepped-clock.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const DAY_MS = 86_400_000;

/** How wrong a device's clock is, ms; null: it has none. */
const offset = fc.constantFrom(null, 0, 0, -5, 20, 1_500, 45_000, 3_600_000, 30 * DAY_MS, -40 * DAY_MS);
type Step =
  | { do: 'send'; device: number; press: boolean }
  | { do: 'repeat'; which: number }
  | { do: 'wait'; ms: number }
  | { do: 'restart'; save: boolean }
  /** The device's clock is set. */
  | { do: 'set'; device: number; offset: number | null };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ do: fc.constant('send' as const), device: fc.nat(3), press: fc.boolean() }),
    },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('repeat' as const), which: fc.nat() }) },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom(1, 40, 1_600, 59_000, 61_000, 3_700_000, 1.1 * DAY_MS)
        .map((ms): Step => ({ do: 'wait', ms })),
    },
    { weight: 1, arbitrary: fc.boolean().map((save): Step => ({ do: 'restart', save })) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('set' as const), device: fc.nat(3), offset }),
    },
  ),
  { minLength: 20, maxLength: 80 },
);

it('I2: whatever the clocks, the waits, the restarts and the size of memory: a repeat within 7 days is a duplicate, all else is not', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.tuple(offset, offset, offset, offset), steps, async (given, script) => {
      const homeId = `d${run++}`;
      const offsets = [...given];
      await registerHome(db, homeId, { d0: 'wearable', d1: 'wearable', d2: 'gateway', d3: 'wearable' });
      const clock = new SteppedClock(Date.now() + run * 300 * DAY_MS);
      const start = () => startWorld(db, { clock, detectors: [], limits: { recentIds: 6 } });
      let world = await start();
      const sent: { device: number; press: boolean; payload: Record<string, unknown>; at: number }[] = [];
      for (const step of script) {
        clock.advanceTo(clock.now() + 3);
        if (step.do === 'wait') clock.advanceTo(clock.now() + step.ms);
        else if (step.do === 'restart') {
          await world.ingest.stop({ save: step.save });
          world = await start();
        } else if (step.do === 'set') offsets[step.device] = step.offset;
        else if (step.do === 'send') {
          const offset = offsets[step.device] ?? null;
          const payload = {
            id: `m${sent.length}`,
            ...(offset !== null && { ts: clock.now() - 2 + offset }),
            ...(step.press ? { action: 'press' } : { online: true, n: sent.length }),
          };
          const outcome = await world.send(homeId, `d${step.device}`, step.press ? 'sos' : 'status', payload);
          expect(outcome).toMatchObject({ result: 'reading', messageId: payload.id });
          sent.push({ device: step.device, press: step.press, payload, at: clock.now() });
        } else if (sent.length > 0) {
          const again = sent[step.which % sent.length];
          if (!again || clock.now() - again.at > 6.9 * DAY_MS) continue;
          const { id, ...rest } = again.payload;
          // written anew, in another order
          const outcome = await world.send(homeId, `d${again.device}`, again.press ? 'sos' : 'status', {
            ...rest,
            id,
          });
          expect(outcome).toEqual({ result: 'duplicate', messageId: id });
        }
      }
      await world.ingest.stop();
    }),
    { numRuns: Number(process.env['FC_RUNS'] ?? 12) },
  );
});

it('I2: a repeat is known while memory is short of its first copy, however much the clock was ahead when that came', async () => {
  await registerHome(db, 'ahead', { fast: 'wearable', other: 'wearable' });
  const clock = new SteppedClock(Date.now());
  const world = await startWorld(db, { clock, detectors: [], limits: { recentIds: 4 } });
  const send = (device: string, id: string, ts: number) =>
    world.send('ahead', device, 'status', { id, ts, online: true });
  // What a former owner may have taken is looked up in any case
  clock.advanceTo(clock.now() + 130_000);
  for (const aheadMs of [1, 900, 40_000]) {
    const id = `m${aheadMs}`;
    const ts = clock.now() + aheadMs;
    expect(await send('fast', id, ts)).toMatchObject({ result: 'reading', messageId: id });
    for (let n = 0; n < 10; n++) await send('other', `${id}-${n}`, clock.now() - 10);
    expect(await send('fast', id, ts)).toEqual({ result: 'duplicate', messageId: id });
    clock.advanceTo(ts + 5);
    for (let n = 10; n < 20; n++) await send('other', `${id}-${n}`, clock.now() - 10);
    expect(await send('fast', id, ts)).toEqual({ result: 'duplicate', messageId: id });
  }
  await world.ingest.stop();
});

it('I2: a repeat is known after a start, of a device that was ahead and said nothing in the minute before it', async () => {
  await registerHome(db, 'silent', { fast: 'wearable' });
  const clock = new SteppedClock(Date.now() + 3 * DAY_MS);
  let recalled = 0;
  const stream = {
    write: (line: string) => void (recalled += Number(line.includes('recent ids are remembered'))),
  };
  const start = () => startWorld(db, { clock, detectors: [], log: createLog({ level: 'debug', stream }) });
  const first = await start();
  await expect.poll(() => recalled).toBe(1);
  clock.advanceTo(clock.now() + 130_000);
  const payload = { id: 'm', ts: clock.now() + 45_000, online: true };
  expect(await first.send('silent', 'fast', 'status', payload)).toMatchObject({ result: 'reading' });
  clock.advanceTo(clock.now() + 80_000);
  await first.ingest.stop();
  const second = await start();
  await expect.poll(() => recalled).toBe(2);
  expect(await second.send('silent', 'fast', 'status', payload)).toEqual({
    result: 'duplicate',
    messageId: 'm',
  });
  await second.ingest.stop();
});
