import { expect, it } from 'vitest';
import { T0 } from '../../tests/support/detector-world.ts';
import { LivingHome } from '../../tests/support/living-home.ts';
import { deviceFault } from './device-fault.ts';
import { REPEAT_MS, selfTest, TEST_EVERY_MS } from './self-test.ts';

const DAY = 24 * 3_600_000;
const home = () =>
  new LivingHome(
    [deviceFault, selfTest] as never,
    [
      { deviceId: 'button', kind: 'sos_button' },
      { deviceId: 'watch', kind: 'wearable' },
    ],
    T0,
  );
const said = (h: LivingHome) =>
  h.signals.map(({ effect, kind, deviceId, evidence }) => [effect, kind, deviceId, evidence[0]?.kind]);

it('a weekly self-test that does not come is told exactly when it is due, and once a day from then on', () => {
  const h = home().says('button', 'status', { selfTest: 'pass' }, T0);
  // `until` is inclusive of ten seconds' lateness, which this detector has not
  expect(h.until(T0 + TEST_EVERY_MS - 10_001).raised).toEqual([]);
  h.until(T0 + TEST_EVERY_MS);
  expect(said(h)).toEqual([['raise', 'device_fault', 'button', 'self_test_missing']]);
  expect(h.signals[0]).toMatchObject({
    dedupKey: 'button:device_fault',
    priority: 4,
    occurredAt: T0 + TEST_EVERY_MS,
  });
  expect(h.until(T0 + TEST_EVERY_MS + REPEAT_MS).raised).toHaveLength(2);
});

it('a test that is made up for ends it; one that fails is a fault of its own and ends nothing', () => {
  const missed = () =>
    home()
      .says('button', 'status', { selfTest: 'pass' }, T0)
      .until(T0 + TEST_EVERY_MS);
  const done = missed().says('button', 'status', { selfTest: 'pass' }, T0 + 8 * DAY);
  expect(said(done).at(-1)).toEqual(['clear', 'device_fault', 'button', 'self_test_done']);
  const failed = missed().says('button', 'status', { selfTest: 'fail' }, T0 + 8 * DAY);
  expect(said(failed).slice(1)).toEqual([['raise', 'device_fault', 'button', 'device_fault']]);
});

it('a press while the home is in test mode is the button’s test', () => {
  const h = home()
    .mode('test', T0)
    .says('button', 'sos', { action: 'press' }, T0 + 1000)
    .mode('home', T0 + 2000);
  h.until(T0 + 1000 + TEST_EVERY_MS);
  expect(said(h)).toEqual([['raise', 'device_fault', 'button', 'self_test_missing']]);
});

it('nothing is expected of a device that has never tested itself', () => {
  const h = home().says('watch', 'status', { online: true }, T0);
  expect(h.until(T0 + 30 * DAY).signals).toEqual([]);
});

it('I13, I4: an outage of ours puts it off, a restart does not', () => {
  const h = home().says('button', 'status', { selfTest: 'pass' }, T0);
  h.outages = [[T0 + 7 * DAY, T0 + 7 * DAY + 3_600_000]];
  h.restarts();
  expect(h.until(T0 + TEST_EVERY_MS).raised).toEqual([]);
  expect(h.until(T0 + TEST_EVERY_MS + 3_600_000).raised).toHaveLength(1);
});
