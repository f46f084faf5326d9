import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, type Gzip } from 'node:zlib';

/**
 * The file of a backup: frames of one letter, a length and a body, compressed as a whole. `H` what it is, then for each
 * table `T` (its name), `D` (its rows, as COPY gives them), `E` (how many), and at the end `Z`: without it, it was cut short.
 */
export type FrameType = 'H' | 'T' | 'D' | 'E' | 'Z';
export interface Frame {
  readonly type: FrameType;
  readonly body: Buffer;
}

/** The file is no backup, of another version, or damaged. */
export class BackupError extends Error {}

const HEAD_BYTES = 5;
const LARGEST_FRAME = 1 << 28;
const TYPES: readonly string[] = ['H', 'T', 'D', 'E', 'Z'];

/** Written beside its place and renamed once it is whole and on the disk, so that a file of that name is a whole one. */
export class ArchiveWriter {
  readonly #path: string;
  readonly #unfinished: string;
  readonly #gzip: Gzip;
  readonly #file: WriteStream;
  readonly #written: Promise<void>;

  constructor(path: string) {
    this.#path = path;
    this.#unfinished = `${path}.unfinished`;
    this.#gzip = createGzip({ level: 6 });
    this.#file = createWriteStream(this.#unfinished, { mode: 0o600, flush: true });
    this.#written = pipeline(this.#gzip, this.#file);
    this.#written.catch(() => undefined); // told by `finish`
  }

  /** False: wait for `drained` before the next, or memory fills. */
  write(type: FrameType, body: Uint8Array): boolean {
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.write(type, 0, 'latin1');
    head.writeUInt32BE(body.length, 1);
    this.#gzip.write(head);
    return this.#gzip.write(body);
  }

  writeJson(type: FrameType, value: unknown): void {
    this.write(type, Buffer.from(JSON.stringify(value)));
  }

  async drained(): Promise<void> {
    if (this.#gzip.writableNeedDrain) await Promise.race([once(this.#gzip, 'drain'), this.#written]);
  }

  async finish(): Promise<number> {
    this.#gzip.end();
    await this.#written;
    await rename(this.#unfinished, this.#path);
    const folder = await open(dirname(this.#path));
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return this.#file.bytesWritten;
  }

  async discard(): Promise<void> {
    this.#gzip.destroy();
    await this.#written.catch(() => undefined);
    await rm(this.#unfinished, { force: true });
  }
}

/** @throws BackupError */
export async function* readArchive(path: string): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  let ended = false;
  const source = createReadStream(path);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (;;) {
        if (rest.length < HEAD_BYTES) break;
        const type = rest.toString('latin1', 0, 1);
        const length = rest.readUInt32BE(1);
        if (!TYPES.includes(type) || length > LARGEST_FRAME)
          throw new BackupError(`${path} is no backup of this service`);
        if (rest.length < HEAD_BYTES + length) break;
        ended = type === 'Z';
        yield { type: type as FrameType, body: rest.subarray(HEAD_BYTES, HEAD_BYTES + length) };
        rest = rest.subarray(HEAD_BYTES + length);
      }
    }
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (typeof code === 'string' && code.startsWith('Z_'))
      throw new BackupError(
        code === 'Z_BUF_ERROR'
          ? `${path} was cut short: it is not a whole backup`
          : `${path} is no backup of this service, or damaged`,
        { cause: error },
      );
    throw error;
  } finally {
    source.destroy();
  }
  if (!ended) throw new BackupError(`${path} was cut short: it is not a whole backup`);
}

export function parseFrame(frame: Frame): unknown {
  try {
    return JSON.parse(frame.body.toString('utf8')) as unknown;
  } catch (error) {
    throw new BackupError('the backup is damaged', { cause: error });
  }
}
