import type pg from 'pg';
import type { Clock } from '../../platform/clock.ts';
import { wait } from '../../platform/clock.ts';
import { connectionSettings } from '../../platform/connection.ts';
import { isRetryable } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import { leaseSession } from './lease-session.ts';

/**
 * An ingest that shares with nobody: who holds the advisory lock alone owns every home (workers that share hold it
 * together, membership.ts). The lock lives as long as its session; should the session die while we live, another may
 * take over, and the fence (0010_ingest.sql) keeps our writers out from then on.
 */
export const FENCE_KEY = 7_100_000_002;
/** First of two numbers of a partition's advisory lock, as in `ingest_fence` (0151_partitions.sql). */
const PARTITION_LOCK = 7_100;
/** Their writers have ended once all of these are held; ascending, as the writers take them. `$1`: a bit for each. */
export const LOCK_PARTITIONS = `select pg_advisory_xact_lock(${PARTITION_LOCK}, no) from (
  select no from generate_series(0, 16) no where ($1::int >> no) & 1 = 1 order by no) as wanted`;
const EVERYTHING = 2 ** 17 - 1;
const ASK_EVERY_MS = 250;
const KEEP_EVERY_MS = 5_000;

export class IngestLeaseHeld extends Error {
  readonly code = 'INGEST_LEASE_HELD';
  constructor() {
    super(
      'another ingest has this database for itself (stop it, or give this one another DATABASE_URL; several share one over REDIS_URL)',
    );
  }
}

export interface LeaseOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The session that held the lock is gone, and it could be had again, or not, by `acquire`. */
  readonly onLost: () => void;
}

/** What a new owner must know of its predecessor. */
export interface Epoch {
  readonly epoch: number;
  /** When ingest was last known to accept; null: never. ms since the epoch. */
  readonly aliveAt: number | null;
  /** Every home's state is saved up to here. */
  readonly checkpointSeq: number;
}

export class Lease {
  readonly #options: LeaseOptions;
  #client: pg.Client | undefined;
  #closed = false;
  #cancelKeep: () => void = () => undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  get held(): boolean {
    return this.#client !== undefined;
  }

  /**
   * Waits for the lock for `withinMs`, or for ever with Infinity; throws `IngestLeaseHeld` after it, or once `unless`
   * says that nobody wants it any more. A database that is away is waited for in the same way.
   */
  async acquire(withinMs: number, unless: () => boolean = () => false): Promise<void> {
    const { clock, log } = this.#options;
    const until = clock.now() + withinMs;
    for (let told = false; !this.#closed && !this.#client;) {
      let problem: unknown = new IngestLeaseHeld();
      try {
        if (await this.#try()) return;
        if (!told) log.warn('another ingest holds the lease, waiting for it to go');
        told = true;
      } catch (error) {
        if (!isRetryable(error)) throw error;
        problem = error;
      }
      if (clock.now() >= until || unless()) throw problem;
      await wait(clock, ASK_EVERY_MS);
    }
  }

  /** Opens a new epoch: every writer of an older one is refused from here on. */
  async begin(now: number): Promise<Epoch> {
    const client = this.#client;
    if (!client) throw new Error('no lease');
    await client.query('begin');
    try {
      await client.query({ text: 'select pg_advisory_xact_lock($1)', values: [FENCE_KEY] });
      // Workers that are taken for dead may be writing still
      await client.query({ text: LOCK_PARTITIONS, values: [EVERYTHING] });
      const { rows } = await client.query<{ alive_at: Date | null; checkpoint_seq: number | null }>(
        `select
           greatest((select nullif(max(alive_at), to_timestamp(0)) from ingest_epochs), min(p.alive_at)) as alive_at,
           greatest((select max(checkpoint_seq) from ingest_epochs), min(p.checkpoint_seq)) as checkpoint_seq
         from ingest_partitions p where p.no < 16`,
      );
      const before = rows[0];
      const opened = await client.query<{ epoch: number }>({
        text: `insert into ingest_epochs (started_at, alive_at, checkpoint_seq) values ($1, $1, $2) returning epoch`,
        values: [new Date(now), before?.checkpoint_seq ?? 0],
      });
      await client.query('delete from ingest_workers');
      await client.query({
        text: 'update ingest_partitions set epoch = $1',
        values: [opened.rows[0]?.epoch],
      });
      await client.query('commit');
      const epoch = opened.rows[0]?.epoch;
      if (epoch === undefined) throw new Error('no epoch was opened');
      return {
        epoch,
        aliveAt: before?.alive_at?.getTime() ?? null,
        checkpointSeq: before?.checkpoint_seq ?? 0,
      };
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  async release(): Promise<void> {
    this.#closed = true;
    this.#cancelKeep();
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #try(): Promise<boolean> {
    const settings = connectionSettings(this.#options.url, 'yinling ingest lease');
    const client = await leaseSession(settings, 'alone', (gone) => this.#lose(gone));
    if (!client) return false;
    if (this.#closed) {
      await client.end();
      return false;
    }
    this.#client = client;
    this.#keep(client);
    return true;
  }

  /** A session that went without a word is found out by asking. */
  #keep(client: pg.Client): void {
    this.#cancelKeep = this.#options.clock.setTimer(KEEP_EVERY_MS, () => {
      client.query('select 1').then(
        () => {
          if (this.#client === client) this.#keep(client);
        },
        () => {
          this.#lose(client);
          client.end().catch(() => undefined);
        },
      );
    });
  }

  #lose(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#cancelKeep();
    if (this.#closed) return;
    this.#options.log.warn('the session of the ingest lease is lost');
    this.#options.onLost();
  }
}
