import { z } from 'zod';

/**
 * The body of a PATCH: every field optional, those that may be absent may be null (= take it away), unknown ones
 * refused by name. `key` may be repeated but not changed.
 */
export function patchBodyOf(body: z.ZodObject): z.ZodType<Record<string, unknown>> {
  const fields = Object.entries(body.shape).map(([name, field]) => {
    const schema = field as z.ZodType;
    return [
      name,
      schema.safeParse(undefined).success ? schema.nullable().optional() : schema.optional(),
    ] as const;
  });
  return z.strictObject({ ...Object.fromEntries(fields), expectedVersion: z.int().positive().optional() });
}

/** `body` with `patch` laid over it. */
export function applyPatch<B extends object>(body: B, patch: Readonly<Record<string, unknown>>): B {
  const merged = Object.entries({ ...body, ...patch }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return Object.fromEntries(merged) as B;
}
