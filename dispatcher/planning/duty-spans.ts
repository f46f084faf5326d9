import type { LocalMinute, Shift } from '../recommendation/shift.ts';
import { onDuty } from '../recommendation/shift.ts';

export interface DutySpan {
  fromMs: number;
  toMs: number;
}

const MIN_MS = 60_000;
/** Shifts begin and end on five minutes. */
export const STEP_MS = 5 * MIN_MS;

/** When each of them is on duty within [beginMs, endMs), leave taken off; `beginMs` on a step. */
export function dutySpans<T extends { shifts: readonly Shift[] }>(
  people: readonly T[],
  beginMs: number,
  endMs: number,
  local: (ms: number) => LocalMinute,
): Map<T, DutySpan[]> {
  const found = new Map<T, DutySpan[]>();
  // By moment, then by person: the civil time of a moment is the same for all of them.
  for (let at = beginMs; at < endMs; at += STEP_MS) {
    const minute = local(at);
    for (const person of people) {
      if (!onDuty(person.shifts, at, minute)) continue;
      const spans = found.get(person) ?? [];
      const last = spans.at(-1);
      if (last?.toMs === at) last.toMs = at + STEP_MS;
      else spans.push({ fromMs: at, toMs: at + STEP_MS });
      found.set(person, spans);
    }
  }
  return found;
}
