import type { Clock } from '../../platform/clock.ts';
import type { Pool, Queryable } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import { toIso } from '../../schemas/ids.ts';
import { localDate } from '../registry/age.ts';
import { momentOf } from '../reports/period.ts';
import type { Anchor } from './outside-check.ts';
import { anchorBefore } from './public-blocks.ts';

export interface DatedAnchor extends Anchor {
  /** Local. */
  date: string;
}
/** Where anchors are put besides the database: a folder of another machine, most usefully. */
export interface AnchorShelf {
  /** Never over another of that day; throws if it cannot be put there, or another one is. */
  put(anchor: DatedAnchor): Promise<void>;
}

const LOOK_EVERY_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
/** After a long stop the last month is made up for; what is older is covered by the anchors after it. */
const MOST_DAYS_BACK = 31;

interface Row {
  date: string;
  no: number;
  hash: Buffer;
  sealed_at: Date;
  transactions: number;
}
const SELECT = `select to_char(date, 'YYYY-MM-DD') as date, no, hash, sealed_at, transactions from ledger_anchors`;
const anchorOf = (row: Row): DatedAnchor => ({
  format: 'yinling-anchor-1',
  date: row.date,
  no: row.no,
  hash: row.hash.toString('hex'),
  sealedAt: row.sealed_at.toISOString(),
  transactions: row.transactions,
});

/** The newest first, at most `limit`, of days before `before`. */
export async function datedAnchors(
  db: Queryable,
  before: string | null,
  limit: number,
): Promise<DatedAnchor[]> {
  const { rows } = await db.query<Row>(
    `${SELECT} where $1::date is null or date < $1::date order by ledger_anchors.date desc limit $2`,
    [before, limit],
  );
  return rows.map(anchorOf);
}

/** Every anchor's block and hash, for the check. */
export async function anchoredHeads(db: Queryable): Promise<{ no: number; hash: string }[]> {
  const { rows } = await db.query<{ no: number; hash: Buffer }>(
    'select distinct no, hash from ledger_anchors',
  );
  return rows.map(({ no, hash }) => ({ no, hash: hash.toString('hex') }));
}

/** The anchors of the days that are over and have none yet; any number of servers may. Gives those of these days. */
export async function makeAnchors(db: Queryable, nowAt: number, timeZone: string): Promise<DatedAnchor[]> {
  const [last] = await datedAnchors(db, null, 1);
  const made: DatedAnchor[] = [];
  for (let back = MOST_DAYS_BACK; back >= 1; back -= 1) {
    const date = localDate(nowAt - back * DAY_MS, timeZone);
    if (last === undefined ? back > 1 : date <= last.date) continue;
    const end = momentOf(date, 'to', timeZone);
    const anchor = end === undefined ? undefined : await anchorBefore(db, end);
    if (anchor === undefined) continue;
    await db.query(
      `insert into ledger_anchors (date, no, hash, sealed_at, transactions, made_at) values ($1, $2, $3, $4, $5, $6)
       on conflict do nothing`,
      [date, anchor.no, Buffer.from(anchor.hash, 'hex'), anchor.sealedAt, anchor.transactions, toIso(nowAt)],
    );
    made.push({ ...anchor, date });
  }
  return made;
}

export interface DailyAnchorsDeps {
  pool: Pool;
  clock: Clock;
  log: Log;
  timeZone: string;
  shelf: AnchorShelf | undefined;
}

/**
 * A day's anchor is made soon after the day is over, and put where it is configured: what cannot be put there now is put
 * there later, by this or another server.
 */
export class DailyAnchors {
  readonly #deps: DailyAnchorsDeps;
  #cancel: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(deps: DailyAnchorsDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopped = false;
    this.#running = this.#look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  async #look(): Promise<void> {
    const { pool, clock, log, timeZone, shelf } = this.#deps;
    try {
      const made = await makeAnchors(pool, clock.now(), timeZone);
      for (const { date, no, hash } of made) log.info({ date, block: no, hash }, 'time bank anchored');
      if (shelf !== undefined)
        for (const anchor of await datedAnchors(pool, null, MOST_DAYS_BACK)) await shelf.put(anchor);
    } catch (error) {
      log.error({ err: error }, 'time bank not anchored; trying again');
    }
    if (!this.#stopped)
      this.#cancel = clock.setTimer(LOOK_EVERY_MS, () => {
        this.#running = this.#look();
      });
  }
}
