import { expect, it } from 'vitest';
import { localMinutes } from '../recommendation/local-minute.ts';
import { quietForMs } from './quiet-hours.ts';

const MIN = 60_000;
const shenzhen = localMinutes('Asia/Shanghai');
const at = (time: string): number => Date.parse(`2026-01-12T${time}+08:00`);
const night = { from: '22:00', to: '07:00' };

it.each([
  ['21:59:59.999', 0],
  ['22:00:00.000', 9 * 60 * MIN],
  ['23:30:30.500', 7.5 * 60 * MIN - 30_500],
  ['03:00:00.000', 4 * 60 * MIN],
  ['06:59:59.999', 1],
  ['07:00:00.000', 0],
])('quiet hours over midnight: at %s another %d ms', (time, ms) => {
  expect(quietForMs(night, at(time), shenzhen)).toBe(ms);
});

it('within one day, and none at all', () => {
  const noon = { from: '12:00', to: '14:00' };
  expect(quietForMs(noon, at('13:00:00'), shenzhen)).toBe(60 * MIN);
  expect(quietForMs(noon, at('14:00:00'), shenzhen)).toBe(0);
  expect(quietForMs({ from: '08:00', to: '08:00' }, at('08:00:00'), shenzhen)).toBe(0);
  expect(quietForMs(undefined, at('03:00:00'), shenzhen)).toBe(0);
});

it('where the clock is put forward meanwhile, whoever waits looks again and finds the rest', () => {
  const berlin = localMinutes('Europe/Berlin');
  const from = Date.parse('2026-03-29T00:30:00Z'); // 01:30, an hour before 03:00 by the wall
  const ms = quietForMs({ from: '00:00', to: '04:00' }, from, berlin);
  expect(ms).toBe(150 * MIN);
  expect(quietForMs({ from: '00:00', to: '04:00' }, from + ms, berlin)).toBe(0);
  const back = Date.parse('2026-10-25T00:30:00Z'); // 02:30 for the first time
  const first = quietForMs({ from: '00:00', to: '04:00' }, back, berlin);
  expect(quietForMs({ from: '00:00', to: '04:00' }, back + first, berlin)).toBe(60 * MIN);
});
