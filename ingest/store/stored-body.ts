/**
 * The form in which a message is stored. A body that says its time and its id as they lie in columns beside it says them
 * twice: they are left out of it, and `flags` says so; whoever reads puts them back (`wholePayload`, and `reading_body` in
 * SQL, 0167). What is back is the message that came, as JSON: the order of its fields is the database's in any case.
 */
const WITHOUT_TS = -1;
const WITHOUT_TS_AND_ID = -2;

/** Of a row to store; `flags` 0: the clock is right and it is no will. */
export interface BodyRow {
  readonly body: string;
  readonly flags: number;
  /** The device's own id; null: none. */
  readonly messageId: string | null;
  /** ms since the epoch. */
  readonly occurredAt: number;
}

export interface StoredBody {
  readonly body: string;
  readonly flags: number;
}

/**
 * `ts` goes if it is those very milliseconds, `id` if it is that very text. That a field is one of the message itself is
 * known without parsing: a message with a right clock has a `ts`, one with a message id an `id`, and where nothing is
 * escaped, the only place that reads `"ts"` must be it.
 */
export function storedBody(row: BodyRow): StoredBody {
  const { body, flags, messageId, occurredAt } = row;
  if (flags !== 0 || body.includes('\\')) return row;
  const timeless = without(body, '"ts"', String(occurredAt));
  if (timeless === undefined) return row;
  const rest = messageId === null ? undefined : without(timeless, '"id"', `"${messageId}"`);
  return rest === undefined
    ? { body: timeless, flags: WITHOUT_TS }
    : { body: rest, flags: WITHOUT_TS_AND_ID };
}

/** Puts back, into what has been parsed, what was left out. Changes `payload`. */
export function wholePayload<P extends Record<string, unknown>>(
  payload: P,
  { flags, messageId, occurredAt }: Omit<BodyRow, 'body'>,
): P {
  if (flags >= 0) return payload;
  const left: Record<string, unknown> = payload;
  left['ts'] = occurredAt;
  if (flags === WITHOUT_TS_AND_ID) left['id'] = messageId;
  return payload;
}

const [BLANK, COLON, COMMA, OPEN, CLOSE] = [0x20, 0x3a, 0x2c, 0x7b, 0x7d];

/** The object without that field and its comma; undefined: the quoted `name` is not there once, with exactly that value. */
function without(text: string, name: string, value: string): string | undefined {
  const from = text.indexOf(name);
  if (from < 0 || text.includes(name, from + name.length)) return undefined;
  let at = from + name.length;
  if (text.charCodeAt(at) !== COLON) return undefined;
  at = afterBlank(text, at + 1);
  if (!text.startsWith(value, at)) return undefined;
  at += value.length;
  const next = text.charCodeAt(at);
  if (next === COMMA) return text.slice(0, from) + text.slice(afterBlank(text, at + 1));
  if (next !== CLOSE) return undefined;
  // The last of them: the comma before it goes, if there is one
  const before = text.charCodeAt(from - 1) === BLANK ? from - 2 : from - 1;
  const parted = text.charCodeAt(before);
  if (parted !== COMMA && parted !== OPEN) return undefined;
  return text.slice(0, parted === COMMA ? before : from) + text.slice(at);
}

/** Many write a blank after colon and comma. */
const afterBlank = (text: string, at: number): number => (text.charCodeAt(at) === BLANK ? at + 1 : at);
