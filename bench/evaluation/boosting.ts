import { leafOf, type Boosted, type BoostedTree } from '../../ingest/detectors/boosted-trees.ts';
import type { Random } from './random.ts';

/** One weighted example; `isPositive` is what is to be told. */
export interface Example {
  features: readonly number[];
  isPositive: boolean;
  weight: number;
}

export interface Training {
  trees: number;
  depth: number;
  learningRate: number;
  /** Share of the examples that each tree sees. */
  rowShare: number;
  /** How many features, drawn anew, each question may choose among. */
  featuresPerQuestion: number;
  minLeafExamples: number;
  /** Ridge on the leaves: the larger, the more a leaf of little weight stays near 0. */
  ridge: number;
  /** Values of a feature are told apart in this many bins of about equal count; at most 256. */
  bins: number;
}

/** Examples as columns of bin numbers, and what the loss says of each. */
interface Table {
  cuts: readonly Float64Array[];
  binned: readonly Uint8Array[];
  gradient: Float64Array;
  hessian: Float64Array;
}

/**
 * Gradient boosting on logistic loss by Newton steps, with random rows for each tree and random features for each
 * question: a few dozen recorded people call for much averaging. Deterministic for one seed.
 */
export function boost(
  examples: readonly Example[],
  featureCount: number,
  how: Training,
  random: Random,
): Boosted {
  const n = examples.length;
  const cuts = Array.from({ length: featureCount }, (_, f) => cutsOf(examples, f, how.bins));
  const table: Table = {
    cuts,
    binned: cuts.map((c, f) => Uint8Array.from(examples, (e) => binOf(c, e.features[f] ?? 0))),
    gradient: new Float64Array(n),
    hessian: new Float64Array(n),
  };
  const positive = examples.reduce((sum, e) => sum + (e.isPositive ? e.weight : 0), 0);
  const total = examples.reduce((sum, e) => sum + e.weight, 0);
  const bias = Math.log(positive / (total - positive));
  const score = new Float64Array(n).fill(bias);
  const trees: BoostedTree[] = [];
  for (let t = 0; t < how.trees; t++) {
    const rows: number[] = [];
    examples.forEach((e, i) => {
      const p = 1 / (1 + Math.exp(-(score[i] ?? 0)));
      table.gradient[i] = e.weight * ((e.isPositive ? 1 : 0) - p);
      table.hessian[i] = Math.max(1e-6, e.weight * p * (1 - p));
      if (random() < how.rowShare) rows.push(i);
    });
    const tree = grow(rows, table, how, random);
    trees.push(tree);
    examples.forEach((e, i) => {
      score[i] = (score[i] ?? 0) + (tree.leaves[leafOf(tree, e.features)] ?? 0);
    });
  }
  return { bias, trees };
}

function grow(rows: readonly number[], table: Table, how: Training, random: Random): BoostedTree {
  const questions = 2 ** how.depth - 1;
  const feature = Array.from({ length: questions }, () => 0);
  const above = Array.from({ length: questions }, () => 1e9);
  const members: (readonly number[])[] = [rows];
  for (let node = 0; node < questions; node++) {
    const here = members[node] ?? [];
    const cut = bestCut(here, table, how, random);
    const bin = table.binned[cut?.feature ?? 0];
    // Nothing worth asking: everybody goes the way of "no".
    members[2 * node + 1] = cut ? here.filter((i) => (bin?.[i] ?? 0) <= cut.bin) : here;
    members[2 * node + 2] = cut ? here.filter((i) => (bin?.[i] ?? 0) > cut.bin) : [];
    if (!cut) continue;
    feature[node] = cut.feature;
    above[node] = table.cuts[cut.feature]?.[cut.bin] ?? 1e9;
  }
  const leaves = Array.from({ length: questions + 1 }, (_, leaf) => {
    let g = 0;
    let h = how.ridge;
    for (const i of members[questions + leaf] ?? []) {
      g += table.gradient[i] ?? 0;
      h += table.hessian[i] ?? 0;
    }
    return Number(((how.learningRate * g) / h).toPrecision(3));
  });
  return { feature, above, leaves };
}

interface Cut {
  feature: number;
  bin: number;
}

function bestCut(rows: readonly number[], table: Table, how: Training, random: Random): Cut | undefined {
  if (rows.length < 2 * how.minLeafExamples) return undefined;
  let best: Cut | undefined;
  let bestGain = 1e-9;
  for (let draw = 0; draw < how.featuresPerQuestion; draw++) {
    const feature = Math.floor(random() * table.cuts.length);
    const bin = table.binned[feature];
    const bins = (table.cuts[feature]?.length ?? 0) + 1;
    if (!bin || bins < 2) continue;
    const g = new Float64Array(bins);
    const h = new Float64Array(bins);
    const count = new Float64Array(bins);
    let allG = 0;
    let allH = 0;
    for (const i of rows) {
      const b = bin[i] ?? 0;
      g[b] = (g[b] ?? 0) + (table.gradient[i] ?? 0);
      h[b] = (h[b] ?? 0) + (table.hessian[i] ?? 0);
      count[b] = (count[b] ?? 0) + 1;
      allG += table.gradient[i] ?? 0;
      allH += table.hessian[i] ?? 0;
    }
    const together = allG ** 2 / (allH + how.ridge);
    let leftG = 0;
    let leftH = 0;
    let left = 0;
    for (let b = 0; b < bins - 1; b++) {
      leftG += g[b] ?? 0;
      leftH += h[b] ?? 0;
      left += count[b] ?? 0;
      if (left < how.minLeafExamples || rows.length - left < how.minLeafExamples) continue;
      const apart = leftG ** 2 / (leftH + how.ridge) + (allG - leftG) ** 2 / (allH - leftH + how.ridge);
      if (apart - together > bestGain) {
        bestGain = apart - together;
        best = { feature, bin: b };
      }
    }
  }
  return best;
}

/** Bounds between bins of about equal count; a value equal to a bound lies below it. */
function cutsOf(examples: readonly Example[], feature: number, bins: number): Float64Array {
  const values = Float64Array.from(examples, (e) => e.features[feature] ?? 0).sort();
  const cuts: number[] = [];
  for (let b = 1; b < bins; b++) {
    const at = Math.floor((b * values.length) / bins);
    const below = values[at - 1] ?? 0;
    const here = values[at] ?? 0;
    const cut = Number(((below + here) / 2).toPrecision(4));
    if (here > below && cut > (cuts.at(-1) ?? -Infinity)) cuts.push(cut);
  }
  return Float64Array.from(cuts);
}

function binOf(cuts: Float64Array, value: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value > (cuts[middle] ?? Infinity)) low = middle + 1;
    else high = middle;
  }
  return low;
}
