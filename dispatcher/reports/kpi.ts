import type { Queryable } from '../../platform/database.ts';
import type { Period } from './period.ts';
import { type Cell, toCsv } from './csv.ts';

export const KPI_GROUPS = ['month', 'street', 'service', 'provider'] as const;
export type KpiGroup = (typeof KPI_GROUPS)[number];

/** The programme's figures (domain.md): households served, visits, hours, satisfaction of 10. */
export interface KpiRow {
  group: string;
  /** Different homes. Over groups they do not add up to the total: one home may be in several. */
  households: number;
  visits: number;
  /** Two decimals. */
  hours: number;
  /** Mean of the ratings, two decimals; null without any. */
  satisfaction: number | null;
}
export interface KpiReport extends Period {
  groupBy: KpiGroup;
  rows: KpiRow[];
  total: KpiRow;
}

export interface KpiQuery extends Period {
  groupBy: KpiGroup;
  timeZone: string;
  /** The caller's scope; null: every street. */
  streets: readonly string[] | null;
}

/**
 * A visit counts where it ends, one that came after its month was closed where the next one begins. Closed months are
 * as they were; a correction of one counts in its own month, against it. Visits to tests and canaries do not count.
 */
export async function kpiReport(db: Queryable, query: KpiQuery): Promise<KpiReport> {
  const { rows } = await db.query<KpiRow & { is_total: boolean }>(
    `with counted as (
       select counted_at as at, home_id, street, service, provider, minutes, score, 1 as n from closed_visits
       union all
       select coalesce(v.counted_at, v.ended_at), v.home_id, v.street, v.service, coalesce(v.provider, ''),
              v.minutes, r.score, 1
       from visits v
       left join ratings r on r.order_id = v.order_id
       join orders o on o.id = v.order_id
       left join alerts a on a.id = o.alert_id
       where not exists (select from closed_visits c where c.order_id = v.order_id)
         and v.voided_at is null and not coalesce(a.test or a.synthetic, false)
       union all
       select x.at, null, c.street, c.service, c.provider, c.minutes, null, -1
       from visit_corrections x join closed_visits c on c.order_id = x.order_id
       union all
       select x.at, null, c.street, x.instead #>> '{visit,service}', c.provider,
              (x.instead #>> '{visit,minutes}')::int, null, 1
       from visit_corrections x join closed_visits c on c.order_id = x.order_id where x.instead is not null
     ), named as (
       select case $3
                when 'month' then to_char(at at time zone $4, 'YYYY-MM')
                when 'street' then street
                when 'service' then service
                else provider
              end as name, home_id, minutes, score, n
       from counted where at >= $1 and at < $2 and ($5::text[] is null or street = any($5))
     )
     select coalesce(name, '') as "group", grouping(name) = 1 as is_total,
            count(distinct home_id)::int as households, coalesce(sum(n), 0)::int as visits,
            round(coalesce(sum(n * minutes), 0) / 60.0, 2)::float8 as hours, round(avg(score), 2)::float8 as satisfaction
     from named group by grouping sets ((name), ()) order by 2, 1`,
    [query.from, query.to, query.groupBy, query.timeZone, query.streets],
  );
  const row = ({ group, households, visits, hours, satisfaction }: KpiRow): KpiRow => {
    return { group, households, visits, hours, satisfaction };
  };
  const total = rows.find((found) => found.is_total);
  return {
    from: query.from,
    to: query.to,
    groupBy: query.groupBy,
    rows: rows.filter((found) => !found.is_total).map(row),
    total: total
      ? { ...row(total), group: 'total' }
      : { group: 'total', households: 0, visits: 0, hours: 0, satisfaction: null },
  };
}

/** The last row is the total. */
export const kpiCells = ({ rows, total }: KpiReport): Cell[][] =>
  [...rows, total].map((row) => [row.group, row.households, row.visits, row.hours, row.satisfaction]);

export const kpiCsv = (report: KpiReport): string =>
  toCsv(['group', 'households', 'visits', 'hours', 'satisfaction'], kpiCells(report));
