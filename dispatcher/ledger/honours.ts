import type { Queryable } from '../../platform/database.ts';
import type { RatingRule, TimeBankRule } from '../../schemas/rules.ts';
import { standing } from '../rating/standing.ts';
import type { Period } from '../reports/period.ts';

/** What a volunteer did in a period, of visits that were banked and not taken back. */
export interface Deeds {
  accountId: string;
  minutes: number;
  visits: number;
  /** Different homes helped. */
  households: number;
  emergencies: number;
  rated: number;
  scoreSum: number;
  goodVisits: number;
}
export interface Honour {
  rank: number;
  accountId: string;
  minutes: number;
  visits: number;
  households: number;
  emergencies: number;
  /** Mean of 10, two decimals; null without ratings. */
  satisfaction: number | null;
  points: number;
}
export interface Honours {
  items: Honour[];
  /** The best three of each: hours, quality (with the prior), mutual help (emergencies and households). */
  awards: { hours: string[]; quality: string[]; mutualHelp: string[] };
}

const BEST = 3;

/** Points (积分). Pure. */
export const pointsOf = (deeds: Deeds, { points }: TimeBankRule): number =>
  Math.round(
    (deeds.minutes / 60) * points.perHour +
      deeds.goodVisits * points.perGoodVisit +
      deeds.emergencies * points.perEmergency +
      deeds.households * points.perHousehold,
  );

/** The honours list, by points; ties by hours, then by id. Pure. */
export function honoursOf(deeds: readonly Deeds[], bank: TimeBankRule, rating: RatingRule): Honours {
  const items = deeds
    .map((deed) => ({ deed, points: pointsOf(deed, bank) }))
    .sort((a, b) => b.points - a.points || b.deed.minutes - a.deed.minutes || byId(a.deed, b.deed))
    .map(({ deed, points }, i) => ({
      rank: i + 1,
      accountId: deed.accountId,
      minutes: deed.minutes,
      visits: deed.visits,
      households: deed.households,
      emergencies: deed.emergencies,
      satisfaction: deed.rated === 0 ? null : Math.round((deed.scoreSum / deed.rated) * 100) / 100,
      points,
    }));
  const best = (worth: (deed: Deeds) => number, among: readonly Deeds[] = deeds): string[] =>
    among
      .toSorted((a, b) => worth(b) - worth(a) || byId(a, b))
      .slice(0, BEST)
      .map((deed) => deed.accountId);
  const rated = deeds.filter((deed) => deed.rated > 0);
  return {
    items,
    awards: {
      hours: best((deed) => deed.minutes),
      quality: best((deed) => standing({ count: deed.rated, sum: deed.scoreSum }, rating), rated),
      mutualHelp: best((deed) => deed.emergencies * 2 + deed.households),
    },
  };
}

const byId = (a: Deeds, b: Deeds): number => (a.accountId < b.accountId ? -1 : 1);

export async function deedsIn(db: Queryable, period: Period, goodScore: number): Promise<Deeds[]> {
  const { rows } = await db.query<Deeds>(
    `select e.account_id as "accountId", sum(e.minutes)::int as minutes, count(*)::int as visits,
            count(distinct v.home_id)::int as households, (count(*) filter (where o.emergency))::int as emergencies,
            count(r.score)::int as rated, coalesce(sum(r.score), 0)::float8 as "scoreSum",
            (count(*) filter (where r.score >= $3))::int as "goodVisits"
     from ledger_transactions t
     join ledger_entries e on e.transaction_id = t.id and e.minutes > 0 and e.account_id not like 'bank:%'
     left join visits v on v.order_id = t.ref
     left join orders o on o.id = t.ref
     left join ratings r on r.order_id = t.ref
     where t.kind = 'deposit' and t.at >= $1 and t.at < $2
       and not exists (select from ledger_transactions x where x.kind = 'reverse' and x.ref = t.id)
     group by 1`,
    [period.from, period.to, goodScore],
  );
  return rows;
}
