import { describe, expect, it } from 'vitest';
import { localTimeOf } from './local-time.ts';

describe('local time', () => {
  it('is Shenzhen’s', () => {
    const local = localTimeOf('Asia/Shanghai');
    expect(local(Date.parse('2026-11-23T15:59:59.999Z'))).toEqual({
      minuteOfDay: 1439,
      weekday: 1,
      day: 20_780,
    });
    expect(local(Date.parse('2026-11-23T16:00:00.000Z'))).toEqual({
      minuteOfDay: 0,
      weekday: 2,
      day: 20_781,
    });
    expect(local(-1)).toEqual({ minuteOfDay: 479, weekday: 4, day: 0 });
  });

  it('follows a zone whose clocks change', () => {
    const local = localTimeOf('Europe/London');
    expect(local(Date.parse('2026-03-29T00:59:00Z')).minuteOfDay).toBe(59);
    expect(local(Date.parse('2026-03-29T01:00:00Z')).minuteOfDay).toBe(120);
    expect(local(Date.parse('2026-10-25T00:59:00Z')).minuteOfDay).toBe(119);
    expect(local(Date.parse('2026-10-25T01:00:00Z')).minuteOfDay).toBe(60);
  });
});
