import type { Clock } from '../platform/clock.ts';
import { inTransaction, type Pool, type Transaction } from '../platform/database.ts';
import type { Log } from '../platform/log.ts';

export interface DownlinkOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  /**
   * Writes a command to whoever listens for that device; false if nobody is connected. Must not wait for the client.
   * What it could not deliver by `expiresAt` it must drop.
   */
  readonly send: (homeId: string, deviceId: string, body: unknown, expiresAt: number) => boolean;
  /** Default 1 s. */
  readonly pollMs?: number;
}

interface Row {
  id: number;
  home_id: string;
  device_id: string;
  body: unknown;
  expires_at: Date;
}

const BATCH = 200;
/** Rows younger than this are looked at on every poll; older ones wait for their device to come, or for a full pass. */
const RECENT_MS = 120_000;
const FULL_PASS_EVERY_MS = 30_000;

const WAITING = `
  select id, home_id, device_id, body, expires_at from downlink
   where sent_at is null and expires_at > $1 and created_at > $2 and id > $3
   order by id limit ${BATCH} for update skip locked`;
const WAITING_FOR_DEVICE = `
  select id, home_id, device_id, body, expires_at from downlink
   where sent_at is null and expires_at > $1 and home_id = $2 and ($3 = '+' or device_id = $3) and id > $4
   order by id limit ${BATCH} for update skip locked`;

/**
 * Carries rows of `downlink` to devices: a row is sent once somebody is there to take it, never after its time, and
 * marked in the transaction that has it locked. A crash between sending and marking sends it again.
 */
export class Downlink {
  readonly #options: DownlinkOptions;
  #cancel: () => void = () => undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = true;
  #fullPassAt = -Infinity;
  readonly #arrived = new Map<string, { homeId: string; deviceId: string }>();

  constructor(options: DownlinkOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
  }

  /** There may be new rows. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#cancel();
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#stopped) return;
      if (this.#again || this.#arrived.size > 0) {
        this.#again = false;
        this.wake();
      } else this.#cancel = this.#options.clock.setTimer(this.#options.pollMs ?? 1_000, () => this.wake());
    });
  }

  /** Somebody listens for this device now (`+`: for every device of the home): older rows may be waiting for it. */
  arrived(homeId: string, deviceId: string): void {
    this.#arrived.set(`${homeId}/${deviceId}`, { homeId, deviceId });
    this.wake();
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    try {
      for (const [key, { homeId, deviceId }] of this.#arrived) {
        await this.#pass((nowAt, afterId) => [
          WAITING_FOR_DEVICE,
          [new Date(nowAt), homeId, deviceId, afterId],
        ]);
        this.#arrived.delete(key);
      }
      const nowAt = clock.now();
      const full = nowAt - this.#fullPassAt >= FULL_PASS_EVERY_MS;
      const since = new Date(full ? 0 : nowAt - RECENT_MS);
      await this.#pass((at, afterId) => [WAITING, [new Date(at), since, afterId]]);
      if (full) this.#fullPassAt = nowAt;
    } catch (error) {
      // The database is away: rows wait, and the next poll is as good.
      if (!this.#stopped) log.warn({ err: error }, 'commands could not be fetched');
      this.#again = false;
    }
  }

  async #pass(query: (nowAt: number, afterId: number) => [string, unknown[]]): Promise<void> {
    let afterId = 0;
    while (!this.#stopped) {
      const after = afterId;
      const last = await inTransaction(this.#options.pool, (transaction) =>
        this.#batch(transaction, query(this.#options.clock.now(), after)),
      );
      if (last === undefined) return;
      afterId = last;
    }
  }

  /** Gives the last id of a full batch; undefined if there is no more behind it. */
  async #batch(transaction: Transaction, [text, values]: [string, unknown[]]): Promise<number | undefined> {
    const { clock, send } = this.#options;
    const { rows } = await transaction.query<Row>(text, values);
    const nowAt = clock.now();
    const sent = rows
      .filter((row) => row.expires_at.getTime() > nowAt)
      .filter((row) => send(row.home_id, row.device_id, row.body, row.expires_at.getTime()));
    if (sent.length > 0)
      await transaction.query('update downlink set sent_at = $2 where id = any ($1)', [
        sent.map(({ id }) => id),
        new Date(nowAt),
      ]);
    return rows.length < BATCH ? undefined : rows.at(-1)?.id;
  }
}
