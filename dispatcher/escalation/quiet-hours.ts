import type { QuietHours } from '../../schemas/alert.ts';
import { type LocalMinute, minuteOf } from '../recommendation/shift.ts';

const DAY_MIN = 24 * 60;
const MINUTE_MS = 60_000;

/**
 * How long, from that time on, the quiet hours last, to their first millisecond; 0: it is not quiet. By the wall clock:
 * where it is set meanwhile, whoever waits looks again and finds out. Pure.
 */
export function quietForMs(
  quiet: QuietHours | undefined,
  atMs: number,
  local: (ms: number) => LocalMinute,
): number {
  if (quiet === undefined) return 0;
  const from = minuteOf(quiet.from);
  const to = minuteOf(quiet.to);
  const { minuteOfDay } = local(atMs);
  const since = (minuteOfDay - from + DAY_MIN) % DAY_MIN;
  const length = (to - from + DAY_MIN) % DAY_MIN;
  if (since >= length) return 0;
  return (length - since) * MINUTE_MS - (atMs % MINUTE_MS);
}
