import pg from 'pg';

/** COPY over pg's own connection, both ways, never more in memory than a chunk. */

/** Gives the number of rows. `take` is called for each piece of data; while `drained` is pending nothing more is read. */
export function copyOut(
  client: pg.Client,
  sql: string,
  take: (data: Buffer) => boolean,
  drained: () => Promise<void>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    client.query(new CopyOut(sql, take, drained, settle(resolve, reject)));
  });
}

/** Gives the number of rows. */
export function copyIn(client: pg.Client, sql: string, data: AsyncIterator<Buffer>): Promise<number> {
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(sql, data, settle(resolve, reject)));
  });
}

type Done = (error: Error | undefined, result: pg.QueryResult | undefined) => void;
const settle =
  (resolve: (rows: number) => void, reject: (error: Error) => void): Done =>
  (error, result) =>
    error ? reject(error) : resolve(result?.rowCount ?? 0);

class CopyOut extends pg.Query {
  readonly #take: (data: Buffer) => boolean;
  readonly #drained: () => Promise<void>;

  constructor(sql: string, take: (data: Buffer) => boolean, drained: () => Promise<void>, done: Done) {
    super(sql, undefined, done);
    this.#take = take;
    this.#drained = drained;
  }

  handleCopyData({ chunk }: { chunk: Buffer }, { stream }: pg.Connection): void {
    // A view of pg's reading buffer, which the next of it may overwrite, and the taker writes it when it can
    if (this.#take(Buffer.from(chunk)) || stream.isPaused()) return;
    stream.pause();
    void this.#drained().finally(() => stream.resume());
  }
}

class CopyIn extends pg.Query {
  readonly #data: AsyncIterator<Buffer>;
  #refused = false;

  constructor(sql: string, data: AsyncIterator<Buffer>, done: Done) {
    super(sql, undefined, (error: Error | undefined, result: pg.QueryResult | undefined) => {
      this.#refused = error !== undefined && error !== null;
      done(error ?? undefined, result);
    });
    this.#data = data;
  }

  handleCopyInResponse(connection: pg.Connection): void {
    const to = connection as unknown as {
      sendCopyFromChunk(data: Buffer): void;
      endCopyFrom(): void;
      sendCopyFail(why: string): void;
    };
    const send = async (): Promise<void> => {
      for (;;) {
        const { done, value } = await this.#data.next();
        if (done === true) return to.endCopyFrom();
        if (this.#refused) continue; // to its end, so that the reader stands at the next table
        to.sendCopyFromChunk(value);
        const { stream } = connection;
        if (stream.writableNeedDrain && !stream.destroyed)
          await new Promise<void>((resolve) => {
            const go = (): void => {
              stream.off('drain', go);
              stream.off('close', go);
              resolve();
            };
            stream.on('drain', go);
            stream.on('close', go);
          });
      }
    };
    send().catch((error: unknown) => to.sendCopyFail(String(error)));
  }
}
