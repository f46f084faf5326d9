import { probability } from '../../ingest/detectors/boosted-trees.ts';
import {
  fallFeatures,
  FALL_FEATURES,
  impactsOf,
  MOTION_HZ,
  type Motion,
} from '../../ingest/detectors/fall-motion-features.ts';
import type { FallModel } from '../../ingest/detectors/fall-motion.ts';
import { samplesOf, toMotion } from '../../ingest/detectors/motion-samples.ts';
import { boost, type Example, type Training } from './boosting.ts';
import type { MotionTrial } from './motion-trials.ts';
import { seededRandom, shuffled } from './random.ts';

/** One impact of one trial, and what is known of it. */
interface ImpactRow {
  trial: MotionTrial;
  features: number[];
  /** As if the recording had ended `CUT_S` after the impact, as it does in a short window. */
  isCut: boolean;
}

const CUT_S = 1.2;
export const FOLDS = 8;
/**
 * Weight of all examples of a class together. The wrist, where hands hit tables, weighs more than the waist, and its
 * daily life most, so that one threshold serves both.
 */
const CLASS_WEIGHT = { sisfall: { fall: 6, adl: 1 }, 'weda-fall': { fall: 2, adl: 8 } } as const;
const CLASS_UNIT = 1000;
export const TRAINING: Training = {
  trees: 150,
  depth: 4,
  learningRate: 0.08,
  rowShare: 0.5,
  featuresPerQuestion: 6,
  minLeafExamples: 5,
  ridge: 0.05,
  bins: 32,
};

/**
 * Impacts to learn from. Of a fall only the greatest impact within its marks is an example (what else happens in such a
 * trial is neither a fall nor daily life); of daily life every one.
 */
export function impactRows(trials: readonly MotionTrial[]): ImpactRow[] {
  return trials.flatMap((trial) => {
    const motion = toMotion(samplesOf(MOTION_HZ, [...trial.x], [...trial.y], [...trial.z]));
    const all = impactsOf(motion.magnitude, 0, motion.magnitude.length);
    const taken = trial.isFall ? all.filter((i) => i === fallImpact(trial, motion)) : all;
    return taken.flatMap((i): ImpactRow[] => [
      { trial, features: fallFeatures(motion, i), isCut: false },
      { trial, features: fallFeatures(cutAfter(motion, i + CUT_S * MOTION_HZ), i), isCut: true },
    ]);
  });
}

function fallImpact(trial: MotionTrial, { magnitude }: Motion): number {
  const from = trial.fallS ? Math.max(0, Math.round((trial.fallS[0] - 0.3) * MOTION_HZ)) : 0;
  const to = trial.fallS ? Math.round((trial.fallS[1] + 0.7) * MOTION_HZ) : magnitude.length;
  let greatest = from;
  for (let i = from; i < Math.min(to, magnitude.length); i++)
    if ((magnitude[i] ?? 0) > (magnitude[greatest] ?? 0)) greatest = i;
  return greatest;
}

const cutAfter = (motion: Motion, end: number): Motion => ({
  x: motion.x.subarray(0, end),
  y: motion.y.subarray(0, end),
  z: motion.z.subarray(0, end),
  magnitude: motion.magnitude.subarray(0, end),
});

export function train(rows: readonly ImpactRow[], seed: number): Omit<FallModel, 'suspectAt'> {
  const classOf = ({ trial }: ImpactRow) => `${trial.dataset}/${trial.isFall}`;
  const sizes = new Map<string, number>();
  for (const row of rows) sizes.set(classOf(row), (sizes.get(classOf(row)) ?? 0) + 1);
  const examples = rows.map((row): Example => {
    const weights = CLASS_WEIGHT[row.trial.dataset];
    const whole = CLASS_UNIT * (row.trial.isFall ? weights.fall : weights.adl);
    return {
      features: row.features,
      isPositive: row.trial.isFall,
      weight: whole / (sizes.get(classOf(row)) ?? 1),
    };
  });
  return boost(examples, FALL_FEATURES.length, TRAINING, seededRandom(seed));
}

/** Subjects dealt into folds, young and old of each dataset apart, so that every fold holds some of each. */
export function subjectFolds(trials: readonly MotionTrial[], seed: number): Map<string, number> {
  const random = seededRandom(seed);
  const folds = new Map<string, number>();
  for (const group of ['sisfall/false', 'sisfall/true', 'weda-fall/false', 'weda-fall/true']) {
    const subjects = new Set(
      trials.filter((t) => `${t.dataset}/${t.isElderly}` === group).map((t) => t.subject),
    );
    shuffled([...subjects].sort(), random).forEach((subject, i) => folds.set(subject, i % FOLDS));
  }
  return folds;
}

export interface TrialScore {
  trial: MotionTrial;
  fold: number;
  /** Greatest probability of any impact; 0 without one. */
  score: number;
}

export interface CrossValidation {
  /** One model for each fold, trained without that fold's subjects. */
  models: Omit<FallModel, 'suspectAt'>[];
  scores: TrialScore[];
}

export function crossValidate(trials: readonly MotionTrial[], seed: number): CrossValidation {
  const folds = subjectFolds(trials, seed);
  const rows = impactRows(trials);
  const models = Array.from({ length: FOLDS }, (_, fold) =>
    train(
      rows.filter((row) => folds.get(row.trial.subject) !== fold),
      seed * 100 + fold,
    ),
  );
  const scores = trials.map((trial): TrialScore => {
    const fold = folds.get(trial.subject) ?? 0;
    const model = models[fold];
    const motion = toMotion(samplesOf(MOTION_HZ, [...trial.x], [...trial.y], [...trial.z]));
    const impacts = impactsOf(motion.magnitude, 0, motion.magnitude.length);
    const found = model ? impacts.map((i) => probability(model, fallFeatures(motion, i))) : [];
    return { trial, fold, score: Math.max(0, ...found) };
  });
  return { models, scores };
}

/** The threshold at which the worst of sensitivity and specificity over the datasets is best. */
export function balancedThreshold(scores: readonly TrialScore[]): number {
  let best = { worst: -1, at: 0.5 };
  for (let at = 0.3; at <= 0.9; at += 0.01) {
    const shares = ['sisfall', 'weda-fall'].flatMap((dataset) =>
      [true, false].map((isFall) => {
        const group = scores.filter((s) => s.trial.dataset === dataset && s.trial.isFall === isFall);
        return group.filter((s) => s.score >= at === isFall).length / group.length;
      }),
    );
    const worst = Math.min(...shares);
    if (worst > best.worst) best = { worst, at };
  }
  return Math.round(best.at * 100) / 100;
}
