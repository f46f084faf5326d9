import { z } from 'zod';
import { anyIsoTimeSchema } from '../../schemas/ids.ts';
import { streetSchema } from '../../schemas/streets.ts';

/** Query parameters that several lists share. */
export const limitParam = (standard: number) => z.coerce.number().int().min(1).max(1000).default(standard);
export const cursorParam = z.string().max(1000).optional();
export const DEFAULT_LIMIT = 200;
export const paging = { cursor: cursorParam, limit: limitParam(DEFAULT_LIMIT) };

/** One value, several separated by commas, or the parameter repeated. */
export const oneOrMore = <const T extends readonly [string, ...string[]]>(values: T) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) =>
      (Array.isArray(given) ? given : [given])
        .flatMap((text) => text.split(','))
        .map((text) => text.trim())
        .filter((text) => text !== ''),
    )
    .pipe(z.array(z.enum(values)))
    .optional();

/** One street or several, by any of their names. */
export const streetsParam = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (Array.isArray(given) ? given : given.split(',')))
  .pipe(z.array(streetSchema))
  .optional();

/** A moment: ISO 8601 with an offset, as `2026-01-12T08:00:00+08:00` (a bare `+` in a URL reads as a space). */
export const momentParam = z.preprocess(
  (given) => (typeof given === 'string' ? given.replace(/ (\d\d:\d\d)$/, '+$1') : given),
  anyIsoTimeSchema.transform((text) => new Date(text).toISOString()),
);

/** `{items, nextCursor}` of these, for the documentation. */
export const pageOf = (item: z.ZodType) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });
export const streamedPageOf = (item: z.ZodType) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable(),
    streamId: z.string().describe('Last-Event-ID with which /stream continues this list'),
  });

/** Drops members that are undefined, for options under `exactOptionalPropertyTypes`. */
export const given = <T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
