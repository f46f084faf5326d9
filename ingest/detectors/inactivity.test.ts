import { describe, expect, it } from 'vitest';
import { T0 } from '../../tests/support/detector-world.ts';
import { LivingHome } from '../../tests/support/living-home.ts';
import type { DeviceProfile } from './detector.ts';
import { AGAIN_MS, inactivity } from './inactivity.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LIMIT = 4 * HOUR;

const living: DeviceProfile = { deviceId: 'living', kind: 'pir', zone: 'living' };
const bedroom: DeviceProfile = { deviceId: 'bedroom', kind: 'pir', zone: 'bedroom' };
const door: DeviceProfile = { deviceId: 'door', kind: 'door', zone: 'entrance' };
const hall: DeviceProfile = { deviceId: 'hall', kind: 'pir', zone: 'entrance' };
const bed: DeviceProfile = { deviceId: 'bed', kind: 'bed', zone: 'bedroom' };
const home = (devices = [living, bedroom, door, hall]): LivingHome =>
  new LivingHome([inactivity], devices, T0);
const last = (h: LivingHome) => h.signals.at(-1);

describe('the limit', () => {
  it('raises exactly at four hours without a sign, and not a millisecond before', () => {
    const h = home().sees('living', T0);
    expect(h.until(T0 + LIMIT - 1).raised).toEqual([]);
    expect(h.until(T0 + LIMIT).raised).toEqual([{ rule: 'inactivity', at: T0 + LIMIT }]);
    expect(last(h)).toMatchObject({
      kind: 'inactivity',
      priority: 2,
      dedupKey: 'h1:emergency',
      deviceId: 'living',
    });
  });
  it('a sign that comes a millisecond before the limit starts it anew', () => {
    const h = home()
      .sees('living', T0)
      .sees('living', T0 + LIMIT - 1);
    expect(h.until(T0 + LIMIT).raised).toEqual([]);
    expect(h.until(T0 + 2 * LIMIT - 1).raised).toHaveLength(1);
  });
  it('whoever is as late as the limit is too late', () => {
    const h = home()
      .sees('living', T0)
      .sees('living', T0 + LIMIT);
    expect(h.until(T0 + LIMIT + MINUTE).raised).toHaveLength(1);
  });
  it('begins when a sensor sees nobody any more', () => {
    const h = home()
      .sees('living', T0)
      .sees('living', T0 + HOUR, false);
    expect(h.until(T0 + LIMIT).raised).toEqual([]);
    expect(h.until(T0 + LIMIT + HOUR).raised).toHaveLength(1);
  });
  it('raises though late, as of the time it was due', () => {
    expect(
      home()
        .sees('living', T0)
        .until(T0 + 10 * HOUR).raised,
    ).toEqual([{ rule: 'inactivity', at: T0 + LIMIT }]);
  });
  it('says it once, however long it lasts', () => {
    expect(
      home()
        .sees('living', T0)
        .until(T0 + 3 * DAY).raised,
    ).toHaveLength(1);
  });
  it('is the resident’s setting', () => {
    const h = new LivingHome([inactivity], [living], T0, { inactivityMin: 90 }).sees('living', T0);
    expect(h.until(T0 + 90 * MINUTE).raised).toEqual([{ rule: 'inactivity', at: T0 + 90 * MINUTE }]);
  });
});

describe('nights', () => {
  const EVENING = T0 + 11 * HOUR; // 21:00; waking hours end at 22:00
  it('count for nothing: one hour before, three after', () => {
    const h = home().sees('bedroom', EVENING);
    const dueAt = EVENING + HOUR + 8 * HOUR + 3 * HOUR;
    expect(h.until(dueAt - 1).raised).toEqual([]);
    expect(h.until(dueAt).raised).toEqual([{ rule: 'inactivity', at: dueAt }]);
  });
  it('waking hours that cross midnight hold (智慧养老)', () => {
    const h = new LivingHome([inactivity], [living], T0, { wakingHours: ['14:00', '02:00'] });
    const at = T0 + 12 * HOUR; // 22:00
    expect(h.sees('living', at).until(at + LIMIT - 1).raised).toEqual([]);
    expect(h.until(at + LIMIT).raised).toHaveLength(1);
  });
  it('somebody known to go to bed, and last seen elsewhere, is not asleep', () => {
    const h = home();
    for (let day = 0; day < 9; day++) {
      const at = T0 + day * DAY;
      for (let hour = 0; hour <= 11; hour++) h.sees('living', at + hour * HOUR);
      h.sees('bedroom', at + 12 * HOUR - MINUTE);
      h.sees('bedroom', at + 20 * HOUR + MINUTE);
    }
    const at = T0 + 9 * DAY + 11 * HOUR;
    h.sees('living', at).until(at + LIMIT * 1.15);
    expect(h.raised).toHaveLength(1);
  });
});

