import { describe, expect, it } from 'vitest';
import { T0 } from '../../tests/support/detector-world.ts';
import { LivingHome } from '../../tests/support/living-home.ts';
import type { DeviceProfile } from './detector.ts';
import { overstay } from './overstay.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** 02:00 of the night after T0 (10:00). */
const NIGHT = T0 + 16 * HOUR;

const rooms: DeviceProfile[] = ['bathroom', 'bedroom', 'kitchen', 'living'].map((zone) => ({
  deviceId: zone,
  kind: 'pir',
  zone,
}));
const door: DeviceProfile = { deviceId: 'door', kind: 'door', zone: 'entrance' };
const bed: DeviceProfile = { deviceId: 'bed', kind: 'bed', zone: 'bedroom' };
const home = (devices = [...rooms, door], at = T0): LivingHome => new LivingHome([overstay], devices, at);
const last = (h: LivingHome) => h.signals.at(-1);

describe('bathroom', () => {
  it.each([
    ['an hour by day', T0, 60],
    ['half an hour by night', NIGHT, 30],
  ])('raises exactly at %s, and not a millisecond before', (_, at, minutes) => {
    const h = home()
      .sees('living', at - HOUR / 2)
      .sees('bathroom', at);
    expect(h.until(at + minutes * MINUTE - 1).raised).toEqual([]);
    expect(h.until(at + minutes * MINUTE).raised).toEqual([{ rule: 'bathroom', at: at + minutes * MINUTE }]);
    expect(last(h)).toMatchObject({
      kind: 'overstay',
      priority: 2,
      dedupKey: 'h1:emergency',
      deviceId: 'bathroom',
    });
  });
  it('the stay is what counts: an infrared "nobody" ends nothing, for whoever lies still is not seen', () => {
    const h = home()
      .sees('bathroom', T0)
      .sees('bathroom', T0 + 5000, false)
      .sees('bathroom', T0 + 10 * MINUTE)
      .sees('bathroom', T0 + 11 * MINUTE, false);
    expect(h.until(T0 + HOUR).raised).toHaveLength(1);
  });
  it('presence elsewhere ends it', () => {
    const h = home()
      .sees('bathroom', T0)
      .sees('living', T0 + 59 * MINUTE);
    expect(h.until(T0 + 3 * HOUR).raised).toEqual([]);
  });
  it('the door ends it', () => {
    const h = home()
      .sees('bathroom', T0)
      .sees('door', T0 + 5 * MINUTE)
      .sees('door', T0 + 5 * MINUTE + 4000, false);
    expect(h.until(T0 + 3 * HOUR).raised).toEqual([]);
  });
  it('a radar’s "nobody" ends it, and so does that of a home’s only sensor', () => {
    const radar: DeviceProfile = { deviceId: 'radar', kind: 'mmwave', zone: 'bathroom' };
    expect(
      home([radar, ...rooms])
        .sees('radar', T0)
        .sees('radar', T0 + MINUTE, false)
        .until(T0 + 2 * HOUR).raised,
    ).toEqual([]);
    const only: DeviceProfile = { deviceId: 'only', kind: 'pir', zone: 'bathroom' };
    expect(
      home([only])
        .sees('only', T0)
        .sees('only', T0 + MINUTE, false)
        .until(T0 + 2 * HOUR).raised,
    ).toEqual([]);
    expect(
      home([only])
        .sees('only', T0)
        .until(T0 + HOUR).raised,
    ).toHaveLength(1);
  });
  it('a contact on the bathroom’s door knows of no stay', () => {
    const contact: DeviceProfile = { deviceId: 'contact', kind: 'door', zone: 'bathroom' };
    expect(
      home([contact, door])
        .sees('contact', T0)
        .until(T0 + DAY).raised,
    ).toEqual([]);
  });
  it('rooms may be named in Chinese', () => {
    const h = home([{ deviceId: 'wc', kind: 'pir', zone: '卫生间' }, ...rooms]);
    expect(h.sees('wc', T0).until(T0 + HOUR).raised).toEqual([{ rule: 'bathroom', at: T0 + HOUR }]);
  });
  it('I13: not on a sensor known to be silent, and not over our own outage', () => {
    const h = home().sees('bathroom', T0);
    h.says('bathroom', 'status', { online: false }, T0 + MINUTE, { will: true });
    expect(h.until(T0 + 3 * HOUR).raised).toEqual([]);
    const over = home().sees('bathroom', T0);
    over.outages = [[T0 + 10 * MINUTE, T0 + 30 * MINUTE]];
    expect(over.until(T0 + 80 * MINUTE - 1).raised).toEqual([]);
    expect(over.until(T0 + 80 * MINUTE).raised).toHaveLength(1);
  });
  it('a mode suspends it; at its end the time begins anew', () => {
    const h = home()
      .sees('bathroom', T0)
      .mode('leave', T0 + MINUTE, T0 + 2 * HOUR);
    expect(h.until(T0 + 3 * HOUR - 1).raised).toEqual([]);
    expect(h.until(T0 + 3 * HOUR).raised).toHaveLength(1);
  });
  it('leaving afterwards is evidence against, and closes nothing', () => {
    const h = home()
      .sees('bathroom', T0)
      .until(T0 + HOUR)
      .sees('living', T0 + 2 * HOUR)
      .until(T0 + 2 * HOUR);
    expect(last(h)).toMatchObject({
      effect: 'support',
      evidence: [{ for: false, data: { rule: 'bathroom' } }],
    });
    expect(h.raised).toHaveLength(1);
  });
  it('closed by a person while it goes on, it is raised again (ThingsBoard #13050)', () => {
    const h = home()
      .sees('bathroom', T0)
      .until(T0 + HOUR);
    const at = T0 + 70 * MINUTE;
    h.told({ kind: 'resolved', dedupKey: 'h1:emergency', alertId: 'a', disposition: 'false_alarm', at }, at);
    expect(h.until(at + 30 * MINUTE - 1).raised).toHaveLength(1);
    expect(h.until(at + 30 * MINUTE).raised).toHaveLength(2);
  });
});

