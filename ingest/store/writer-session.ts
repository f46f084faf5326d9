import pg from 'pg';
import { connectionSettings } from '../../platform/connection.ts';
import type { Log } from '../../platform/log.ts';

/**
 * A connection of ingest's own for its transactions. `run` sends a whole script of statements, COPY data included, in
 * one go: the server reads the data when it comes to the COPY, so that a batch costs one round trip, commit included.
 */
export interface WriterSessionOptions {
  readonly url: string;
  readonly name: string;
  readonly log: Log;
  /** For a row, a table, an advisory lock. */
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** A server that stays silent for longer than its own bound on statements is given up for dead. */
const SILENCE_GRACE_MS = 5_000;

export class WriterSession {
  readonly #options: WriterSessionOptions;
  #client: pg.Client | undefined;
  #transaction: pg.Client | undefined;

  constructor(options: WriterSessionOptions) {
    this.#options = options;
  }

  /** Process id of the server's side of the last connection, 0 before the first. */
  backendPid = 0;

  async client(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const { url, name, lockTimeoutMs, statementTimeoutMs } = this.#options;
    const client = new pg.Client({
      ...connectionSettings(url, name),
      lock_timeout: lockTimeoutMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + SILENCE_GRACE_MS,
      // What does not depend on an answer need not wait for it: `run` and the query after it share a round trip
      pipeline: true,
    });
    // The statement at hand fails and tells; an 'error' without a listener would end the process.
    client.on('error', () => this.#forget(client));
    client.on('end', () => this.#forget(client));
    try {
      await client.connect();
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    this.backendPid = (client as unknown as { processID: number | null }).processID ?? 0;
    this.#client = client;
    return client;
  }

  /**
   * Statements separated by `;`, with the data of its COPYs in their order; begins with `begin`. Values must be ours:
   * nothing is bound. Sent before this returns, if the session is open (`client`).
   */
  async run(sql: string, copies: readonly Uint8Array[] = []): Promise<void> {
    const client = this.#client ?? (await this.client());
    this.#transaction = client;
    await carryOut(client, sql, copies);
    if (client.getTransactionStatus() === 'I') this.#transaction = undefined;
  }

  /** The same within the transaction that `run` has begun, and nowhere else. Sent before this returns. */
  async runOn(sql: string, copies: readonly Uint8Array[]): Promise<void> {
    const transaction = this.#transaction;
    if (!transaction || transaction !== this.#client)
      throw new Error('Connection terminated in a transaction');
    await carryOut(transaction, sql, copies);
  }

  /** Within the transaction that `run` has begun, or by itself if there is none. */
  async query(config: {
    name?: string;
    text: string;
    values?: unknown[];
  }): Promise<{ rows: unknown[]; command: string }> {
    const transaction = this.#transaction;
    // On a new connection the rest would be carried out without its beginning
    if (transaction && transaction !== this.#client)
      throw new Error('Connection terminated in a transaction');
    const client = transaction ?? (await this.client());
    return client.query(config);
  }

  async commit(): Promise<void> {
    if (!this.#transaction) throw new Error('no transaction to commit');
    const { command } = await this.query({ text: 'commit' });
    this.#transaction = undefined;
    if (command !== 'COMMIT') throw new Error('transaction had failed and was rolled back');
  }

  /** After any error: back to a session that can be used. A connection that cannot say "rolled back" is dropped. */
  async reset(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (!transaction || transaction !== this.#client) return;
    try {
      await transaction.query('rollback');
    } catch {
      this.drop();
    }
  }

  /** Without waiting for the server: it may be the one that does not answer. */
  drop(): void {
    const client = this.#client;
    if (!client) return;
    this.#forget(client);
    (client as unknown as { connection: pg.Connection }).connection.stream.destroy();
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  #forget(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#options.log.debug({ session: this.#options.name }, 'writer session is gone');
  }
}

const carryOut = (client: pg.Client, sql: string, copies: readonly Uint8Array[]): Promise<void> =>
  new Promise((resolve, reject) => {
    client.query(new Script(sql, copies, (error) => (error ? reject(error) : resolve())));
  });

const CHUNK_HEADER = 5;
const COPY_DONE = Uint8Array.from([0x63, 0, 0, 0, 4]);

/**
 * A query of our own making for pg (a pipelined connection takes none but its own class). Data are sent without waiting
 * to be asked: after an error the server drops what is left of them ("Frontend/Backend Protocol", COPY Operations).
 */
class Script extends pg.Query {
  readonly #bytes: Buffer;

  constructor(sql: string, copies: readonly Uint8Array[], done: (error: Error | undefined) => void) {
    super(sql, undefined, done);
    const text = Buffer.from(`${sql}\0`);
    const head = Buffer.allocUnsafe(CHUNK_HEADER);
    head[0] = 0x51;
    head.writeInt32BE(text.length + 4, 1);
    const parts: Uint8Array[] = [head, text];
    for (const data of copies) {
      const chunk = Buffer.allocUnsafe(CHUNK_HEADER);
      chunk[0] = 0x64;
      chunk.writeInt32BE(data.length + 4, 1);
      parts.push(chunk, data, COPY_DONE);
    }
    this.#bytes = Buffer.concat(parts);
  }

  override submit = (connection: pg.Connection): null => {
    connection.stream.write(this.#bytes);
    return null;
  };

  /** pg's own would refuse to send data; ours are on their way. */
  handleCopyInResponse(): void {}
}
