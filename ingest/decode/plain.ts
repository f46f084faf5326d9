import { MAX_DEPTH } from './screen.ts';

/** As `mayHoldMedia` has it: what is shorter between two quotes holds no medium. */
const LONGEST_RUN = 47;

/** What a byte may be on its way through; 0: nothing to look at. */
const [QUOTE, OPEN, DIGIT, EXPONENT, OTHER] = [1, 2, 3, 4, 5];
const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  if (byte < 0x20 || byte > 0x7e || '\\/['.includes(letter)) return OTHER;
  if (letter === '"') return QUOTE;
  if (letter === '{') return OPEN;
  if ('0123456789.'.includes(letter)) return DIGIT;
  return 'eE'.includes(letter) ? EXPONENT : 0;
});
const ZERO = 0x30;
const COLON = 0x3a;

/**
 * Whether the bytes of a JSON text are so ordinary that nothing in them is to be looked for: not too deep (`isTooDeep`), no
 * medium (`mayHoldMedia`), nothing that the database would refuse (`maySurprise`). One pass instead of a dozen, and right
 * when it says yes; when it says no, those three look again.
 */
export function isPlain(bytes: Uint8Array): boolean {
  let run = 0;
  let opened = 0;
  let before = 0;
  for (let i = 0; i < bytes.length; i++) {
    const kind = KIND[bytes[i] as number] as number;
    run += 1;
    if (kind !== 0) {
      if (kind === OTHER) return false;
      if (kind === QUOTE) {
        // "0": an array of bytes, as JSON.stringify writes it
        if (bytes[i + 1] === ZERO && bytes[i + 3] === COLON) return false;
        run = 0;
      } else if (kind === OPEN) {
        if (++opened > MAX_DEPTH) return false;
      } else if (kind === EXPONENT && before === DIGIT) return false;
    }
    if (run > LONGEST_RUN) return false;
    before = kind;
  }
  return true;
}