describe('bedroom and bed', () => {
  it('ten hours in the bedroom', () => {
    const h = home().sees('bedroom', T0);
    for (let hour = 1; hour < 10; hour++) h.sees('bedroom', T0 + hour * HOUR);
    expect(h.until(T0 + 10 * HOUR - 1).raised).toEqual([]);
    expect(h.until(T0 + 10 * HOUR).raised).toEqual([{ rule: 'bedroom', at: T0 + 10 * HOUR }]);
  });
  it('out of bed at night for 45 minutes, and still by then', () => {
    const h = home([...rooms, bed])
      .sees('bed', NIGHT - 3 * HOUR)
      .sees('bed', NIGHT, false)
      .sees('living', NIGHT + MINUTE);
    expect(h.until(NIGHT + 45 * MINUTE - 1).raised).toEqual([]);
    expect(h.until(NIGHT + 45 * MINUTE).raised).toEqual([{ rule: 'out_of_bed', at: NIGHT + 45 * MINUTE }]);
  });
  it('without a bed sensor the bedroom stands for the bed', () => {
    const h = home()
      .sees('bedroom', NIGHT - 3 * HOUR)
      .sees('kitchen', NIGHT);
    expect(h.until(NIGHT + 45 * MINUTE).raised.map(({ rule }) => rule)).toContain('out_of_bed');
  });
  it('a moment out of the bedroom, and nothing since, has the same limit as any other time out of bed', () => {
    const h = home()
      .sees('bedroom', NIGHT - 3 * HOUR)
      .sees('living', NIGHT)
      .sees('living', NIGHT + 2000, false);
    expect(h.until(NIGHT + 45 * MINUTE - 1).raised).toEqual([]);
    expect(h.until(NIGHT + 45 * MINUTE).raised.map(({ rule }) => rule)).toEqual(['out_of_bed']);
  });
  it('back in bed is back', () => {
    const h = home([...rooms, bed])
      .sees('bed', NIGHT - 3 * HOUR)
      .sees('bed', NIGHT, false)
      .sees('bathroom', NIGHT + MINUTE)
      .sees('bed', NIGHT + 8 * MINUTE);
    expect(h.until(NIGHT + 2 * HOUR).raised).toEqual([]);
  });
  it('who moves about is well', () => {
    const h = home().sees('bedroom', NIGHT - 3 * HOUR);
    for (let minute = 0; minute < 120; minute += 8)
      h.sees(minute % 16 === 0 ? 'living' : 'dining', NIGHT + minute * MINUTE);
    expect(h.raised).toEqual([]);
  });
  it('by day nobody has to be in bed', () => {
    const h = home([...rooms, bed])
      .sees('bed', T0)
      .sees('bed', T0 + HOUR, false);
    expect(h.until(T0 + 5 * HOUR).raised).toEqual([]);
  });
  it('in the kitchen at night for as long', () => {
    const h = home()
      .sees('living', NIGHT - MINUTE)
      .sees('kitchen', NIGHT);
    expect(h.until(NIGHT + 45 * MINUTE).raised).toEqual([{ rule: 'kitchen_night', at: NIGHT + 45 * MINUTE }]);
  });
});

