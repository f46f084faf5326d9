import type pg from 'pg';
import { connectionSettings } from '../../platform/connection.ts';
import type { Log } from '../../platform/log.ts';
import { DUTY } from '../sharing/partitions.ts';
import { leaseSession } from './lease-session.ts';
import { FENCE_KEY, LOCK_PARTITIONS } from './lease.ts';

/**
 * One of several workers on a database: its row is its lease, by the database's clock, and what it holds stands in the
 * partitions' rows under its epoch. Its session holds the lease of lease.ts together with the other workers: an ingest
 * that wants the database for itself waits for all of them, and they for it.
 */
export interface MembershipOptions {
  readonly url: string;
  /** Of the process, at the end of all its connections' names. */
  readonly name: string;
  readonly log: Log;
  /** A worker that has not renewed for so long is taken for dead. */
  readonly leaseMs: number;
}

export interface Worker {
  readonly epoch: number;
  readonly name: string;
  readonly expired: boolean;
}

export interface Gained {
  readonly partitions: readonly number[];
  /** What follows is numbered from here on: higher than anything that anybody had given in these partitions. */
  readonly base: number;
  /** By partition, when it was last accepted for: ms since the epoch; null: never. */
  readonly aliveAt: ReadonlyMap<number, number | null>;
  /** Least of theirs. */
  readonly checkpointSeq: number;
}

const LOCK_TIMEOUT_MS = 1_000;
export class Membership {
  readonly #options: MembershipOptions;
  #client: pg.Client | undefined;
  #closed = false;
  /** One at a time on the one session. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** False: an ingest that shares with nobody has the database. Opens the session anew if it is gone. */
  async connect(): Promise<boolean> {
    if (this.#client) return true;
    const { url, name } = this.#options;
    const settings = {
      ...connectionSettings(url, `yinling ingest worker ${name}`),
      lock_timeout: LOCK_TIMEOUT_MS,
    };
    const client = await leaseSession(settings, 'together', (gone) => {
      if (this.#client === gone) this.#client = undefined;
    });
    if (!client) return false;
    if (this.#closed) {
      await client.end();
      return false;
    }
    this.#client = client;
    return true;
  }

  /** Becomes a worker that has nothing yet; its epoch. A writer of an ingest that had the database for itself is refused from here on. */
  async register(now: number): Promise<number> {
    return this.#transaction(async (client) => {
      await client.query({ text: 'select pg_advisory_xact_lock($1)', values: [FENCE_KEY] });
      const epoch = await newEpoch(client, now);
      await client.query({
        text: `insert into ingest_workers (epoch, name, expires_at) values ($1, $2, clock_timestamp() + $3 * interval '1 ms')`,
        values: [epoch, this.#options.name, this.#options.leaseMs],
      });
      return epoch;
    });
  }

  /** False: we have been taken for dead. */
  async renew(epoch: number): Promise<boolean> {
    const { rowCount } = await this.#query({
      name: 'ingest_renew',
      text: `update ingest_workers set expires_at = clock_timestamp() + $2 * interval '1 ms' where epoch = $1`,
      values: [epoch, this.#options.leaseMs],
    });
    return rowCount === 1;
  }

