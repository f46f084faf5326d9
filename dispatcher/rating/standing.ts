import type { RatingRule } from '../../schemas/rules.ts';

/** Ratings of somebody, as their number and their sum. */
export interface Scores {
  count: number;
  sum: number;
}

/**
 * How somebody stands, 0 to 10: their own scores together with `priorWeight` scores of the programme's mean. One bad
 * score buries nobody, and one good one makes nobody the best; with many of their own, those decide. Pure.
 */
export function standing({ count, sum }: Scores, { priorMean, priorWeight }: RatingRule): number {
  const weight = priorWeight + count;
  return weight === 0 ? priorMean : (priorMean * priorWeight + sum) / weight;
}

/** In minutes of travel, as the recommendation counts: nobody is sent more than this further for a better score. */
const MOST_MINUTES = 5;

/** What a standing costs (positive) or saves against the programme's mean; a whole point is worth two minutes. */
export const standingMinutes = (value: number, { priorMean }: RatingRule): number =>
  Math.max(-MOST_MINUTES, Math.min(MOST_MINUTES, (priorMean - value) * 2));
