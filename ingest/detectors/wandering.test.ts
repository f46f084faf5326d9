import { describe, expect, it } from 'vitest';
import { T0 } from '../../tests/support/detector-world.ts';
import { LivingHome } from '../../tests/support/living-home.ts';
import { gcj02ToBd09, wgs84ToGcj02 } from '../../schemas/datum.ts';
import { movedM } from '../geo/distance.ts';
import type { DeviceProfile } from './detector.ts';
import { AGAIN_MS, DWELL_MS, NIGHT_EXIT_MS, wandering } from './wandering.ts';

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NIGHT = T0 + 16 * HOUR;
const CENTRE = { lat: 22.5431, lon: 114.0579 };
const fence = { ...CENTRE, radiusM: 500, bufferM: 50 };
const watch: DeviceProfile = { deviceId: 'watch', kind: 'locator' };
const door: DeviceProfile = { deviceId: 'door', kind: 'door', zone: 'entrance' };
const living: DeviceProfile = { deviceId: 'living', kind: 'pir', zone: 'living' };
const kitchen: DeviceProfile = { deviceId: 'kitchen', kind: 'pir', zone: 'kitchen' };
const home = (at = T0): LivingHome =>
  new LivingHome([wandering], [watch, door, living, kitchen], at, { fence });
const fix = (h: LivingHome, at: number, northM: number, accuracyM = 10, more = {}): LivingHome =>
  h.says('watch', 'location', { ...movedM(CENTRE, northM, 0), accuracyM, ...more }, at);
const effects = (h: LivingHome) => h.settled.signals.map(({ effect }) => effect);

describe('fence', () => {
  it('two fixes beyond fence, buffer and accuracy are an exit', () => {
    const h = fix(fix(home(), T0, 600), T0 + 30 * SECOND, 620);
    expect(h.settled.raised).toEqual([{ rule: 'fence_exit', at: T0 + 30 * SECOND }]);
    expect(h.settled.signals[0]).toMatchObject({
      kind: 'wandering',
      priority: 2,
      dedupKey: 'h1:emergency',
      evidence: [{ data: { distanceM: 620, accuracyM: 10 } }],
    });
  });
  it('drift makes no exit: a fix is out only by more than its own accuracy (Traccar #3609)', () => {
    const h = home();
    for (let i = 0; i < 50; i++) fix(h, T0 + i * 30 * SECOND, 700, 151);
    expect(h.until(T0 + HOUR).raised).toEqual([]);
    expect(fix(fix(h, T0 + HOUR, 700, 149), T0 + HOUR + MINUTE, 700, 149).settled.raised).toHaveLength(1);
  });
  it('one fix out and one in is none', () => {
    expect(fix(fix(home(), T0, 600), T0 + MINUTE, 100).until(T0 + HOUR).raised).toEqual([]);
  });
  it('one fix out and nothing after it is an exit when the dwell is over', () => {
    const h = fix(home(), T0, 600);
    expect(h.until(T0 + DWELL_MS - 1).raised).toEqual([]);
    expect(h.until(T0 + DWELL_MS).raised).toEqual([{ rule: 'fence_exit', at: T0 + DWELL_MS }]);
  });
  it('between fence and buffer nothing changes: no exit, and after one no return', () => {
    const h = fix(
      fix(fix(fix(home(), T0, 520), T0 + MINUTE, 600), T0 + 2 * MINUTE, 600),
      T0 + 3 * MINUTE,
      520,
    );
    expect(effects(h)).toEqual(['raise']);
    fix(h, T0 + 4 * MINUTE, 400);
    expect(effects(h)).toEqual(['raise', 'support']);
    expect(h.settled.signals[1]).toMatchObject({ evidence: [{ kind: 'fence_return', for: false }] });
  });
  it('who is out stays told, with a position every other minute, and is not raised twice', () => {
    const h = home();
    for (let i = 0; i < 12; i++) fix(h, T0 + i * 30 * SECOND, 600 + i * 30);
    expect(effects(h)).toEqual(['raise', 'support', 'support']);
  });
  it('a jump that nobody could make is not believed, until the next fix agrees with it', () => {
    const h = fix(fix(fix(home(), T0, 0), T0 + 30 * SECOND, 5000), T0 + MINUTE, 10);
    expect(h.until(T0 + HOUR).raised).toEqual([]);
    const gone = fix(
      fix(fix(fix(home(), T0, 0), T0 + 30 * SECOND, 5000), T0 + MINUTE, 5010),
      T0 + 90 * SECOND,
      5020,
    );
    expect(gone.settled.raised).toHaveLength(1);
  });
  it.each([
    ['gcj02', (p: typeof CENTRE) => wgs84ToGcj02(p)],
    ['bd09', (p: typeof CENTRE) => gcj02ToBd09(wgs84ToGcj02(p))],
  ] as const)('positions in %s are converted', (datum, of) => {
    const h = home();
    for (let i = 0; i < 5; i++)
      h.says('watch', 'location', { ...of(movedM(CENTRE, 0, 450)), accuracyM: 10, datum }, T0 + i * MINUTE);
    expect(h.until(T0 + HOUR).raised).toEqual([]);
    for (let i = 5; i < 7; i++)
      h.says(
        'watch',
        'location',
        { ...of(movedM(CENTRE, 0, 600)), accuracyM: 10, datum },
        T0 + HOUR + i * MINUTE,
      );
    expect(h.settled.signals[0]).toMatchObject({ evidence: [{ data: { distanceM: 600 } }] });
  });
  it('leave and hospital suspend it', () => {
    const h = home().mode('leave', T0, T0 + HOUR);
    expect(fix(fix(h, T0 + 1, 600), T0 + MINUTE, 600).until(T0 + HOUR - MINUTE).raised).toEqual([]);
  });
  it('closed by a person while still out, it is raised again after a quiet time (ThingsBoard #13050)', () => {
    const h = fix(fix(home(), T0, 600), T0 + MINUTE, 600);
    const at = T0 + 2 * MINUTE;
    h.told({ kind: 'resolved', dedupKey: 'h1:emergency', alertId: 'a', disposition: 'assisted', at }, at);
    for (let m = 3; m < 17; m++) fix(h, T0 + m * MINUTE, 600);
    expect(h.settled.raised).toHaveLength(1);
    fix(h, at + AGAIN_MS, 600);
    expect(h.settled.raised).toHaveLength(2);
  });
  it('I3: a late fix moves nothing back and un-raises nothing', () => {
    const h = fix(fix(home(), T0, 600), T0 + MINUTE, 600);
    h.says('watch', 'location', { ...CENTRE, accuracyM: 5 }, T0 - HOUR, {
      receivedAt: T0 + 2 * MINUTE,
      marks: ['late'],
    });
    expect(effects(h)).toEqual(['raise']);
  });
  it('a call for help takes the last position with it', () => {
    const h = fix(home(), T0, 100).says('button', 'sos', { action: 'press' }, T0 + MINUTE);
    expect(h.settled.signals).toMatchObject([
      { effect: 'support', evidence: [{ kind: 'position', data: { datum: 'wgs84' } }] },
    ]);
  });
});

