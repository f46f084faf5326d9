import { expect, test } from 'vitest';
import { localMinutes } from '../recommendation/local-minute.ts';
import { dutySpans } from './duty-spans.ts';

const local = localMinutes('Asia/Shanghai');
const at = (text: string): number => Date.parse(`2026-03-02T${text}:00+08:00`); // a Monday
const weekly = (start: number, end: number) => ({
  fromMs: null,
  toMs: null,
  weekly: { days: [1, 2, 3, 4, 5, 6, 7], startMin: start * 60, endMin: end * 60 },
});

test('shifts that meet are one span, leave is taken out of it, and a night crosses midnight', () => {
  const day = { shifts: [weekly(8, 12), weekly(12, 16)] };
  const away = {
    shifts: [weekly(8, 16), { fromMs: at('10:00'), toMs: at('11:00'), weekly: null, off: true }],
  };
  const night = { shifts: [weekly(20, 8)] };
  const spans = dutySpans([day, away, night], at('06:00'), at('22:00'), local);
  expect(spans.get(day)).toEqual([{ fromMs: at('08:00'), toMs: at('16:00') }]);
  expect(spans.get(away)).toEqual([
    { fromMs: at('08:00'), toMs: at('10:00') },
    { fromMs: at('11:00'), toMs: at('16:00') },
  ]);
  expect(spans.get(night)).toEqual([
    { fromMs: at('06:00'), toMs: at('08:00') },
    { fromMs: at('20:00'), toMs: at('22:00') },
  ]);
});
test('whoever is not on duty in it is not in it', () => {
  expect(dutySpans([{ shifts: [weekly(8, 9)] }], at('10:00'), at('12:00'), local).size).toBe(0);
});
