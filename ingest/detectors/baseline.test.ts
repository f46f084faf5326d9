import { expect, it } from 'vitest';
import { T0 } from '../../tests/support/detector-world.ts';
import { LivingHome } from '../../tests/support/living-home.ts';
import { baseline, STAYS_MS } from './baseline.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;
const monitor = { deviceId: 'monitor', kind: 'health_monitor' };

/** So many days of a pressure around 150 in the morning, at noon and in the evening. */
function usually150(days: number): LivingHome {
  const h = new LivingHome([baseline], [monitor], T0);
  for (let day = 0; day < days; day++)
    for (const [hour, offset] of [
      [0, -4],
      [5, 2],
      [10, 3],
    ] as const)
      h.says('monitor', 'vitals', { systolicMmHg: 150 + offset + (day % 3) }, T0 + day * DAY + hour * HOUR);
  return h;
}
const measured = (h: LivingHome, at: number, systolicMmHg: number, more = {}): LivingHome =>
  h.says('monitor', 'vitals', { systolicMmHg, ...more }, at);
const effects = (h: LivingHome) => h.settled.signals.map(({ effect, dedupKey }) => `${effect} ${dedupKey}`);

it('a value far from the resident’s own that stays is told, though NEWS2 would not mind it', () => {
  const h = usually150(9);
  const at = T0 + 9 * DAY;
  expect(measured(measured(h, at, 112), at + STAYS_MS - 1, 113).settled.signals).toEqual([]);
  measured(h, at + STAYS_MS, 112);
  expect(effects(h)).toEqual(['raise h1:vitals_low', 'support h1:emergency']);
  expect(h.signals[0]).toMatchObject({
    kind: 'vitals',
    priority: 3,
    evidence: [{ kind: 'baseline', data: { parameter: 'systolicMmHg', value: 112 } }],
  });
});
it('is told once, and its end is evidence', () => {
  const h = usually150(9);
  const at = T0 + 9 * DAY;
  for (const [minute, value] of [
    [0, 112],
    [40, 112],
    [80, 112],
    [120, 149],
  ] as const)
    measured(h, at + minute * MINUTE, value);
  expect(effects(h)).toEqual(['raise h1:vitals_low', 'support h1:emergency', 'support h1:vitals_low']);
  expect(h.signals.at(-1)?.evidence[0]?.for).toBe(false);
});
it('one odd value, or one each way, is nothing', () => {
  const h = usually150(9);
  const at = T0 + 9 * DAY;
  for (const [minute, value] of [
    [0, 112],
    [40, 150],
    [60, 112],
    [100, 190],
  ] as const)
    measured(h, at + minute * MINUTE, value);
  expect(h.settled.signals).toEqual([]);
});
it('six days are not enough to know somebody', () => {
  const h = usually150(6);
  expect(measured(measured(h, T0 + 6 * DAY, 100), T0 + 6 * DAY + HOUR, 100).settled.signals).toEqual([]);
});
it('what is implausible or poorly measured neither counts nor teaches', () => {
  const h = usually150(9);
  const at = T0 + 9 * DAY;
  for (let i = 0; i < 5; i++)
    measured(measured(h, at + i * HOUR, 20), at + i * HOUR + MINUTE, 110, { quality: 0.2 });
  expect(h.settled.signals).toEqual([]);
});
it('several residents have no one baseline', () => {
  const two = new LivingHome([baseline], [monitor], T0, {}, { residents: 2 });
  for (let day = 0; day < 12; day++)
    for (let i = 0; i < 3; i++) measured(two, T0 + day * DAY + i * 5 * HOUR, day < 9 ? 150 : 110);
  expect(two.settled.signals).toEqual([]);
});
it('a few hundred bytes are all it keeps', () => {
  expect(JSON.stringify(usually150(60).state.states[0]).length).toBeLessThan(400);
});
