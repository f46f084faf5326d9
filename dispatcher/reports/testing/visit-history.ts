import type { Queryable } from '../../../platform/database.ts';
import { STREETS } from '../../../schemas/streets.ts';
import { SERVICES } from '../../../schemas/channels.ts';

export interface HistoryFigures {
  households: number;
  visits: number;
  /** Whole hours. */
  hours: number;
  /** Mean to two decimals. */
  satisfaction: number;
  /** Beginning of the month that the visits lie in. Default: September 2024 in Shenzhen. */
  from?: string;
  prefix?: string;
}

export interface PastVisit {
  id: string;
  homeId: string;
  street: string;
  service: string;
  provider: string;
  beganAt: string;
  endedAt: string;
  minutes: number;
  score: number;
}

/**
 * A history of visits whose totals are exactly these: homes in turn, minutes and scores spread around their means with
 * what is left over given to the first ones.
 */
export function pastVisits(figures: HistoryFigures): PastVisit[] {
  const { households, visits, hours, satisfaction, prefix = 'history' } = figures;
  const from = Date.parse(figures.from ?? '2024-08-31T16:30:00Z');
  const stepMs = Math.floor((29 * 86_400_000) / visits);
  const minutes = spread(hours * 60, visits, 20);
  // Scores have one decimal: what the mean asks for in tenths, none above ten.
  const tenths = spread(Math.round(satisfaction * visits * 10), visits, 4);
  return Array.from({ length: visits }, (_, i) => {
    const street = STREETS[(i % households) % STREETS.length]?.zh ?? '莲花';
    const endedAt = from + i * stepMs + 60_000;
    const length = minutes[i] ?? 1;
    return {
      id: `${prefix}-${i}`,
      homeId: `${prefix}-home-${i % households}`,
      street,
      service: SERVICES[i % SERVICES.length] ?? 'care',
      provider: `provider-${i % 4}`,
      beganAt: new Date(endedAt - length * 60_000).toISOString(),
      endedAt: new Date(endedAt).toISOString(),
      minutes: length,
      score: (tenths[i] ?? 90) / 10,
    };
  });
}

/** The same straight into the tables. */
export async function visitHistory(db: Queryable, figures: HistoryFigures): Promise<void> {
  const data = JSON.stringify(pastVisits(figures));
  const source = `jsonb_to_recordset($1::jsonb) as r (id text, "homeId" text, street text, service text, provider text,
    "beganAt" timestamptz, "endedAt" timestamptz, minutes int, score numeric)`;
  await db.query(
    `insert into orders (id, home_id, street, service, emergency, state, created_at, version, doc)
     select id, "homeId", street, service, false, 'completed', "beganAt", 1, '{}' from ${source}`,
    [data],
  );
  await db.query(
    `insert into visits (order_id, service, home_id, caregiver_id, provider, street, began_at, ended_at, minutes)
     select id, service, "homeId", 'c1', provider, street, "beganAt", "endedAt", minutes from ${source}`,
    [data],
  );
  await db.query(
    `insert into ratings (order_id, score, rated_at, rated_by) select id, score, "endedAt", 'op' from ${source}`,
    [data],
  );
}

/** `count` whole numbers that sum to `total`, in pairs `by` above and below the mean. */
function spread(total: number, count: number, by: number): number[] {
  const base = Math.floor(total / count);
  const over = total - base * count;
  return Array.from({ length: count }, (_, i) => {
    const paired = i < count - (count % 2);
    const swing = paired ? (i % 2 === 0 ? 1 : -1) * (Math.floor(i / 2) % (by + 1)) : 0;
    return base + (i < over ? 1 : 0) + swing;
  });
}
