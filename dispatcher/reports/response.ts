import type { Queryable } from '../../platform/database.ts';
import { toCsv } from './csv.ts';
import type { Period } from './period.ts';

/** How many of `of` made it in time, and their share (three decimals); null of nothing. */
export interface Within {
  count: number;
  share: number | null;
}
/** A call that waited longer than three minutes, or still waits: each is to be investigated. */
export interface LateCall {
  alertId: string;
  kind: string;
  priority: number;
  homeId: string;
  street: string;
  openedAt: string;
  /** null: not yet. */
  answeredAt: string | null;
  waitedS: number;
}
export interface Percentiles {
  count: number;
  /** ms; null of nothing. */
  p50: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
}

/** How fast help was (budgets.md): answering, arriving, our own path, and how often it was for nothing. */
export interface ResponseReport extends Period {
  /** Calls (priority 1 and 2) and how soon a person took them. */
  answered: { calls: number; within10S: Within; within60S: Within; within180S: Within; over180S: LateCall[] };
  /** Emergency orders that reached the door, from the opening of the alert. */
  arrived: { arrivals: number; within15Min: Within; within45Min: Within; within60Min: Within };
  /** Device (when it reached us) → on the operators' stream. */
  latencyMs: Percentiles & { byPriority: Record<string, Percentiles> };
  /** Of resolved calls, by the kind of device that spoke. */
  falseAlarms: Within & { resolved: number; byDeviceKind: Record<string, Within & { resolved: number }> };
}

export interface ResponseQuery extends Period {
  streets: readonly string[] | null;
  nowAt: number;
}

/** Alerts of the period: no canaries, no tests. */
const ALERTS = `select a.id, a.kind, a.priority, a.state, a.disposition, a.home_id, a.street, a.opened_at, a.published_at, a.doc
  from alerts a where a.opened_at >= $1 and a.opened_at < $2 and not a.test and not a.synthetic
    and ($3::text[] is null or a.street = any($3))`;

/** Longest list of late calls; the count beside it is whole. */
const MOST_LATE = 1_000;

export async function responseReport(db: Queryable, query: ResponseQuery): Promise<ResponseReport> {
  const params = [query.from, query.to, query.streets];
  const nowIso = new Date(query.nowAt).toISOString();
  return {
    from: query.from,
    to: query.to,
    answered: await answered(db, [...params, nowIso]),
    arrived: await arrived(db, params),
    latencyMs: await latency(db, params),
    falseAlarms: await falseAlarms(db, params),
  };
}

/**
 * The wait of a call ends when a person acknowledges or resolves it. It begins when the alert opened, or, for a fall
 * that was asked about first, when the asking was over. What ended by itself never waited for anybody.
 */
const CALLS = `with a as (${ALERTS}), calls as (
  select a.*, e.answered_at,
    greatest(a.opened_at, case when e.verified_at <= coalesce(e.answered_at, e.verified_at) then e.verified_at end) as since
  from a cross join lateral (
    select min(v.at) filter (where x ->> 'type' = 'verified') as verified_at,
           min(v.at) filter (where x ->> 'type' = 'acknowledged'
             or x ->> 'type' = 'resolved' and x ->> 'by' not in ('system', 'resident')
                and x ->> 'by' not like 'device:%') as answered_at
    from alert_events v, jsonb_array_elements(v.body) x where v.alert_id = a.id
  ) e
  where a.priority <= 2 and (e.answered_at is not null or a.state in ('open', 'acknowledged'))
), waits as (
  select calls.*, extract(epoch from coalesce(answered_at, $4::timestamptz) - since)::float8 as waited_s from calls
)`;

async function answered(db: Queryable, params: unknown[]): Promise<ResponseReport['answered']> {
  const counts = await db.query<{ calls: number; in10: number; in60: number; in180: number }>(
    `${CALLS} select count(*)::int as calls,
       count(*) filter (where answered_at is not null and waited_s <= 10)::int as in10,
       count(*) filter (where answered_at is not null and waited_s <= 60)::int as in60,
       count(*) filter (where answered_at is not null and waited_s <= 180)::int as in180 from waits
     where answered_at is not null or waited_s > 180`,
    params,
  );
  const late = await db.query<LateRow>(
    `${CALLS} select id, kind, priority, home_id, street, opened_at, answered_at, waited_s from waits
     where waited_s > 180 order by waited_s desc, id limit ${MOST_LATE}`,
    params,
  );
  const { calls = 0, in10 = 0, in60 = 0, in180 = 0 } = counts.rows[0] ?? {};
  return {
    calls,
    within10S: within(in10, calls),
    within60S: within(in60, calls),
    within180S: within(in180, calls),
    over180S: late.rows.map(lateCallOf),
  };
}

interface LateRow {
  id: string;
  kind: string;
  priority: number;
  home_id: string;
  street: string;
  opened_at: Date;
  answered_at: Date | null;
  waited_s: number;
}
const lateCallOf = (row: LateRow): LateCall => ({
  alertId: row.id,
  kind: row.kind,
  priority: row.priority,
  homeId: row.home_id,
  street: row.street,
  openedAt: row.opened_at.toISOString(),
  answeredAt: row.answered_at?.toISOString() ?? null,
  waitedS: Math.round(row.waited_s),
});

