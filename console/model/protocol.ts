import type { AlertKind } from '../../schemas/alert.ts';
import type { Lean, Question } from '../../schemas/protocol.ts';

/** Questions by kind of alarm, as the service has them. An answer is logged as a note. */
export type { Lean, Question };
export interface Protocol {
  kind: AlertKind;
  questions: Question[];
  /** 0: as shipped. */
  version: number;
  changedBy: string | null;
  changedAt: string | null;
}

export type Answer = 'yes' | 'no' | 'unclear';
const ANSWER_ZH: Record<Answer, string> = { yes: '是', no: '否', unclear: '不清楚' };
/** The note under which an answer is filed, and by which it is found again. */
export const protocolNote = (q: Question, answer: Answer): string => `问询：${q.zh} ${ANSWER_ZH[answer]}`;
export function answered(q: Question, notes: readonly (string | null)[]): Answer | undefined {
  for (const note of notes.toReversed())
    for (const answer of ['yes', 'no', 'unclear'] as const)
      if (note === protocolNote(q, answer)) return answer;
  return undefined;
}
export const leanOf = (q: Question, answer: Answer): Lean => (answer === 'unclear' ? 'none' : q[answer]);

/** The same question one place up or down; what is at the end stays there. */
export function moved<T>(list: readonly T[], from: number, by: 1 | -1): T[] {
  const to = from + by;
  const [item] = list.slice(from, from + 1);
  if (item === undefined || to < 0 || to >= list.length) return [...list];
  const rest = list.filter((_, i) => i !== from);
  return [...rest.slice(0, to), item, ...rest.slice(to)];
}
/** An id that no other question of the list has; notes are found by their text, so ids need only differ. */
export function freshId(list: readonly Question[]): string {
  let n = list.length + 1;
  while (list.some((q) => q.id === `q${n}`)) n += 1;
  return `q${n}`;
}
