import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { T0 } from '../../tests/support/detector-world.ts';
import { LivingHome } from '../../tests/support/living-home.ts';
import type { DeviceProfile } from './detector.ts';
import { baseline } from './baseline.ts';
import { fallMotion } from './fall-motion.ts';
import { inactivity } from './inactivity.ts';
import { overstay } from './overstay.ts';
import { wandering } from './wandering.ts';

const MINUTE = 60_000;
const devices: DeviceProfile[] = [
  ...['bathroom', 'bedroom', 'kitchen', 'living', 'entrance'].map((zone) => ({
    deviceId: zone,
    kind: 'pir',
    zone,
  })),
  { deviceId: 'door', kind: 'door', zone: 'entrance' },
  { deviceId: 'bed', kind: 'bed', zone: 'bedroom' },
  { deviceId: 'watch', kind: 'locator' },
];
const fence = { lat: 22.54, lon: 114.06, radiusM: 500, bufferM: 50 };
const all = [fallMotion, baseline, inactivity, overstay, wandering];
const home = (): LivingHome => new LivingHome(all, devices, T0, { fence });

/** A stretch of life: who says what, how long after the one before, and how long it was on its way (within the lateness). */
const happening = fc.record({
  who: fc.constantFrom(
    'bathroom',
    'bedroom',
    'kitchen',
    'living',
    'entrance',
    'door',
    'bed',
    'watch',
    'beat',
    'vitals',
  ),
  occupied: fc.boolean(),
  afterMs: fc.oneof(fc.integer({ min: 1, max: 20 * MINUTE }), fc.integer({ min: 1, max: 500 * MINUTE })),
  delayMs: fc.integer({ min: 0, max: 900 }),
  n: fc.integer({ min: 0, max: 1000 }),
});
type Happening = { who: string; occupied: boolean; afterMs: number; delayMs: number; n: number; at: number };
const life = fc.array(happening, { minLength: 5, maxLength: 60 }).map((list) => {
  let at = T0;
  return list.map((each): Happening => ({ ...each, at: (at += each.afterMs + 1000) }));
});

function tell(h: LivingHome, { who, occupied, at, delayMs, n }: Happening, more = {}): LivingHome {
  const arrived = { receivedAt: at + delayMs, messageId: `${who}-${at}`, ...more };
  if (who === 'watch')
    return h.says('watch', 'location', { lat: 22.54, lon: 114.06 + n / 50_000, accuracyM: 15 }, at, arrived);
  if (who === 'beat') return h.says('living', 'status', { online: n > 100 }, at, arrived);
  if (who === 'vitals') return h.says('watch', 'vitals', { heartRateBpm: 60 + (n % 40) }, at, arrived);
  const sensor = who === 'door' || who === 'bed' ? who : 'pir';
  const zone = who === 'door' ? 'entrance' : who === 'bed' ? 'bedroom' : who;
  return h.says(
    who,
    'presence',
    { sensor, zone, occupied: sensor === 'pir' ? occupied || n > 300 : occupied },
    at,
    arrived,
  );
}
const endOf = (list: readonly Happening[]): number => (list.at(-1)?.at ?? T0) + 30 * 60 * MINUTE;

describe('detectors of absence, wandering and trend', () => {
  it('I4: looked at any number of times between, and restarted between, they conclude the same', () => {
    fc.assert(
      fc.property(life, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (list, pauses) => {
        const straight = home();
        for (const each of list) tell(straight, each);
        const broken = home();
        list.forEach((each, i) => {
          tell(broken, each);
          // Time is looked at, though nothing may be due, and the process may die.
          if (pauses[i]) broken.until(each.at + each.delayMs - 10_001);
          broken.restarts();
        });
        expect(broken.until(endOf(list)).signals).toEqual(straight.until(endOf(list)).signals);
      }),
      { numRuns: 60 },
    );
  });
  it('I3: a burst of late events raises or supports, and never takes back or loses what was raised', () => {
    fc.assert(
      fc.property(life, life, (list, late) => {
        const h = home();
        for (const each of list) tell(h, each);
        h.until(endOf(list));
        const before = structuredClone(h.signals);
        const now = endOf(list) + MINUTE;
        for (const each of late) tell(h, each, { receivedAt: Math.max(now, each.at), marks: ['late'] });
        expect(h.signals.slice(0, before.length)).toEqual(before);
        expect(h.signals.slice(before.length).map(({ effect }) => effect)).not.toContain('clear');
      }),
      { numRuns: 40 },
    );
  });
  it('states are plain JSON of a few kilobytes', () => {
    fc.assert(
      fc.property(life, (list) => {
        const h = home();
        for (const each of list) tell(h, each);
        for (const state of h.state.states) {
          const json = JSON.stringify(state);
          expect(JSON.parse(json)).toEqual(state);
          expect(json.length).toBeLessThan(4000);
        }
      }),
      { numRuns: 25 },
    );
  });
});
