import type { Clock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';

/** budgets.md, E: an overdue escalation is found in 5 s. */
export const AUDIT_EVERY_MS = 3_000;
/** What the sweeper is allowed to be late. */
const GRACE_MS = 2_000;

const WHAT = [
  'alert_without_deadline',
  'alert_overdue',
  'offer_overdue',
  'order_overdue',
  'outbox_stuck',
] as const;
type What = (typeof WHAT)[number];

export interface Overdue {
  what: What;
  id: string;
  /** null: of no street. */
  street: string | null;
}

/**
 * Looks at the database alone, with statements of its own, whether what the engine promises holds: every unresolved
 * alert has a future deadline or a named person (I6), no offer outlives its time, no change waits to be told. It mends
 * nothing: it says so, on `/metrics`, in the log and on the stream of every desk.
 */
export class Auditor {
  readonly #deps: { pool: Pool; clock: Clock; log: Log };
  readonly #overdue;
  readonly #failures;
  readonly #age;
  readonly #listeners = new Set<() => void>();
  #current: readonly Overdue[] = [];

  constructor(deps: { pool: Pool; clock: Clock; log: Log; metrics: Metrics }) {
    this.#deps = deps;
    this.#overdue = deps.metrics.gauge(
      'yinling_dispatch_overdue',
      'What should have happened and has not, as the auditor sees it',
      ['what'],
    );
    this.#failures = deps.metrics.counter(
      'yinling_dispatch_audit_failures_total',
      'Audits that could not be made',
    );
    this.#age = deps.metrics.gauge(
      'yinling_dispatch_age_seconds',
      'How long the oldest of what waits to be told (outbox) or is past its deadline has been so',
      ['what'],
    );
    for (const what of WHAT) this.#overdue.set({ what }, 0);
    for (const what of ['outbox', 'deadline']) this.#age.set({ what }, 0);
  }

  /** As of the last audit, some of each kind. */
  current(): readonly Overdue[] {
    return this.#current;
  }

  /** Called after every change. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(items: readonly Overdue[]): void {
    const changed = JSON.stringify(items) !== JSON.stringify(this.#current);
    this.#current = items;
    if (changed) for (const listener of this.#listeners) listener();
  }

  /** What is wrong now, with some of the ids. */
  async audit(): Promise<Partial<Record<What, string[]>>> {
    const { pool, clock, log } = this.#deps;
    const found: Partial<Record<What, string[]>> = {};
    try {
      const { rows } = await pool.query<{ what: What; n: number; some: Omit<Overdue, 'what'>[] | null }>(
        AUDIT,
        [new Date(clock.now() - GRACE_MS)],
      );
      for (const { what, n, some } of rows) {
        this.#overdue.set({ what }, n);
        if (n > 0) found[what] = some?.map(({ id }) => id) ?? [];
      }
      this.#tell(rows.flatMap(({ what, some }) => some?.map((item) => ({ what, ...item })) ?? []));
      const ages = await pool.query<{ what: string; seconds: number }>(AGES, [new Date(clock.now())]);
      for (const { what, seconds } of ages.rows) this.#age.set({ what }, seconds);
    } catch (error) {
      this.#failures.inc();
      log.warn({ err: error }, 'audit not made');
      return found;
    }
    if (Object.keys(found).length > 0) log.error({ found }, 'overdue: the engine does not keep its promises');
    return found;
  }
}

/** Some of them are named. */
const counted = (what: What, found: string): string =>
  `select '${what}' as what, count(*)::int as n,
     (select jsonb_agg(jsonb_build_object('id', id, 'street', street) order by id) from (
        select id, street from (${found}) few order by id limit 10) few) as some
   from (${found}) found`;

const AUDIT = [
  counted(
    'alert_without_deadline',
    `select id, street from alerts where state <> 'resolved' and deadline_at is null
     and (state <> 'acknowledged' or acknowledged_by is null)`,
  ),
  counted('alert_overdue', `select id, street from alerts where state <> 'resolved' and deadline_at < $1`),
  counted(
    'offer_overdue',
    `select f.id, o.street from offers f join orders o on o.id = f.order_id
     where f.outcome is null and f.expires_at < $1`,
  ),
  counted('order_overdue', 'select id, street from orders where deadline_at < $1'),
  counted(
    'outbox_stuck',
    'select id::text as id, street from outbox where stream_no is null and created_at < $1',
  ),
].join('\nunion all\n');

const AGES = `
  select 'outbox' as what, greatest(0, coalesce(extract(epoch from $1::timestamptz - min(created_at)), 0))::float8 as seconds
    from outbox where stream_no is null
  union all
  select 'deadline', greatest(0, coalesce(extract(epoch from $1::timestamptz - min(deadline_at)), 0))::float8
    from alerts where state <> 'resolved'`;