describe('who is not inactive', () => {
  it('whoever left by the door and was not seen since', () => {
    const h = home()
      .sees('living', T0)
      .sees('door', T0 + MINUTE)
      .sees('hall', T0 + MINUTE + 1000)
      .sees('door', T0 + MINUTE + 5000, false);
    expect(h.until(T0 + 5 * DAY).raised).toEqual([]);
  });
  it('but whoever is seen inside after the door has not left', () => {
    const h = home()
      .sees('door', T0)
      .sees('door', T0 + 3000, false)
      .sees('living', T0 + 20_000);
    expect(h.until(T0 + 20_000 + LIMIT).raised).toHaveLength(1);
  });
  it('and whoever came back by the door is in, even if nobody sees them', () => {
    const h = home()
      .sees('living', T0)
      .sees('door', T0 + MINUTE)
      .sees('door', T0 + MINUTE + 5000, false);
    h.sees('door', T0 + 2 * HOUR).sees('door', T0 + 2 * HOUR + 4000, false);
    expect(h.until(T0 + 2 * HOUR + 4000 + LIMIT).raised).toHaveLength(1);
  });
  it('whoever lies in a bed that knows', () => {
    const h = home([living, bed, door]).sees('bed', T0);
    expect(h.until(T0 + DAY).raised).toEqual([]);
  });
  it('a home where nothing has ever been seen', () => {
    expect(home().until(T0 + DAY).raised).toEqual([]);
  });
  it('a press is a sign', () => {
    const h = home([living, { deviceId: 'button', kind: 'sos_button' }]).sees('living', T0);
    h.says('button', 'sos', { action: 'cancel' }, T0 + HOUR);
    expect(h.until(T0 + LIMIT + HOUR - 1).raised).toEqual([]);
    expect(h.until(T0 + LIMIT + HOUR).raised).toHaveLength(1);
  });
});

describe('sensors and outages (I13)', () => {
  const beats = (
    h: LivingHome,
    devices: string[],
    until: number,
    every = 10 * MINUTE,
    from = T0 + every,
  ): LivingHome => {
    for (let at = from; at < until; at += every)
      for (const deviceId of devices) h.says(deviceId, 'status', { online: true }, at);
    return h;
  };
  it('I13: a quiet person whose sensors report by the clock is found', () => {
    const h = beats(home().sees('living', T0), ['living', 'bedroom', 'door', 'hall'], T0 + 5 * HOUR);
    expect(h.raised).toEqual([{ rule: 'inactivity', at: T0 + LIMIT }]);
  });
  it('I13: sensors that reported by the clock and have all fallen silent are no quiet person', () => {
    const all = ['living', 'bedroom', 'door', 'hall'];
    const h = beats(
      home()
        .sees('living', T0)
        .sees('bedroom', T0)
        .sees('hall', T0)
        .sees('living', T0 + 1),
      all,
      T0 + HOUR,
    );
    expect(h.until(T0 + DAY / 3).raised).toEqual([]);
    // They are back: the pause begins anew.
    const backAt = T0 + DAY;
    beats(h, all, backAt + LIMIT, 10 * MINUTE, backAt);
    expect(h.until(backAt + LIMIT - 1).raised).toEqual([]);
    expect(h.until(backAt + LIMIT).raised).toHaveLength(1);
  });
  it('I13: a sensor whose will was spoken cannot have seen anybody', () => {
    const h = home([living]).sees('living', T0);
    h.says('living', 'status', { online: false }, T0 + HOUR, { will: true });
    expect(h.until(T0 + DAY / 3).raised).toEqual([]);
  });
  it('sensors that speak of changes alone are taken to be alive', () => {
    expect(
      home([living])
        .sees('living', T0)
        .until(T0 + LIMIT).raised,
    ).toHaveLength(1);
  });
  it('one blind room gives time, and the evidence names the sensor', () => {
    const h = home()
      .sees('bedroom', T0 - MINUTE)
      .sees('living', T0);
    h.says('bedroom', 'status', { online: false }, T0 + HOUR);
    expect(h.until(T0 + LIMIT).raised).toEqual([]);
    expect(h.until(T0 + 1.5 * LIMIT).raised).toHaveLength(1);
    expect(last(h)?.evidence[1]).toMatchObject({
      kind: 'silent_sensors',
      for: false,
      data: { deviceIds: ['bedroom'] },
    });
  });
  it('I13: what its gateway no longer passes on is unknown, not quiet; a sensor heard since has a line of its own', () => {
    const gateway: DeviceProfile = { deviceId: 'gw', kind: 'gateway' };
    const cut = () =>
      home([living, bedroom, hall, gateway])
        .says('gw', 'status', { online: true }, T0)
        .sees('living', T0)
        .says('gw', 'status', { online: false }, T0 + MINUTE, { will: true });
    expect(cut().until(T0 + 2 * LIMIT).raised).toEqual([]);
    const heard = cut().sees('living', T0 + HOUR);
    expect(heard.until(T0 + HOUR + 1.5 * LIMIT).raised).toHaveLength(1);
  });
  it('I13: our own outage is unknown time and does not count', () => {
    const h = home().sees('living', T0);
    h.outages = [[T0 + HOUR, T0 + 2 * HOUR]];
    h.says('hall', 'status', {}, T0 + 2 * HOUR);
    expect(h.until(T0 + LIMIT + HOUR - 1).raised).toEqual([]);
    expect(h.until(T0 + LIMIT + HOUR).raised).toHaveLength(1);
  });
});