describe('night', () => {
  const leaves = (h: LivingHome, at: number) =>
    h
      .sees('living', at - MINUTE)
      .sees('door', at)
      .sees('door', at + 4 * SECOND, false);
  it('who goes out of the door in the night and does not come back is missed', () => {
    const h = leaves(home(), NIGHT);
    expect(h.until(NIGHT + 4 * SECOND + NIGHT_EXIT_MS - 1).raised).toEqual([]);
    expect(h.until(NIGHT + 4 * SECOND + NIGHT_EXIT_MS).raised.map(({ rule }) => rule)).toEqual([
      'night_exit',
    ]);
  });
  it('who is seen inside again is not', () => {
    expect(
      leaves(home(), NIGHT)
        .sees('living', NIGHT + MINUTE)
        .until(NIGHT + HOUR).raised,
    ).toEqual([]);
  });
  it('by day nobody is', () => {
    expect(leaves(home(), T0 + HOUR).until(T0 + 8 * HOUR).raised).toEqual([]);
  });
  it('back later is evidence against', () => {
    const h = leaves(home(), NIGHT)
      .until(NIGHT + 20 * MINUTE)
      .sees('living', NIGHT + 30 * MINUTE)
      .until(NIGHT + 31 * MINUTE);
    expect(effects(h)).toEqual(['raise', 'support']);
  });
  it('up and down the home in the night is pacing, a visit to the kitchen is not', () => {
    const h = home();
    for (let i = 0; i < 26; i++) h.sees(i % 2 === 0 ? 'living' : 'kitchen', NIGHT + i * MINUTE);
    expect(h.until(NIGHT + HOUR).raised.map(({ rule }) => rule)).toEqual(['pacing']);
    const once = home()
      .sees('living', NIGHT)
      .sees('kitchen', NIGHT + MINUTE)
      .sees('living', NIGHT + 9 * MINUTE);
    expect(once.until(NIGHT + HOUR).raised).toEqual([]);
  });
});
