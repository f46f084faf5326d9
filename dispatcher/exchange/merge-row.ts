import type { z } from 'zod';
import type { Datum } from '../../schemas/datum.ts';
import { inWgs84 } from '../registry/place.ts';
import { refuseIssues } from '../registry/refused.ts';
import { put, take } from './columns.ts';

/** A cell under a column that the file has; undefined: it is empty. */
export interface GivenCell {
  path: string;
  value: unknown;
}
type Body = Record<string, unknown>;

/** What a row makes of a thing that is not there yet: empty cells say nothing. Throws `Refused` with every problem. */
export function bodyOfRow<B>(cells: readonly GivenCell[], schema: z.ZodType<B>): B {
  const draft: Body = {};
  for (const { path, value } of cells) if (value !== undefined) put(draft, path, value);
  return parsed(draft, schema);
}

/**
 * What a row makes of a thing as it is: its cells are laid over it, an empty cell under a column that the file has
 * takes away, and what the file has no column for stays. Gives the fields that differ, null for those that are gone:
 * none, if the row says what is so already, so that the same file twice changes nothing. Pure.
 */
export function changesOfRow(current: object, cells: readonly GivenCell[], schema: z.ZodType): Body {
  const before = withoutNothing(current) as Body;
  const draft = structuredClone(before);
  for (const { path, value } of cells)
    if (value === undefined) take(draft, path);
    else put(draft, path, value);
  const after = inDatum(parsed(withoutNothing(draft), schema) as Body);
  const known = schema.safeParse(before);
  const was = known.success ? (known.data as Body) : before;
  const names = [...new Set([...Object.keys(was), ...Object.keys(after)])];
  const changed = new Set(names.filter((name) => !same(was[name], after[name])));
  // A place is told as a whole.
  if (changed.has('lat') || changed.has('lon')) changed.add('lat').add('lon');
  return Object.fromEntries([...changed].map((name) => [name, after[name] ?? null]));
}

const inDatum = (body: Body): Body =>
  body['datum'] === undefined ? body : inWgs84(body as Body & { lat?: number; lon?: number; datum?: Datum });

function parsed<B>(draft: unknown, schema: z.ZodType<B>): B {
  const body = schema.safeParse(draft);
  if (body.success) return body.data;
  throw refuseIssues(body.error.issues);
}

/** Empty texts, lists and objects are as if they were not said: a file cannot tell them from nothing. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing).filter((item) => !isEmpty(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, withoutNothing(item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => !isEmpty(item)));
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

const canonical = (value: unknown): string =>
  JSON.stringify(withoutNothing(value), (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  ) ?? '';
