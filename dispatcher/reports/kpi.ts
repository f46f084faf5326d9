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

/** A visit counts where it ends. Visits to tests and canaries do not count. */
export async function kpiReport(db: Queryable, query: KpiQuery): Promise<KpiReport> {
  const { rows } = await db.query<KpiRow & { is_total: boolean }>(
    `with counted as (
       select case $3
                when 'month' then to_char(v.ended_at at time zone $4, 'YYYY-MM')
                when 'street' then v.street
                when 'service' then v.service
                else coalesce(v.provider, '')
              end as name,
              v.home_id, v.minutes, r.score
       from visits v
       left join ratings r on r.order_id = v.order_id
       join orders o on o.id = v.order_id
       left join alerts a on a.id = o.alert_id
       where v.ended_at >= $1 and v.ended_at < $2 and ($5::text[] is null or v.street = any($5))
         and not coalesce(a.test or a.synthetic, false)
     )
     select coalesce(name, '') as "group", grouping(name) = 1 as is_total,
            count(distinct home_id)::int as households, count(*)::int as visits,
            round(coalesce(sum(minutes), 0) / 60.0, 2)::float8 as hours, round(avg(score), 2)::float8 as satisfaction
     from counted group by grouping sets ((name), ()) order by 2, 1`,
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
