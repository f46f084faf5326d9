/**
 * Makes `ingest/detectors/fall-motion-model.ts` from the recordings: `node bench/evaluation/train-fall.ts [seed]`.
 * Deterministic: the same recordings and seed give the same file. Only coefficients go into the project.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FALL_FEATURES } from '../../ingest/detectors/fall-motion-features.ts';
import { balancedThreshold, crossValidate, FOLDS, impactRows, train, TRAINING } from './fall-training.ts';
import { recordedTrials } from './fall-recordings.ts';

const seed = Number(process.argv[2] ?? 1);
const trials = recordedTrials();
const { scores } = crossValidate(trials, seed);
const suspectAt = balancedThreshold(scores);
const rows = impactRows(trials);
const model = train(rows, seed);
const subjects = new Set(trials.map((t) => t.subject)).size;

const line = (numbers: readonly number[]): string =>
  `[${numbers.map((n) => (n === 1e9 ? '1e9' : n)).join(', ')}]`;
const text = `import type { FallModel } from './fall-motion.ts';

/**
 * Made by bench/evaluation/train-fall.ts (seed ${seed}); do not edit. Boosted trees over FALL_FEATURES
 * (${FALL_FEATURES.length}), learnt from ${rows.length} impacts of ${subjects} people: SisFall (waist) and WEDA-FALL
 * (wrist, read both by rows and by stamps), development parts. ${JSON.stringify(TRAINING).replaceAll('"', '').replaceAll(',', ', ')}.
 * The threshold balances sensitivity and specificity of the worse dataset in ${FOLDS}-fold cross-validation by people.
 */
// prettier-ignore
export const FALL_MODEL: FallModel = {
  suspectAt: ${suspectAt},
  bias: ${Number(model.bias.toPrecision(4))},
  trees: [
${model.trees.map((t) => `    { feature: ${line(t.feature)}, above: ${line(t.above)}, leaves: ${line(t.leaves)} },`).join('\n')}
  ],
};
`;
writeFileSync(join(import.meta.dirname, '../../ingest/detectors/fall-motion-model.ts'), text);
console.log(`suspect at ${suspectAt}; ${model.trees.length} trees, ${(text.length / 1024).toFixed(0)} KB`);
