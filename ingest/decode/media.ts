/**
 * Pictures, sound and video are refused wherever they hide: as the payload itself, or as text within JSON (data URI,
 * base64, hex). Cameras send conclusions. Only the first bytes are looked at, never kept.
 */
export type Media = 'picture' | 'sound' | 'video';

/** Text shorter than this cannot hold a picture worth the name. */
const SHORTEST_BLOB = 48;
const LOOKED_AT_BYTES = 16;
const SHORTEST_WEAK = 256;
const OPEN_BRACE = 0x7b;
const LETTER_F = 0x66;

const DATA_URI = /data:\s*(image|audio|video)\//i;
const OF_TYPE: Record<string, Media> = { image: 'picture', audio: 'sound', video: 'video' };

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean => {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
};

/** By magic number, of something `size` bytes long that begins with `bytes` (at least 12 of them). */
export function mediaOfBytes(bytes: Uint8Array, size = bytes.length): Media | undefined {
  if (bytes.length < 12) return undefined;
  const a = bytes[0];
  // Nothing else here begins as an object does; runs for every message
  if (a === OPEN_BRACE && bytes[4] !== LETTER_F) return undefined;
  const [, b, c, d] = bytes;
  if (a === 0xff && b === 0xd8 && c === 0xff) return 'picture';
  if (a === 0x89 && startsWith(bytes, 'PNG\r\n', 1)) return 'picture';
  if (startsWith(bytes, 'GIF8')) return 'picture';
  if (startsWith(bytes, 'II*\0') || startsWith(bytes, 'MM\0*')) return 'picture';
  if (startsWith(bytes, 'RIFF')) return ofRiff(bytes);
  if (startsWith(bytes, 'ftyp', 4)) return startsWith(bytes, 'hei', 8) ? 'picture' : 'video';
  if (startsWith(bytes, 'OggS') || startsWith(bytes, 'fLaC') || startsWith(bytes, 'ID3')) return 'sound';
  if (startsWith(bytes, '#!AMR') || startsWith(bytes, '#!SILK')) return 'sound';
  if (a === 0x1a && b === 0x45 && c === 0xdf && d === 0xa3) return 'video';
  if (startsWith(bytes, 'FLV\x01')) return 'video';
  return size < SHORTEST_WEAK ? undefined : ofWeakMagic(bytes);
}

/** Magic of so few bits that a token or a hash has it now and then: believed of long things only. */
function ofWeakMagic(bytes: Uint8Array): Media | undefined {
  const [a, b = 0, c, d] = bytes;
  if (startsWith(bytes, 'BM') && bytes[6] === 0 && bytes[7] === 0 && bytes[8] === 0 && bytes[9] === 0)
    return 'picture';
  // MPEG audio frames, ADTS AAC: eleven set bits, then a version that exists
  if (a === 0xff && (b & 0xe0) === 0xe0 && (b & 0x18) !== 0x08 && b !== 0xff) return 'sound';
  // H.264/H.265 in Annex B: a start code, then a parameter set
  return a === 0 && b === 0 && c === 0 && d === 1 && isParameterSet(bytes[4]) ? 'video' : undefined;
}

function ofRiff(bytes: Uint8Array): Media | undefined {
  if (startsWith(bytes, 'WAVE', 8)) return 'sound';
  if (startsWith(bytes, 'WEBP', 8)) return 'picture';
  return startsWith(bytes, 'AVI', 8) ? 'video' : undefined;
}

const isParameterSet = (byte: number | undefined): boolean =>
  byte !== undefined && [0x67, 0x27, 0x47, 0x09, 0x40, 0x42].includes(byte);

const BASE64_HEAD = /^[A-Za-z0-9+/_-]{24}/;
const HEX_HEAD = /^[0-9a-fA-F]{32}/;

/** Long runs of such letters; what introduces them (`photo:`, `image/jpeg;base64,`) is none. */
const RUNS = /[A-Za-z0-9+/_-]{48,}/g;