describe('by the usual hour', () => {
  /** Ten days: up at 07:00, out from 09:00 to 11:00, in bed at 21:30 (T0 is 10:00). */
  const tenDays = (): LivingHome => {
    const h = home(undefined, T0 - 4 * HOUR);
    for (let day = 0; day < 10; day++) {
      const midnight = T0 - 10 * HOUR + day * DAY;
      const at = (hour: number, minute = 0) => midnight + hour * HOUR + minute * MINUTE;
      h.sees('bedroom', at(6, 50)).sees('kitchen', at(7));
      h.sees('door', at(9)).sees('door', at(9, 1), false).sees('door', at(11)).sees('living', at(11, 1));
      for (let hour = 12; hour < 21; hour++) h.sees(hour % 2 === 0 ? 'living' : 'kitchen', at(hour));
      h.sees('bedroom', at(21, 30));
    }
    return h;
  };
  const MIDNIGHT = T0 - 10 * HOUR + 10 * DAY;
  it('not risen: an hour and a half after the middle of the usual hours', () => {
    const h = tenDays();
    expect(h.raised).toEqual([]);
    expect(h.until(MIDNIGHT + 8.5 * HOUR).raised).toContainEqual({
      rule: 'not_risen',
      at: MIDNIGHT + 8.5 * HOUR,
    });
  });
  it('a visit to the bathroom is not rising, one to the kitchen is', () => {
    const asleep = tenDays()
      .sees('bathroom', MIDNIGHT + 7 * HOUR)
      .sees('bedroom', MIDNIGHT + 7 * HOUR + 5 * MINUTE);
    expect(asleep.until(MIDNIGHT + 8.5 * HOUR).raised.map(({ rule }) => rule)).toContain('not_risen');
    const up = tenDays().sees('kitchen', MIDNIGHT + 7 * HOUR);
    expect(up.until(MIDNIGHT + 9 * HOUR).raised.map(({ rule }) => rule)).not.toContain('not_risen');
  });
  it('not back: two hours after the usual hour', () => {
    const h = tenDays().sees('kitchen', MIDNIGHT + 7 * HOUR);
    h.sees('door', MIDNIGHT + 9 * HOUR).sees('door', MIDNIGHT + 9 * HOUR + MINUTE, false);
    expect(h.until(MIDNIGHT + 12.9 * HOUR).raised).toEqual([]);
    expect(h.until(MIDNIGHT + 13.1 * HOUR).raised.map(({ rule }) => rule)).toEqual(['not_back']);
  });
  it('without seven days of habit both are silent', () => {
    const h = home().sees('bedroom', T0 + 11 * HOUR);
    expect(h.until(T0 + 20 * HOUR).raised).toEqual([]);
    const out = home().sees('door', T0);
    expect(out.until(T0 + 3 * DAY).raised).toEqual([]);
  });
});
