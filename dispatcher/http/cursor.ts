import { Problem } from './problem.ts';

/** Opaque to clients: the sort key of the last item, so that a page never repeats or skips what stays in place. */
export type CursorKey = readonly (string | number)[];

export const encodeCursor = (key: CursorKey): string =>
  Buffer.from(JSON.stringify(key), 'utf8').toString('base64url');

/** `shape`: one letter per part, `s` text, `n` integer. Throws a 400 for anything that is not such a cursor. */
export function decodeCursor(cursor: string, shape: string): (string | number)[] {
  const key = parse(cursor);
  const fits =
    Array.isArray(key) &&
    key.length === shape.length &&
    key.every((part, i) => (shape[i] === 'n' ? Number.isSafeInteger(part) : typeof part === 'string'));
  if (!fits) throw new Problem('bad_cursor', 'the cursor is not one that this list gave');
  return key as (string | number)[];
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
