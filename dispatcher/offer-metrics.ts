import type { Clock } from '../platform/clock.ts';
import type { Pool } from '../platform/database.ts';
import type { Metrics } from '../platform/metrics.ts';
import { OFFER_OUTCOMES, type OfferOutcome } from '../schemas/order.ts';

export const MEASURE_OFFERS_EVERY_MS = 30_000;
const WINDOW_MS = 3_600_000;

/**
 * How the last hour's offers ended: many declined or expired ones mean that the wrong people are asked, or too few are
 * there. Counted in the database, so every server shows the same and none is counted twice: `max`, not `sum`.
 */
export function offerMetrics(metrics: Metrics, pool: Pool, clock: Clock): () => Promise<void> {
  const ended = metrics.gauge('yinling_offers_ended', 'Offers that ended within the last hour, by end', [
    'outcome',
  ]);
  const show = (counts: ReadonlyMap<OfferOutcome, number>): void => {
    for (const outcome of OFFER_OUTCOMES) ended.set({ outcome }, counts.get(outcome) ?? 0);
  };
  show(new Map());
  return async () => {
    const { rows } = await pool.query<{ outcome: OfferOutcome; n: number }>({
      name: 'offers_ended',
      text: `select outcome, count(*)::int as n from offers
             where outcome is not null and ended_at > $1 group by outcome`,
      values: [new Date(clock.now() - WINDOW_MS)],
    });
    show(new Map(rows.map(({ outcome, n }) => [outcome, n])));
  };
}
