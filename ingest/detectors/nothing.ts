/**
 * Nearly always a home has nothing of what a detector keeps by device or by rule: then it is one empty object for all homes,
 * which nobody need look into.
 */
export const NOTHING: Readonly<Record<string, never>> = {};

/** The record, or `NOTHING` if it is empty. */
export function oneIfNone<R extends Readonly<Record<string, unknown>>>(record: R): R | typeof NOTHING {
  for (const _ in record) return record;
  return NOTHING;
}