async function arrived(db: Queryable, params: unknown[]): Promise<ResponseReport['arrived']> {
  const { rows } = await db.query<{ arrivals: number; in15: number; in45: number; in60: number }>(
    `with a as (${ALERTS}), trips as (
       select extract(epoch from (o.doc ->> 'arrivedAt')::timestamptz - a.opened_at) / 60 as minutes
       from orders o join a on a.id = o.alert_id where o.emergency and o.doc ->> 'arrivedAt' is not null
     )
     select count(*)::int as arrivals, count(*) filter (where minutes <= 15)::int as in15,
            count(*) filter (where minutes <= 45)::int as in45, count(*) filter (where minutes <= 60)::int as in60
     from trips`,
    params,
  );
  const { arrivals = 0, in15 = 0, in45 = 0, in60 = 0 } = rows[0] ?? {};
  return {
    arrivals,
    within15Min: within(in15, arrivals),
    within45Min: within(in45, arrivals),
    within60Min: within(in60, arrivals),
  };
}

async function latency(db: Queryable, params: unknown[]): Promise<ResponseReport['latencyMs']> {
  const { rows } = await db.query<Percentiles & { priority: number | null }>(
    `with a as (${ALERTS}), hops as (
       select priority, (extract(epoch from published_at - (doc ->> 'receivedAt')::timestamptz) * 1000)::float8 as ms
       from a where published_at is not null
     )
     select priority, count(*)::int as count, percentile_cont(0.5) within group (order by ms) as p50,
            percentile_cont(0.95) within group (order by ms) as p95,
            percentile_cont(0.99) within group (order by ms) as p99, max(ms) as max
     from hops group by grouping sets ((priority), ())`,
    params,
  );
  const total = rows.find((row) => row.priority === null);
  const byPriority = rows
    .filter((row) => row.priority !== null)
    .map((row) => [String(row.priority), rounded(row)]);
  return { ...rounded(total), byPriority: Object.fromEntries(byPriority) as Record<string, Percentiles> };
}

const rounded = (row: Percentiles | undefined): Percentiles => {
  const tenth = (ms: number | null | undefined): number | null =>
    ms == null ? null : Math.round(ms * 10) / 10;
  return {
    count: row?.count ?? 0,
    p50: tenth(row?.p50),
    p95: tenth(row?.p95),
    p99: tenth(row?.p99),
    max: tenth(row?.max),
  };
};

async function falseAlarms(db: Queryable, params: unknown[]): Promise<ResponseReport['falseAlarms']> {
  const { rows } = await db.query<{ kind: string | null; resolved: number; false_alarms: number }>(
    `with a as (${ALERTS}), over as (
       select id, disposition in ('false_alarm', 'resident_ok') as for_nothing, doc from a
       where state = 'resolved' and priority <= 2 and disposition is distinct from 'duplicate'
     ), spoke as (
       select distinct o.id, o.for_nothing, coalesce(d.kind, 'unknown') as kind
       from over o, jsonb_array_elements_text(o.doc -> 'deviceIds') as device (id)
       left join devices d on d.id = device.id
     )
     select kind, count(*)::int as resolved, (count(*) filter (where for_nothing))::int as false_alarms
     from spoke group by kind
     union all select null, count(*)::int, (count(*) filter (where for_nothing))::int from over`,
    params,
  );
  const total = rows.find((row) => row.kind === null) ?? { resolved: 0, false_alarms: 0 };
  const kinds = rows
    .filter((row) => row.kind !== null)
    .sort((x, y) => (x.kind ?? '').localeCompare(y.kind ?? ''));
  return {
    resolved: total.resolved,
    ...within(total.false_alarms, total.resolved),
    byDeviceKind: Object.fromEntries(
      kinds.map((row) => [
        row.kind ?? '',
        { resolved: row.resolved, ...within(row.false_alarms, row.resolved) },
      ]),
    ),
  };
}

export const within = (count: number, of: number): Within => ({
  count,
  share: of === 0 ? null : Math.round((count / of) * 1000) / 1000,
});

export function responseCsv(report: ResponseReport): string {
  const { answered: a, arrived: d, latencyMs: l, falseAlarms: f } = report;
  const line = (measure: string, { count, share }: Within) => [measure, count, share] as const;
  return toCsv(
    ['measure', 'value', 'share'],
    [
      ['calls', a.calls, null],
      line('answered within 10 s', a.within10S),
      line('answered within 60 s', a.within60S),
      line('answered within 180 s', a.within180S),
      ...a.over180S.map((call) => [`over 180 s: ${call.alertId}`, call.waitedS, null] as const),
      ['arrivals', d.arrivals, null],
      line('arrived within 15 min', d.within15Min),
      line('arrived within 45 min', d.within45Min),
      line('arrived within 60 min', d.within60Min),
      ['device to stream p50 ms', l.p50, null],
      ['device to stream p95 ms', l.p95, null],
      ['device to stream p99 ms', l.p99, null],
      ['resolved calls', f.resolved, null],
      line('false alarms', f),
      ...Object.entries(f.byDeviceKind).map(([kind, share]) => line(`false alarms: ${kind}`, share)),
    ],
  );
}
