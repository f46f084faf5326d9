import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTimestamp, readClock } from './clock.ts';

const now = Date.parse('2026-11-23T08:00:00.000Z');
const read = (ts: number | string | undefined) => {
  const { occurredAt, verdict } = readClock(ts, now);
  return [occurredAt - now, verdict];
};

describe('the clock’s rule', () => {
  it('takes the broker’s time where the device has no clock', () =>
    expect(read(undefined)).toEqual([0, 'absent']));

  it('keeps the past as it is, however old: it is late data, not a wrong clock', () => {
    expect(read(now - 1)).toEqual([-1, 'ok']);
    expect(read(now - 60_000)).toEqual([-60_000, 'ok']);
    expect(read(now - 60_001)).toEqual([-60_001, 'late']);
    expect(read('2008-02-25T00:20:14Z')).toEqual([Date.parse('2008-02-25T00:20:14Z') - now, 'late']);
    expect(read(0)).toEqual([-now, 'late']);
  });

  it('never puts an event after its arrival: what asks for a time need not look at days that had ended by then', () => {
    const ts = fc.oneof(
      fc.double(),
      fc.integer({ min: now - 1e9, max: now + 1e9 }),
      fc.constant('2099-01-01T00:00:00Z'),
    );
    fc.assert(fc.property(ts, (said) => readClock(said, now).occurredAt <= now));
  });

  it('takes a clock that is a little fast for now, and one far ahead for wrong', () => {
    expect(read(now + 1)).toEqual([0, 'ok']);
    expect(read(now + 60_000)).toEqual([0, 'ok']);
    expect(read(now + 60_001)).toEqual([0, 'ahead']);
    expect(read('2099-01-01T00:00:00Z')).toEqual([0, 'ahead']);
    expect(read(9e14)).toEqual([9e11 - now, 'unit']);
  });

  it('recognises seconds, microseconds and nanoseconds by their magnitude', () => {
    expect(read(now / 1000)).toEqual([0, 'unit']);
    expect(read(now / 1000 - 3600)).toEqual([-3_600_000, 'unit']);
    expect(read((now - 1500) / 1000)).toEqual([-1500, 'unit']);
    expect(read(now * 1000 - 5000)).toEqual([-5, 'unit']);
    expect(read(now * 1e6)).toEqual([0, 'unit']);
    expect(read(now / 1000 + 3600)).toEqual([0, 'ahead']);
  });

  it('reads ISO 8601 with any offset', () => {
    expect(read('2026-11-23T16:00:00+08:00')).toEqual([0, 'ok']);
    expect(read('2026-11-23T07:59:59.5Z')).toEqual([-500, 'ok']);
  });

  it('gives up on what is before the epoch', () => {
    expect(read(-5)).toEqual([0, 'unreadable']);
    expect(read('0000-01-01T00:00:00Z')).toEqual([0, 'unreadable']);
  });

  it('tells timestamps from what is none', () => {
    for (const ts of [0, 1.5, now, '2026-11-23T08:00:00Z', '2026-11-23T16:00+08:00'])
      expect(isTimestamp(ts)).toBe(true);
    for (const ts of [
      'yesterday',
      '2026-11-23',
      '2026-11-23T08:00:00',
      '2026-13-40T99:00:00Z',
      NaN,
      Infinity,
      null,
      {},
    ])
      expect(isTimestamp(ts)).toBe(false);
  });
});
