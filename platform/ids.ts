import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Makes an id of `[A-Za-z0-9_-]`, 26 characters, plus `prefix_` if one is given. */
export type NewId = (prefix?: string) => string;

/** Lower case: bytewise order (as in PostgreSQL's C collation) is the order of time. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;

/**
 * Ids that sort by time of making (48 bits of ms, then 80 random bits). Those of one source never sort backwards:
 * within one ms, or when the clock steps back, the random part counts on.
 */
export function idSource(clock: Clock, random: (bytes: number) => Uint8Array = randomBytes): NewId {
  let lastAt = -1;
  let lastRandom: number[] = [];
  return (prefix) => {
    const nowAt = Math.trunc(clock.now());
    if (nowAt > lastAt) {
      lastAt = nowAt;
      lastRandom = Array.from(random(RANDOM_DIGITS), (byte) => byte % 32);
    } else if (!countOn(lastRandom)) {
      lastAt += 1;
      lastRandom = Array.from(random(RANDOM_DIGITS), (byte) => byte % 32);
    }
    const id = timeDigits(lastAt) + lastRandom.map((digit) => DIGITS[digit]).join('');
    return prefix === undefined ? id : `${prefix}_${id}`;
  };
}

function timeDigits(at: number): string {
  let text = '';
  for (let rest = at, i = 0; i < TIME_DIGITS; i++, rest = Math.floor(rest / 32))
    text = DIGITS[rest % 32] + text;
  return text;
}

/** Adds one in place; false when it has run over. */
function countOn(digits: number[]): boolean {
  for (let i = digits.length - 1; i >= 0; i--) {
    const next = ((digits[i] ?? 0) + 1) % 32;
    digits[i] = next;
    if (next !== 0) return true;
  }
  return false;
}
