/** Rows in PostgreSQL's binary COPY format: no text to format here nor to parse there. Grows as needed; reusable. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** 2000-01-01 in ms since the epoch, from where PostgreSQL counts. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const TEXT_OID = 25;
const DAY_MS = 86_400_000;

export class CopyBuffer {
  #buffer: Buffer;
  #length = 0;
  rows = 0;

  constructor(size = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(size);
    this.#begin();
  }

  row(columns: number): void {
    this.#room(2);
    this.#buffer.writeInt16BE(columns, this.#length);
    this.#length += 2;
    this.rows += 1;
  }

  null(): void {
    this.#int32(-1);
  }

  int16(value: number): void {
    this.#room(6);
    this.#buffer.writeInt32BE(2, this.#length);
    this.#buffer.writeInt16BE(value, this.#length + 4);
    this.#length += 6;
  }

  int32(value: number): void {
    this.#room(8);
    this.#buffer.writeInt32BE(4, this.#length);
    this.#buffer.writeInt32BE(value, this.#length + 4);
    this.#length += 8;
  }

  /** A safe integer. */
  int64(value: number): void {
    this.#room(12);
    this.#buffer.writeInt32BE(8, this.#length);
    this.#buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), this.#length + 4);
    this.#buffer.writeInt32BE(value | 0, this.#length + 8);
    this.#length += 12;
  }

  boolean(value: boolean): void {
    this.#room(5);
    this.#buffer.writeInt32BE(1, this.#length);
    this.#buffer[this.#length + 4] = value ? 1 : 0;
    this.#length += 5;
  }

  /** ms since the epoch. */
  timestamp(ms: number): void {
    this.int64((ms - POSTGRES_EPOCH_MS) * 1000);
  }

  date(ms: number): void {
    this.int32(Math.floor((ms - POSTGRES_EPOCH_MS) / DAY_MS));
  }

  text(value: string): void {
    this.#text(value, 0);
  }

  /** JSON text; the server parses it. */
  jsonb(json: string): void {
    this.#text(json, 1);
  }

  bytes(value: Uint8Array): void {
    this.#room(4 + value.length);
    this.#buffer.writeInt32BE(value.length, this.#length);
    this.#buffer.set(value, this.#length + 4);
    this.#length += 4 + value.length;
  }

  texts(values: readonly string[]): void {
    const start = this.#length;
    this.#int32(0);
    for (const word of [1, 0, TEXT_OID, values.length, 1]) this.#int32(word);
    for (const value of values) this.text(value);
    this.#buffer.writeInt32BE(this.#length - start - 4, start);
  }

  /** Ends the data and gives it away; the buffer is as new. */
  take(): Buffer {
    this.#room(2);
    this.#buffer.writeInt16BE(-1, this.#length);
    const data = Buffer.from(this.#buffer.subarray(0, this.#length + 2));
    this.#begin();
    return data;
  }

  #begin(): void {
    SIGNATURE.copy(this.#buffer);
    this.#length = SIGNATURE.length;
    this.rows = 0;
  }

  #text(value: string, jsonbVersion: 0 | 1): void {
    this.#room(5 + value.length * 3);
    const start = this.#length + 4 + jsonbVersion;
    const written = this.#buffer.write(value, start);
    this.#buffer.writeInt32BE(written + jsonbVersion, this.#length);
    if (jsonbVersion === 1) this.#buffer[this.#length + 4] = 1;
    this.#length = start + written;
  }

  #int32(value: number): void {
    this.#room(4);
    this.#buffer.writeInt32BE(value, this.#length);
    this.#length += 4;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
