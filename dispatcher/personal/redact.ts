/** Fields of alerts, their events and orders that hold words about a person, or what was measured of them. */
const WORDS = new Set(['note', 'text', 'comment', 'cancelReason', 'reason', 'data', 'place', 'messageId']);

/** The same document with its words, measurements and places taken out. Pure. */
export function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      WORDS.has(name) ? emptied(name, field) : redacted(field),
    ]),
  );
}

/** Of the same kind, so that whoever reads the document still can. */
function emptied(name: string, field: unknown): unknown {
  if (name === 'data') return {};
  return name === 'text' && typeof field === 'string' ? '' : null;
}
