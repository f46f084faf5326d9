import type { Words } from './words.ts';

/** Fields of orders, alarms and their events that hold what a person wrote. */
const FIELDS = new Set(['note', 'cancelReason', 'reason']);

/**
 * The same document with its words sealed; itself, if there are none in the clear. What the machine says of itself (`by` is
 * `system`) stays, and so does why an alarm was called again, which is a word of ours.
 */
export async function sealedThroughout(value: unknown, words: Pick<Words, 'seal'>): Promise<unknown> {
  if (Array.isArray(value)) {
    const items = await Promise.all(value.map((item: unknown) => sealedThroughout(item, words)));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const { type, by } = value as { type?: unknown; by?: unknown };
  const ours = by === 'system' || type === 'called_again' || type === 'reminded';
  const entries = await Promise.all(
    Object.entries(value).map(async ([name, field]: [string, unknown]): Promise<[string, unknown]> => {
      const isWords = FIELDS.has(name) || (name === 'text' && type === 'noted');
      if (!isWords || typeof field !== 'string') return [name, await sealedThroughout(field, words)];
      return [name, ours || field === '' || field.includes('sealed:') ? field : await words.seal(field)];
    }),
  );
  return entries.some(([name, field]) => field !== Reflect.get(value, name))
    ? Object.fromEntries(entries)
    : value;
}
