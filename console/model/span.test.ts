import { describe, expect, it } from 'vitest';
import { T0 } from './example-alert.ts';
import { ageAt, agoText, clockText, fromToText, monthText, spanText, timerText } from './span.ts';

const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;

describe('spans and moments', () => {
  it('show seconds below three minutes only', () => {
    expect([9 * S, 133 * S, 180 * S, 14 * MIN, 80 * MIN, 27 * H].map((ms) => spanText(ms, 'zh'))).toEqual([
      '9 秒',
      '2 分 13 秒',
      '3 分',
      '14 分',
      '1 小时 20 分',
      '1 天 3 小时',
    ]);
    expect([9 * S, 133 * S, 14 * MIN, 80 * MIN, 50 * H].map((ms) => timerText(ms, 'zh'))).toEqual([
      '0:09',
      '2:13',
      '14 分',
      '1:20 时',
      '2 天',
    ]);
  });

  it('say how long ago, and the date beyond a day', () => {
    const at = new Date(T0).toISOString();
    expect(agoText(at, T0 + 5 * S, 'zh')).toBe('刚刚');
    expect(agoText(at, T0 + 3 * MIN, 'zh')).toBe('3 分钟前');
    expect(agoText(at, T0 + 3 * MIN, 'en')).toBe('3 min ago');
    expect(agoText(at, T0 + 30 * H, 'zh')).toContain('11月23日');
  });

  it('tell Shenzhen’s time in any browser', () => {
    expect(clockText('2026-11-23T13:04:09.000Z', 'zh')).toBe('21:04:09');
    expect(clockText('2026-11-23T16:00:00.000Z', 'en')).toBe('00:00:00');
  });

  it('end what lasts to midnight at 24:00, and begin the day at 00:00', () => {
    const evening = ['2026-11-23T10:00:00.000Z', '2026-11-23T16:00:00.000Z'] as const;
    expect(fromToText(...evening, 'zh')).toBe('18:00–24:00');
    expect(fromToText(evening[1], '2026-11-23T22:00:00.000Z', 'en')).toBe('00:00–06:00');
  });

  it('name a month as people do', () => {
    expect([monthText('2026-10', 'zh'), monthText('2026-10', 'en')]).toEqual(['2026年10月', 'October 2026']);
  });

  it('count a birthday from Shenzhen’s midnight', () => {
    const midnight = Date.parse('2026-05-01T16:00:00.000Z');
    expect(ageAt('1943-05-02', midnight - 1)).toBe(82);
    expect(ageAt('1943-05-02', midnight)).toBe(83);
    expect(ageAt('soon', midnight)).toBeUndefined();
    expect(ageAt(null, midnight)).toBeUndefined();
  });
});
