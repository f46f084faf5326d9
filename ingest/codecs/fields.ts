/** Reading fields of vendors: numbers as text, booleans as text, absent as null or ''. */
export type Fields = Readonly<Record<string, unknown>>;

export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== 'string') return undefined;
  const text = value.toLowerCase();
  if (['true', 'on', '1', 'yes', 'online'].includes(text)) return true;
  return ['false', 'off', '0', 'no', 'offline'].includes(text) ? false : undefined;
}

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The first of these fields that is there and can be read. */
export function firstOf<T>(
  fields: Fields,
  names: readonly string[],
  read: (v: unknown) => T | undefined,
): T | undefined {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? read(fields[name]) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Without the undefined ones. */
export function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