/** One string of a payload: a data URI anywhere in it, or base64 or hex that begins as a media file does. */
export function mediaOfText(text: string): Media | undefined {
  const uri = text.length > 10 && text.includes(':') ? DATA_URI.exec(text) : null;
  if (uri) return OF_TYPE[uri[1]?.toLowerCase() ?? ''];
  if (text.length < SHORTEST_BLOB) return undefined;
  const whole = mediaOfRun(text.slice(0, 64).replace(/\s/g, ''), text.length);
  if (whole) return whole;
  for (const { 0: run, index } of text.matchAll(RUNS)) {
    const found = index === 0 ? undefined : mediaOfRun(run, run.length);
    if (found) return found;
  }
  return undefined;
}

/** By how a run of `length` letters begins. */
function mediaOfRun(head: string, length: number): Media | undefined {
  const found = HEX_HEAD.test(head) ? mediaOfBytes(bytesOfHex(head), length / 2) : undefined;
  return found ?? (BASE64_HEAD.test(head) ? mediaOfBytes(bytesOfBase64(head), length * 0.75) : undefined);
}

/**
 * Whether bytes that were not understood hold a medium anywhere: behind a header of some maker's own, in a MIME part, in JSON
 * that is cut off, under a name that is there twice. Only marks that mere chance does not make are looked for.
 */
export function mediaAnywhere(bytes: Uint8Array): Media | undefined {
  for (let at = 0; at + 12 <= bytes.length; at += 1) {
    if (!BEGINNINGS.has(bytes[at] ?? 0)) continue;
    const found = mediaOfBytes(bytes.subarray(at, at + 12), 0);
    if (found) return found;
  }
  return mediaOfText(latin1.decode(bytes));
}

const latin1 = new TextDecoder('latin1');
/** First bytes of the marks, but for those of ISO media, whose mark stands four bytes in. */
const BEGINNINGS = new Set([
  0xff,
  0x89,
  0x1a,
  0x00,
  ...Array.from('GRIMOf#F', (letter) => letter.charCodeAt(0)),
]);

const bytesOfHex = (head: string): Uint8Array =>
  Uint8Array.from({ length: LOOKED_AT_BYTES }, (_, i) => Number.parseInt(head.slice(i * 2, i * 2 + 2), 16));

function bytesOfBase64(head: string): Uint8Array {
  const plain = head.slice(0, 24).replace(/-/g, '+').replace(/_/g, '/');
  return Uint8Array.from(atob(plain), (char) => char.charCodeAt(0));
}

/** Whether the text of a JSON document may hold a medium: cheap, and right when it says no. */
export const mayHoldMedia = (text: string): boolean =>
  text.includes('/') ||
  text.includes('[') ||
  text.includes('\\u') ||
  text.includes('"0":') ||
  (text.length >= SHORTEST_BLOB && hasLongRun(text));

/** Something between two quotes that is long enough. */
function hasLongRun(text: string): boolean {
  for (let from = 0; from + SHORTEST_BLOB <= text.length;) {
    const quote = text.indexOf('"', from);
    if (quote < 0 || quote - from >= SHORTEST_BLOB) return true;
    from = quote + 1;
  }
  return false;
}

/** The first medium found in any string or key of parsed JSON. Nesting must be bounded before. */
export function mediaWithin(value: unknown): Media | undefined {
  if (typeof value === 'string') return mediaOfText(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    if (typeof value[0] === 'number') return mediaOfNumbers(value);
    // In pieces, as a file is read or a line is folded.
    const first = value.slice(0, 12);
    if (first.length > 1 && first.every((piece) => typeof piece === 'string')) {
      const found = mediaOfText(first.join(''));
      if (found) return found;
    }
    for (const item of value) {
      const found = mediaWithin(item);
      if (found) return found;
    }
    return undefined;
  }
  // As JSON.stringify writes a Uint8Array.
  if (typeof Reflect.get(value, '0') === 'number') {
    const found = mediaOfNumbers(Object.values(value));
    if (found) return found;
  }
  for (const [key, item] of Object.entries(value)) {
    const found = mediaOfText(key) ?? mediaWithin(item);
    if (found) return found;
  }
  return undefined;
}

/** A file as an array of its bytes, also with a sign, as Java has them; samples of an accelerometer are no such thing. */
function mediaOfNumbers(values: readonly unknown[]): Media | undefined {
  const head = values.slice(0, LOOKED_AT_BYTES);
  const areBytes = head.every((v) => typeof v === 'number' && Number.isInteger(v) && v >= -128 && v <= 255);
  return areBytes ? mediaOfBytes(Uint8Array.from(head as number[]), values.length) : undefined;
}
