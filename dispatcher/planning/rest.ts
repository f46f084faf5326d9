import type { RestRule } from '../../schemas/rules.ts';

/** Work that somebody has, has had or is asked for; ms since the epoch, the end exclusive. */
export interface Work {
  fromMs: number;
  toMs: number;
}

const MIN_MS = 60_000;
const DAY_MS = 86_400_000;
const minutesOf = (spans: readonly Work[]): number =>
  spans.reduce((sum, { fromMs, toMs }) => sum + (toMs - fromMs) / MIN_MS, 0);

/**
 * Why somebody must not take on this work as well, by the rules of rest; undefined: they may. A day is what lies
 * between two rests that are long enough, not what the calendar says: nights are worked too. Pure.
 */
export function restObstacle(
  work: Work,
  others: readonly Work[],
  rule: RestRule,
): 'day_full' | 'resting' | 'no_break' | undefined {
  const day = around(work, others, rule.minRestMinutes);
  if (minutesOf(day) > rule.maxMinutesPerDay) return 'day_full';
  const begin = Math.min(...day.map((span) => span.fromMs));
  const end = Math.max(...day.map((span) => span.toMs));
  // So long a day leaves no rest within 24 hours.
  if (day.length > 1 && end - begin > DAY_MS - rule.minRestMinutes * MIN_MS) return 'resting';
  const stretch = around(work, others, rule.breakMinutes);
  return stretch.length > 1 && minutesOf(stretch) > rule.breakAfterMinutes ? 'no_break' : undefined;
}

/** The work and all that is joined to it by pauses shorter than this. */
function around(work: Work, others: readonly Work[], pauseMin: number): Work[] {
  const joined = [work];
  let [begin, end] = [work.fromMs, work.toMs];
  const rest = new Set(others);
  for (let grown = true; grown;) {
    grown = false;
    for (const span of rest) {
      if (span.fromMs - end >= pauseMin * MIN_MS || begin - span.toMs >= pauseMin * MIN_MS) continue;
      rest.delete(span);
      joined.push(span);
      begin = Math.min(begin, span.fromMs);
      end = Math.max(end, span.toMs);
      grown = true;
    }
  }
  return joined;
}