describe('modes', () => {
  it.each(['leave', 'hospital', 'maintenance'] as const)(
    '%s suspends, and re-arms by itself at its end',
    (mode) => {
      const h = home()
        .sees('living', T0)
        .mode(mode, T0 + MINUTE, T0 + 6 * HOUR);
      expect(h.until(T0 + 6 * HOUR + LIMIT - 1).raised).toEqual([]);
      expect(h.until(T0 + 6 * HOUR + LIMIT).raised).toHaveLength(1);
    },
  );
  it('test does not suspend, and its signals say so', () => {
    const h = home()
      .sees('living', T0)
      .mode('test', T0 + MINUTE);
    h.until(T0 + LIMIT);
    expect(last(h)).toMatchObject({ test: true });
  });
});

describe('afterwards', () => {
  it('a sign is evidence against, and closes nothing', () => {
    const h = home()
      .sees('living', T0)
      .until(T0 + LIMIT)
      .sees('bedroom', T0 + LIMIT + HOUR)
      .until(T0 + LIMIT + HOUR);
    expect(last(h)).toMatchObject({ effect: 'support', evidence: [{ for: false }] });
  });
  it('I3: a late sign moves nothing back and un-raises nothing', () => {
    const h = home()
      .sees('living', T0)
      .until(T0 + LIMIT);
    h.says('bedroom', 'presence', { sensor: 'pir', zone: 'bedroom', occupied: true }, T0 - HOUR, {
      receivedAt: T0 + LIMIT + HOUR,
      marks: ['late'],
    });
    h.says('bedroom', 'presence', { sensor: 'pir', zone: 'bedroom', occupied: true }, T0 + HOUR, {
      receivedAt: T0 + LIMIT + HOUR,
      marks: ['late'],
    });
    expect(h.signals.map(({ effect }) => effect)).not.toContain('clear');
    expect(h.raised).toHaveLength(1);
  });
  it('closed by a person while nothing moves, it is raised again after a quiet time (ThingsBoard #13050)', () => {
    const h = home()
      .sees('living', T0)
      .until(T0 + LIMIT);
    const at = T0 + LIMIT + HOUR;
    h.told({ kind: 'resolved', dedupKey: 'h1:emergency', alertId: 'a', disposition: 'false_alarm', at }, at);
    expect(h.until(at + AGAIN_MS - 1).raised).toHaveLength(1);
    expect(h.until(at + AGAIN_MS).raised).toHaveLength(2);
  });
  it('I4: state survives a restart; a timer that was due in between fires (Home Assistant #59812, ThingsBoard #10590)', () => {
    const h = home().sees('living', T0).restarts();
    expect(h.until(T0 + 6 * HOUR).raised).toEqual([{ rule: 'inactivity', at: T0 + LIMIT }]);
  });
});

describe('habits', () => {
  const NOON = T0 + 8 * DAY + 2 * HOUR;
  /** Eight days of a sign every `everyMin` from 06:00 to 22:00. */
  const lived = (everyMin: number): LivingHome => {
    const h = new LivingHome([inactivity], [living, bedroom, door], T0 - 4 * HOUR);
    for (let day = 0; day <= 8; day++)
      for (
        let at = T0 - 4 * HOUR + day * DAY;
        at < Math.min(NOON, T0 + 12 * HOUR + day * DAY);
        at += everyMin * MINUTE
      )
        h.sees('living', at);
    return h;
  };
  it('somebody always about is missed sooner, but not before three quarters of the limit', () => {
    const h = lived(30).sees('living', NOON);
    expect(h.until(NOON + 0.75 * LIMIT - 1).raised).toEqual([]);
    expect(h.until(NOON + 0.75 * LIMIT).raised).toHaveLength(1);
    expect(last(h)?.evidence[0]?.data).toMatchObject({ learnt: true, limitMin: 180, setMin: 240 });
  });
  it('somebody who sits long is given more, but not over 1.15 of the limit', () => {
    const h = lived(200).sees('living', NOON);
    expect(h.until(NOON + 1.15 * LIMIT - 1).raised).toEqual([]);
    expect(h.until(NOON + 1.15 * LIMIT).raised).toHaveLength(1);
  });
});
