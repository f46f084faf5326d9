import { describe, expect, it } from 'vitest';
import { localMinutes } from './local-minute.ts';
import { onDuty, type Shift } from './shift.ts';

const local = localMinutes('Asia/Shanghai');
const at = (text: string): number => Date.parse(`${text}+08:00`);
const duty = (shifts: Shift[], text: string): boolean => onDuty(shifts, at(text), local(at(text)));

describe('on duty', () => {
  // Every night; not the one that begins on 16 February, the eve of the lunar new year.
  const nights: Shift = {
    fromMs: null,
    toMs: null,
    weekly: {
      days: [1, 2, 3, 4, 5, 6, 7],
      startMin: 22 * 60,
      endMin: 6 * 60,
      except: ['2026-02-16'],
      since: '2026-02-01',
      until: '2026-02-28',
    },
  };
  const leave: Shift = {
    fromMs: at('2026-02-20T23:00'),
    toMs: at('2026-02-21T01:00'),
    weekly: null,
    off: true,
  };

  it.each([
    ['2026-02-15T23:30', true],
    ['2026-02-16T05:30', true],
    ['2026-02-16T23:30', false],
    ['2026-02-17T05:30', false],
    ['2026-02-17T22:00', true],
    ['2026-02-01T01:00', false],
    ['2026-02-01T22:00', true],
    ['2026-03-01T05:59', true],
    ['2026-03-01T22:30', false],
  ])('a shift across midnight belongs to the day it begins, exceptions too: %s %s', (text, on) => {
    expect(duty([nights], text)).toBe(on);
  });

  it('leave takes away from every other shift, to the minute', () => {
    const texts = ['2026-02-20T22:59', '2026-02-20T23:00', '2026-02-21T00:59', '2026-02-21T01:00'];
    expect(texts.map((text) => duty([nights, leave], text))).toEqual([true, false, false, true]);
    expect(duty([leave], '2026-02-20T23:30')).toBe(false);
  });
});
