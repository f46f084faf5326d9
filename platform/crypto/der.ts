/** One element of DER (X.690): its tag, its content, and itself whole. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag and length included: what is signed. */
  readonly whole: Buffer;
}

export const DER = {
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** The elements that lie side by side in these bytes. Throws on what is cut short or longer than it says. */
export function derElements(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const element = derElementAt(bytes, at);
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

function derElementAt(bytes: Buffer, at: number): DerElement {
  const tag = byteAt(bytes, at);
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of several bytes');
  const first = byteAt(bytes, at + 1);
  let from = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new DerError('a length that is none');
    length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + byteAt(bytes, from + i);
    from += count;
  }
  if (from + length > bytes.length) throw new DerError('it ends too early');
  return { tag, content: bytes.subarray(from, from + length), whole: bytes.subarray(at, from + length) };
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new DerError('it ends too early');
  return byte;
}

export class DerError extends Error {}

/** `1.2.840.113549.1.1.11` */
export function oidOf({ content }: DerElement): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...others] = arcs;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...others].join('.');
}

/** ms since the epoch; both kinds of time as RFC 5280 allows them: in UTC, with seconds. */
export function timeOf({ tag, content }: DerElement): number {
  const text = content.toString('latin1');
  const found = /^(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!found || (tag === DER.utcTime) !== (found[1] === undefined)) throw new DerError('a time that is none');
  const [, century, year = '', month, day, hour, minute, second] = found;
  const full = century === undefined ? (Number(year) < 50 ? `20${year}` : `19${year}`) : `${century}${year}`;
  const at = Date.parse(`${full}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(at)) throw new DerError('a time that is none');
  return at;
}

/** As Node.js writes serial numbers of certificates: hexadecimal, in capitals; without leading zeros. */
export const serialOf = (bytes: Buffer | string): string =>
  (typeof bytes === 'string' ? bytes : bytes.toString('hex')).replace(/^0+/, '').toUpperCase();
