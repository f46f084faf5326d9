import { isUtf8 } from 'node:buffer';

/**
 * MQTT's strings. A string that is no UTF-8, or holds U+0000 or a surrogate, closes the connection [MQTT-1.5.3-1,
 * 1.5.3-2]; control characters and non-characters may close it (section 1.5.3), and do here: none is in a name of ours.
 */
const PLAIN = /^[ -~]*$/;
const FORBIDDEN = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;

/** Reads a string; undefined if the bytes are no string that MQTT allows. */
export function readText(bytes: Buffer, from: number, to: number): string | undefined {
  const latin1 = bytes.toString('latin1', from, to);
  if (PLAIN.test(latin1)) return latin1;
  const view = bytes.subarray(from, to);
  if (!isUtf8(view)) return undefined;
  const text = view.toString('utf8');
  return FORBIDDEN.test(text) ? undefined : text;
}

/** A topic to publish on: not empty, no wildcards [MQTT-3.3.2-2, 4.7.3-1]. */
export const isTopicName = (text: string): boolean =>
  text !== '' && !text.includes('+') && !text.includes('#');

/** A filter to subscribe with: `+` fills a level, `#` the last one [MQTT-4.7.1-2, 4.7.1-3]. */
export function isTopicFilter(text: string): boolean {
  if (text === '') return false;
  if (!text.includes('+') && !text.includes('#')) return true;
  const levels = text.split('/');
  return levels.every((level, i) =>
    level.length > 1
      ? !level.includes('+') && !level.includes('#')
      : level !== '#' || i === levels.length - 1,
  );
}

/** Reads the fields of one packet in turn; every `take` gives undefined once the bytes have run out. */
export class FieldReader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  takeByte(): number | undefined {
    const value = this.#bytes[this.#at];
    if (value !== undefined) this.#at += 1;
    return value;
  }

  takeUint16(): number | undefined {
    if (this.#at + 2 > this.#bytes.length) return undefined;
    this.#at += 2;
    return this.#bytes.readUInt16BE(this.#at - 2);
  }

  /** Bytes behind a length of two bytes; a view, not a copy. */
  takeBinary(): Buffer | undefined {
    const length = this.takeUint16();
    return length === undefined ? undefined : this.takeBytes(length);
  }

  takeBytes(length: number): Buffer | undefined {
    if (this.#at + length > this.#bytes.length) return undefined;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A string; `null` if its bytes are there but are no string that MQTT allows. */
  takeText(): string | null | undefined {
    const bytes = this.takeBinary();
    return bytes === undefined ? undefined : (readText(bytes, 0, bytes.length) ?? null);
  }

  /** A number of one to four bytes, seven bits in each. */
  takeVariableInt(): number | undefined {
    let value = 0;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.takeByte();
      if (byte === undefined) return undefined;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    return undefined;
  }
}
