import type { Clock } from '../../platform/clock.ts';
import { inTransaction, type Pool, type Transaction } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import { toIso } from '../../schemas/ids.ts';
import type { TimeBankRule } from '../../schemas/rules.ts';
import { localDate } from '../registry/age.ts';
import { ruleInForce } from '../rules/rules.ts';
import { insertEntries, lockAccount } from './ledger.ts';

/** What lapsed comes from nobody's account any more; what is added comes from the bank. */
export const EXPIRED_ACCOUNT = 'bank:expired';
export const REWARDS_ACCOUNT = 'bank:rewards';

const APPLY_EVERY_MS = 3_600_000;

/**
 * Does what the rules of the time bank say of itself: minutes lapse, rewards are added. Everything is once by its `ref`,
 * so that any number of servers may do it, as often as they like.
 */
export async function applyTimeBankRules(
  pool: Pool,
  nowAt: number,
  timeZone: string,
): Promise<{ expired: number; rewarded: number }> {
  const today = localDate(nowAt, timeZone);
  const { from, body } = await ruleInForce(pool, 'timeBank', today);
  return {
    expired: await expire(pool, body.expiresAfterMonths, today, nowAt),
    rewarded: await reward(pool, body.rewards, from, nowAt),
  };
}

/**
 * What is oldest is spent first: of what was earned before the limit so much is left as exceeds all that was ever drawn.
 */
const LAPSED = `select e.account_id,
    (coalesce(sum(e.minutes) filter (where e.minutes > 0 and t.at < $1), 0)
      + coalesce(sum(e.minutes) filter (where e.minutes < 0), 0))::int as minutes
  from ledger_entries e join ledger_transactions t on t.id = e.transaction_id
  where e.account_id not like 'bank:%'`;

async function expire(pool: Pool, months: number | null, today: string, nowAt: number): Promise<number> {
  if (months === null) return 0;
  const limit = toIso(monthsBefore(nowAt, months));
  const { rows } = await pool.query<{ account_id: string }>(
    `select account_id from (${LAPSED} group by 1) lapsed where minutes > 0 order by 1`,
    [limit],
  );
  let expired = 0;
  for (const { account_id } of rows)
    expired += await inTransaction(pool, async (tx) => {
      await lockAccount(tx, account_id);
      const now = await tx.query<{ minutes: number }>(`${LAPSED} and e.account_id = $2 group by 1`, [
        limit,
        account_id,
      ]);
      const minutes = now.rows[0]?.minutes ?? 0;
      if (minutes <= 0) return 0;
      const id = `expire_${account_id}_${today}`;
      const made = await enter(tx, { id, kind: 'expire', ref: `${account_id}:${today}`, nowAt });
      if (made)
        await insertEntries(tx, id, [
          [account_id, -minutes],
          [EXPIRED_ACCOUNT, minutes],
        ]);
      return made ? 1 : 0;
    });
  return expired;
}

async function reward(
  pool: Pool,
  rewards: TimeBankRule['rewards'],
  from: string | null,
  nowAt: number,
): Promise<number> {
  let rewarded = 0;
  for (const { everyMinutes, bonusMinutes } of rewards) {
    // What counts is earned since the rule is in force, and has not been taken back.
    const { rows } = await pool.query<{ account_id: string; times: number }>(
      `select e.account_id, (sum(e.minutes) / $1)::int as times
       from ledger_entries e join ledger_transactions t on t.id = e.transaction_id
       where t.kind = 'deposit' and e.minutes > 0 and t.at >= coalesce($2::date, '-infinity')
         and not exists (select from ledger_transactions r where r.kind = 'reverse' and r.ref = t.id)
       group by 1 having sum(e.minutes) >= $1 order by 1`,
      [everyMinutes, from],
    );
    for (const { account_id, times } of rows)
      for (let n = 1; n <= times; n += 1) {
        const ref = `${account_id}:${from ?? 'standard'}:${everyMinutes}:${n}`;
        const done = await inTransaction(pool, async (tx) => {
          const id = `reward_${ref.replaceAll(':', '_')}`;
          const made = await enter(tx, { id, kind: 'reward', ref, nowAt });
          if (made)
            await insertEntries(tx, id, [
              [REWARDS_ACCOUNT, -bonusMinutes],
              [account_id, bonusMinutes],
            ]);
          return made;
        });
        if (done) rewarded += 1;
      }
  }
  return rewarded;
}

async function enter(
  tx: Transaction,
  t: { id: string; kind: 'expire' | 'reward'; ref: string; nowAt: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into ledger_transactions (id, kind, at, ref, by_whom) values ($1, $2, $3, $4, 'system')
     on conflict do nothing`,
    [t.id, t.kind, toIso(t.nowAt), t.ref],
  );
  return rowCount === 1;
}

/** The same day so many months before, or the last one of that month. */
export function monthsBefore(nowAt: number, months: number): number {
  const now = new Date(nowAt);
  const day = now.getUTCDate();
  const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1);
  const last = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months + 1, 0)).getUTCDate();
  return first + (Math.min(day, last) - 1) * 86_400_000 + (nowAt % 86_400_000);
}

/** Applies the rules at the start and each hour; a failure is logged and tried again. */
export class TimeBankRules {
  readonly #deps: { pool: Pool; clock: Clock; log: Log; timeZone: string };
  #cancel: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(deps: { pool: Pool; clock: Clock; log: Log; timeZone: string }) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopped = false;
    this.#running = this.#apply();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  async #apply(): Promise<void> {
    const { pool, clock, log, timeZone } = this.#deps;
    try {
      const done = await applyTimeBankRules(pool, clock.now(), timeZone);
      if (done.expired + done.rewarded > 0) log.info(done, 'time bank rules applied');
    } catch (error) {
      log.warn({ err: error }, 'time bank rules not applied; trying again');
    }
    if (!this.#stopped)
      this.#cancel = clock.setTimer(APPLY_EVERY_MS, () => {
        this.#running = this.#apply();
      });
  }
}
