import type { Clock } from '../../platform/clock.ts';
import { isRetryable, type Pool, type Transaction } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { STREETS } from '../../schemas/streets.ts';
import { transact } from '../transact.ts';
import { advance } from './advance.ts';
import { CaseFile } from './case-file.ts';
import type { OfferDeps } from './offer-next.ts';
import { tickTogether } from './together.ts';
import type { Recommender } from '../recommendation/recommender.ts';

export interface EngineDeps extends OfferDeps {
  recommender: Recommender;
  pool: Pool;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** After every commit that wrote something: relay, alarm clock, devices. */
  onCommitted(committed: Committed): void;
}

export interface Committed {
  deadlinesMs: readonly number[];
  prompted: boolean;
  notified: boolean;
}

/** Cases looked at in parallel; each takes a connection. */
const PARALLEL = 4;
const SWEEP_AT_ONCE = 2_000;
/** From so many alerts on, what is due is decided together. */
const TOGETHER_FROM = 2;
/** Every so many sweeps also what was left over. */
const LEFT_OVER_EVERY = 5;
/** So few that were held by somebody else are waited for: it was only a signal that joined. */
const WAIT_FOR = 20;
/** A case that fails is left alone for so long, so that it does not keep the sweeper from the others. */
const REST_AFTER_FAILURE_MS = 5_000;

interface Due {
  kind: 'alert' | 'order';
  id: string;
}

/**
 * Does what is due. `tick` is for one alert, `sweep` for whatever the database says is due: the wake-ups, the relay and
 * the one-second sweeper all come here, on any number of servers; a case that another one is at is passed over.
 */
