/**
 * What PostgreSQL would refuse in a jsonb, found before it can abort a batch of a thousand neighbours: `\u0000` and lone
 * surrogates in strings and keys, numbers beyond `numeric`. (What slips through is isolated by bisection all the same.)
 */

/** Nesting deeper than this is nobody's telemetry, and PostgreSQL and we walk it by recursion. Inclusive. */
export const MAX_DEPTH = 32;

/** Ten digits of exponent would do as well; four is what no measured value has. */
const ABSURD_EXPONENT = /[\d.][eE][+-]?0*[1-9]\d{3}/;

/** Brackets outside strings; a cheap bound on the depth before anything is parsed. */
export function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH || hasFewOpenings(text)) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return false;
}

/** No more brackets than the depth allowed, wherever they stand: so it is with nearly all, and soon found. */
function hasFewOpenings(text: string): boolean {
  let left = MAX_DEPTH;
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (--left < 0) return false;
  return true;
}
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Whether the text of a JSON document may hold something refused: cheap, and right when it says no. */
export const maySurprise = (text: string): boolean => text.includes('\\u') || ABSURD_EXPONENT.test(text);

/**
 * Why the database would refuse `value` (parsed from `text`); undefined if it takes it. Nesting must be bounded before.
 */
export function refusal(text: string, value: unknown): string | undefined {
  if (!maySurprise(text)) return undefined;
  if (text.includes('\\u')) {
    const bad = badString(value);
    if (bad) return bad;
  }
  // Within a string such digits do no harm
  return ABSURD_EXPONENT.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '""')) ? 'absurd number' : undefined;
}

export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

function badString(value: unknown): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'NUL in a string';
    return value.isWellFormed() ? undefined : 'lone surrogate in a string';
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const bad = badString(key) ?? badString(item);
    if (bad) return bad;
  }
  return undefined;
}
