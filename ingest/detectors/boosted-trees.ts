/**
 * A sum of small decision trees on the log-odds scale, made by `bench/evaluation/train-fall.ts`.
 * A tree of depth d is a complete one in level order: the node at i asks `features[feature[i]] > above[i]` and goes on
 * to 2i + 1 (no) or 2i + 2 (yes); behind the last level are 2^d leaves.
 */
export interface BoostedTree {
  feature: readonly number[];
  above: readonly number[];
  leaves: readonly number[];
}
export interface Boosted {
  bias: number;
  trees: readonly BoostedTree[];
}

export function leafOf(tree: BoostedTree, features: readonly number[]): number {
  const questions = tree.feature.length;
  let node = 0;
  while (node < questions) {
    const isAbove = (features[tree.feature[node] ?? 0] ?? 0) > (tree.above[node] ?? Infinity);
    node = 2 * node + (isAbove ? 2 : 1);
  }
  return node - questions;
}

/** Probability in (0, 1) that the case with these features is a positive one. */
export function probability(model: Boosted, features: readonly number[]): number {
  let logOdds = model.bias;
  for (const tree of model.trees) logOdds += tree.leaves[leafOf(tree, features)] ?? 0;
  return 1 / (1 + Math.exp(-logOdds));
}
