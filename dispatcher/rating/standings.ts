import type { Queryable } from '../../platform/database.ts';
import type { RatingRule } from '../../schemas/rules.ts';
import { toCsv } from '../reports/csv.ts';
import type { Period } from '../reports/period.ts';
import { standing } from './standing.ts';

export const RATING_GROUPS = ['caregiver', 'provider'] as const;
export type RatingGroup = (typeof RATING_GROUPS)[number];

export interface RatingRow {
  /** Id of the caregiver, or name of the provider. */
  group: string;
  visits: number;
  rated: number;
  /** Of the scores, two decimals; null without any. */
  mean: number | null;
  /** With the prior, two decimals. */
  standing: number;
  /** Scores under 6: each is to be looked into. */
  low: number;
}
export interface RatingQuery extends Period {
  groupBy: RatingGroup;
  streets: readonly string[] | null;
  rule: RatingRule;
}

/** Ratings by who was rated, the best first. Visits to tests and canaries do not count. */
export async function ratingReport(db: Queryable, query: RatingQuery): Promise<RatingRow[]> {
  const { rows } = await db.query<{ name: string; visits: number; rated: number; sum: number; low: number }>(
    `select case $3 when 'caregiver' then v.caregiver_id else coalesce(v.provider, '') end as name,
            count(*)::int as visits, count(r.score)::int as rated, coalesce(sum(r.score), 0)::float8 as sum,
            (count(*) filter (where r.score < 6))::int as low
     from visits v
     left join ratings r on r.order_id = v.order_id
     join orders o on o.id = v.order_id
     left join alerts a on a.id = o.alert_id
     where v.ended_at >= $1 and v.ended_at < $2 and ($4::text[] is null or v.street = any($4))
       and v.voided_at is null and not coalesce(a.test or a.synthetic, false)
     group by 1`,
    [query.from, query.to, query.groupBy, query.streets],
  );
  return rows
    .map(({ name, visits, rated, sum, low }) => ({
      group: name,
      visits,
      rated,
      mean: rated === 0 ? null : hundredth(sum / rated),
      standing: hundredth(standing({ count: rated, sum }, query.rule)),
      low,
    }))
    .sort((a, b) => b.standing - a.standing || (a.group < b.group ? -1 : 1));
}

const hundredth = (value: number): number => Math.round(value * 100) / 100;

export const ratingCsv = (rows: readonly RatingRow[]): string =>
  toCsv(
    ['group', 'visits', 'rated', 'mean', 'standing', 'low'],
    rows.map((row) => [row.group, row.visits, row.rated, row.mean, row.standing, row.low]),
  );
