import { hash } from 'node:crypto';
import pg from 'pg';
import { connectionSettings } from '../../platform/connection.ts';
import type { Log } from '../../platform/log.ts';

const QUERY_TIMEOUT_MS = 5_000;
/** Each asks twice a second, but for the seconds in which it gives one up: whose session is silent longer is stopped, or cut off. */
const SILENT_FOR_MS = 6_000;

/** `$1`: first number of the seats' locks; `$2`: ms. */
const LOOK = `
  select l.classid::int = $1 as seat, l.objid::int as no, l.pid, l.pid = pg_backend_pid() as mine,
    coalesce(a.state_change < clock_timestamp() - $2 * interval '1 ms', false) as silent
  from pg_locks l left join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.objsubid = 2 and l.granted and l.classid::int in ($1, $1 + 1)
    and l.database = (select oid from pg_database where datname = current_database())`;

export interface SeatsSeen {
  readonly mine: readonly number[];
  readonly others: readonly number[];
  /** We among them. */
  readonly consumers: number;
}

/**
 * Which of several processes attends which session at an external broker: an advisory lock a session, held for as long as
 * the process's own session at the database lives. That of a process that dies is free at once; one that is stopped, or
 * cut off, has its session ended by the others.
 */
export class SeatLocks {
  readonly #url: string;
  readonly #log: Pick<Log, 'warn' | 'debug'>;
  /** First of the two numbers of a seat's lock; the next one says that we are there. */
  readonly #seats: number;
  readonly #silentForMs: number;
  #client: pg.Client | undefined;

  /** `what`: the broker, and what is consumed of it; all that consume the same say the same. */
  constructor(options: {
    url: string;
    what: string;
    log: Pick<Log, 'warn' | 'debug'>;
    silentForMs?: number;
  }) {
    this.#url = options.url;
    this.#log = options.log;
    this.#silentForMs = options.silentForMs ?? SILENT_FOR_MS;
    this.#seats = 2 ** 30 + 2 * hash('sha256', options.what, 'buffer').readUIntBE(0, 3);
  }

  /** Whether what we have taken is still ours for sure. */
  get held(): boolean {
    return this.#client !== undefined;
  }

  /** Opens the session anew if it is gone: then nothing is ours. Throws what the database throws. */
  async look(): Promise<SeatsSeen> {
    const client = (this.#client ??= await this.#connect());
    const { rows } = await client.query<{
      seat: boolean;
      no: number;
      pid: number;
      mine: boolean;
      silent: boolean;
    }>({ name: 'mqtt_seats', text: LOOK, values: [this.#seats, this.#silentForMs] });
    const silent = new Set(rows.filter((row) => row.silent && !row.mine).map(({ pid }) => pid));
    for (const pid of silent) {
      this.#log.warn({ pid }, 'a consumer has not been heard of; what it attended goes to the others');
      await client.query({ text: 'select pg_terminate_backend($1)', values: [pid] });
    }
    const seats = rows.filter((row) => row.seat && !silent.has(row.pid));
    return {
      mine: seats.filter(({ mine }) => mine).map(({ no }) => no),
      others: seats.filter(({ mine }) => !mine).map(({ no }) => no),
      consumers: rows.filter((row) => !row.seat && !silent.has(row.pid)).length,
    };
  }

  /** False: another has it. */
  async take(seat: number): Promise<boolean> {
    const { rows } = await this.#session.query<{ got: boolean }>({
      text: 'select pg_try_advisory_lock($1::int, $2::int) as got',
      values: [this.#seats, seat],
    });
    return rows[0]?.got === true;
  }

  async give(seat: number): Promise<void> {
    await this.#session.query({
      text: 'select pg_advisory_unlock($1::int, $2::int)',
      values: [this.#seats, seat],
    });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  get #session(): pg.Client {
    if (!this.#client) throw new Error('Connection terminated: no session as a consumer');
    return this.#client;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...connectionSettings(this.#url, 'yinling mqtt consumer'),
      query_timeout: QUERY_TIMEOUT_MS,
    });
    const gone = (): void => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on('error', gone);
    client.on('end', gone);
    try {
      await client.connect();
      await client.query({
        text: 'select pg_advisory_lock($1::int, pg_backend_pid())',
        values: [this.#seats + 1],
      });
      return client;
    } catch (error) {
      this.#log.debug({ err: error }, 'no session as a consumer');
      client.end().catch(() => undefined);
      throw error;
    }
  }
}