export class Engine {
  readonly #deps: EngineDeps;
  readonly #resting = new Map<string, number>();
  readonly #late;
  readonly #failures;
  #sweeping: Promise<void> | undefined;
  #again = false;
  #sweeps = 0;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#late = deps.metrics.histogram(
      'yinling_dispatch_deadline_late_seconds',
      'How long after its deadline a case was looked at',
    );
    this.#failures = deps.metrics.counter(
      'yinling_dispatch_tick_failures_total',
      'Cases that could not be looked at',
    );
  }

  /** Brings one alert to where it should be now. False: somebody else is at it, or there is no such alert. */
  tick(alertId: string, wait = true): Promise<boolean> {
    return this.#run((tx, now) => CaseFile.ofAlert(tx, alertId, now, wait));
  }

  /** The same for an order; with its alert, if it has one. */
  tickOrder(orderId: string, wait = true): Promise<boolean> {
    return this.#run((tx, now) => CaseFile.ofOrder(tx, orderId, now, wait));
  }

  async #run(open: (tx: Transaction, now: number) => Promise<CaseFile | undefined>): Promise<boolean> {
    const { pool, clock, onCommitted } = this.#deps;
    const file = await transact(pool, async (tx) => {
      const found = await open(tx, clock.now());
      if (found === undefined) return undefined;
      this.#seen(found);
      await advance(found, this.#deps);
      await found.write();
      return found;
    });
    if (file === undefined) return false;
    onCommitted(file);
    return true;
  }

  #seen({ record, now }: CaseFile): void {
    const deadlineAt = record?.alert.deadlineAt;
    if (deadlineAt !== null && deadlineAt !== undefined && Date.parse(deadlineAt) <= now)
      this.#late.observe((now - Date.parse(deadlineAt)) / 1000);
  }

  /** Everything that is due. While one sweep runs, further calls make one more after it. */
  sweep(): Promise<void> {
    this.#again = true;
    this.#sweeping ??= this.#sweepAll().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async #sweepAll(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      for (let full = true; full;) {
        const due = await this.#due();
        full = due.length === SWEEP_AT_ONCE;
        const done = await this.#tickAll(due);
        // Whoever holds what is left will see to it, or the next sweep.
        if (done === 0) full = false;
      }
    }
  }

  async #due(): Promise<Due[]> {
    const nowMs = this.#deps.clock.now();
    for (const [key, untilMs] of this.#resting) if (untilMs <= nowMs) this.#resting.delete(key);
    const { rows } = await this.#deps.pool.query<Due>({
      name: 'due',
      text: `
        select kind, id from (
          (select 'alert' as kind, id, priority, deadline_at from alerts
           where state <> 'resolved' and deadline_at <= $1 order by priority, deadline_at limit $2)
          union all
          (select 'alert', id, priority, deadline_at from alerts
           where state = 'pending' and work -> 'ask' = 'null' and deadline_at > $3 limit $2)
          union all
          (select case when alert_id is null then 'order' else 'alert' end, coalesce(alert_id, id),
             case when emergency then 1 else 3 end, deadline_at
           from orders where deadline_at <= $1 order by deadline_at limit $2)
          union all
          -- Orders that an end of their alert has not reached: a server died in between. Seldom, and read seldom.
          (select 'alert', o.alert_id, 4, a.resolved_at
           from orders o join alerts a on a.id = o.alert_id and a.state = 'resolved'
           where $5 and o.state in ('requested', 'offered', 'accepted') limit $2)
          union all
          -- Nobody is at a desk there: what only waits for an answer is due at once.
          (select 'alert', id, priority, opened_at from alerts
           where state = 'open' and priority <= 2 and not test and not synthetic and street = any($6)
             and deadline_at > $1 and work -> 'step' = '0' and work -> 'attempts' = '0' and work -> 'rounds' = '0'
             and doc -> 'orderIds' = '[]' and (priority = 1 or work -> 'policy' -> 'quiet' is null)
           limit $2)
        ) due
        where not kind || id = any($4)
        group by kind, id order by min(priority), min(deadline_at) limit $2`,
      values: [
        new Date(nowMs),
        SWEEP_AT_ONCE,
        new Date(nowMs + 1_000),
        [...this.#resting.keys()],
        this.#sweeps % LEFT_OVER_EVERY === 0,
        STREETS.map(({ zh }) => zh).filter((street) => !this.#deps.attended(street)),
      ],
    });
    this.#sweeps += 1;
    return rows;
  }

  /** How many were done. One that fails does not keep the others from being done. */
  async #tickAll(due: readonly Due[]): Promise<number> {
    const alerts = due.flatMap(({ kind, id }) => (kind === 'alert' ? [id] : []));
    const left = alerts.length < TOGETHER_FROM ? alerts : await this.#tickTogether(alerts);
    const alone = new Set(left);
    const first = await this.#tickEach(
      due.filter(({ kind, id }) => kind === 'order' || alone.has(id)),
      false,
    );
    const done = alerts.length - left.length + first.done;
    if (first.held.length === 0 || first.held.length > WAIT_FOR) return done;
    return done + (await this.#tickEach(first.held, true)).done;
  }

  /** Gives what is left to be looked at one by one: everything, if something among them fails. */
  async #tickTogether(alerts: readonly string[]): Promise<string[]> {
    try {
      return await tickTogether(alerts, this.#deps, (file) => this.#seen(file));
    } catch (error) {
      this.#deps.log.warn({ err: error, alerts: alerts.length }, 'not decided together: one by one');
      return [...alerts];
    }
  }

  /** `held`: those that somebody else is at, if not waited for. */
  async #tickEach(due: readonly Due[], wait: boolean): Promise<{ done: number; held: Due[] }> {
    const queue = [...due];
    const held: Due[] = [];
    let done = 0;
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { kind, id } = next;
        try {
          const ticked = kind === 'alert' ? await this.tick(id, wait) : await this.tickOrder(id, wait);
          if (ticked) done += 1;
          else held.push(next);
        } catch (error) {
          this.#failed(kind, id, error);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, due.length) }, work));
    return { done, held };
  }

  #failed(kind: string, id: string, error: unknown): void {
    this.#failures.inc();
    // With the database away nothing is wrong with the case.
    if (!isRetryable(error))
      this.#resting.set(`${kind}${id}`, this.#deps.clock.now() + REST_AFTER_FAILURE_MS);
    this.#deps.log.error({ err: error, kind, id }, 'a due case could not be looked at');
  }
}