  async look(): Promise<{ workers: Worker[]; owners: Map<number, number | null> }> {
    const workers = await this.#query<Worker>({
      name: 'ingest_workers',
      text: 'select epoch, name, expires_at < clock_timestamp() as expired from ingest_workers',
    });
    const partitions = await this.#query<{ no: number; epoch: number | null }>({
      name: 'ingest_owners',
      text: 'select no, epoch from ingest_partitions',
    });
    return { workers: workers.rows, owners: new Map(partitions.rows.map(({ no, epoch }) => [no, epoch])) };
  }

  /** What it had is free, if it has really not renewed; what it had begun to write is given up for it. */
  async evict({ epoch, name }: Worker): Promise<boolean> {
    return this.#transaction(async (client) => {
      const { rowCount } = await client.query({
        text: 'delete from ingest_workers where epoch = $1 and expires_at < clock_timestamp()',
        values: [epoch],
      });
      if (rowCount !== 1) return false;
      // A process that is stopped, or a machine that is cut off, would hold its locks for as long as its sessions last
      await client.query({
        text: `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name like 'yinling ingest%' and application_name like $1`,
        values: [`%${name}`],
      });
      await client.query({ text: 'delete from ingest_silence where epoch = $1', values: [epoch] });
      return true;
    });
  }

  /** Those of them that are still free; undefined: none. */
  async claim(epoch: number, wanted: number, now: number): Promise<Gained | undefined> {
    return this.#transaction(async (client) => {
      const { rowCount } = await client.query({
        text: 'select from ingest_workers where epoch = $1 for share',
        values: [epoch],
      });
      if (rowCount !== 1) return undefined;
      await client.query({ text: LOCK_PARTITIONS, values: [wanted] });
      const base = await newEpoch(client, now);
      const { rows } = await client.query<{
        no: number;
        checkpoint_seq: number;
        alive_at: Date | null;
      }>({
        text: `update ingest_partitions p set epoch = $1
          where ($2::int >> p.no) & 1 = 1 and not exists (select from ingest_workers w where w.epoch = p.epoch)
          returning p.no, p.alive_at,
            greatest(p.checkpoint_seq, (select max(e.checkpoint_seq) from ingest_epochs e)) as checkpoint_seq`,
        values: [epoch, wanted],
      });
      const [last] = (
        await client.query<{ alive_at: Date | null }>({
          text: `select max(alive_at) as alive_at from ingest_epochs where alive_at > to_timestamp(0)`,
        })
      ).rows;
      if (rows.length === 0) return undefined;
      const alone = last?.alive_at?.getTime() ?? null;
      const ofHomes = rows.filter(({ no }) => no !== DUTY);
      return {
        partitions: rows.map(({ no }) => no),
        base,
        aliveAt: new Map(
          ofHomes.map(({ no, alive_at }) => [no, laterOf(alive_at?.getTime() ?? null, alone)]),
        ),
        checkpointSeq: ofHomes.reduce(
          (least, { checkpoint_seq }) => Math.min(least, checkpoint_seq),
          Number.MAX_SAFE_INTEGER,
        ),
      };
    });
  }

  /** We accept for these; of those in `saved` every state is saved up to `checkpointSeq`. */
  async beat(epoch: number, now: number, saved: number, checkpointSeq: number): Promise<void> {
    await this.#query({
      name: 'ingest_beat',
      text: `update ingest_partitions set alive_at = $2, checkpoint_seq =
          case when ($3::int >> no) & 1 = 1 then greatest(checkpoint_seq, $4) else checkpoint_seq end
        where epoch = $1`,
      values: [epoch, new Date(now), saved, checkpointSeq],
    });
  }

  /** Nothing of ours is under way in them. */
  async give(epoch: number, partitions: number, now: number): Promise<void> {
    await this.#query({
      text: `update ingest_partitions set epoch = null, alive_at = $3 where epoch = $1 and ($2::int >> no) & 1 = 1`,
      values: [epoch, partitions, new Date(now)],
    });
  }

  /** In order: what we had is free at once. */
  async leave(epoch: number): Promise<void> {
    this.#closed = true;
    await this.#last;
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    await client
      .query({
        text: `with gone as (delete from ingest_workers where epoch = $1), unseen as (delete from ingest_silence where epoch = $1)
          update ingest_partitions set epoch = null where epoch = $1`,
        values: [epoch],
      })
      .catch((error: unknown) => this.#options.log.debug({ err: error }, 'left without a word'));
    await client.end().catch(() => undefined);
  }

  get #session(): pg.Client {
    if (!this.#client) throw new Error('Connection terminated: no session as a worker');
    return this.#client;
  }

  #query<R extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<R>> {
    return this.#inTurn((client) => client.query<R>(config));
  }

  #transaction<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.#inTurn(async (client) => {
      await client.query('begin');
      try {
        const result = await work(client);
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        throw error;
      }
    });
  }

  #inTurn<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => work(this.#session));
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

const laterOf = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

/**
 * A number that nobody has had. Workers' rows say nothing of when an ingest that has the database for itself was alive,
 * nor of what it had saved: they are as the last such one has left them.
 */
async function newEpoch(client: pg.Client, now: number): Promise<number> {
  const { rows } = await client.query<{ epoch: number }>({
    text: `insert into ingest_epochs (started_at, alive_at, checkpoint_seq)
      select $1, coalesce(max(alive_at), to_timestamp(0)), coalesce(max(checkpoint_seq), 0) from ingest_epochs
      returning epoch`,
    values: [new Date(now)],
  });
  const epoch = rows[0]?.epoch;
  if (epoch === undefined) throw new Error('no epoch was opened');
  return epoch;
}
