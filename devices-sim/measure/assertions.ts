import type { HistogramSummary } from './histogram.ts';

/** A condition that a run has to meet, such as `sos.p99<250ms` or `lost==0`. Times are compared in ms. */
export interface Assertion {
  text: string;
  metric: string;
  compare: '<' | '<=' | '>' | '>=' | '==' | '!=';
  value: number;
}

export interface Judged {
  text: string;
  held: boolean;
  /** What was measured; null: nothing to measure it on. */
  measured: number | null;
}

const QUANTILES = ['count', 'min', 'mean', 'p50', 'p90', 'p99', 'p999', 'max'] as const;
const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

/** What may be asserted: names of histograms (with a quantile, and a time) and of counts (bare). */
export interface Measurable {
  times: readonly string[];
  counts: readonly string[];
}

/** Throws, saying what is wrong, on anything but `METRIC OP NUMBER[us|ms|s]` of a known metric. */
export function parseAssertion(text: string, known: Measurable): Assertion {
  const match = /^\s*([A-Za-z][\w.]*)\s*(<=|>=|==|!=|<|>)\s*(\d+(?:\.\d+)?)\s*(us|ms|s)?\s*$/.exec(text);
  const [, metric = '', compare = '', number = '', unit] = match ?? [];
  if (match === null || !isComparison(compare))
    throw new Error(
      `"${text}" is no assertion: METRIC, one of < <= > >= == !=, a number, e.g. sos.p99<250ms`,
    );
  const [name = '', quantile, ...more] = metric.split('.');
  const isTime = known.times.includes(name) && QUANTILES.some((q) => q === quantile) && more.length === 0;
  if (!isTime && !known.counts.includes(metric))
    throw new Error(
      `"${text}": no metric "${metric}"; there are ${known.counts.join(', ')} and, each with ${QUANTILES.join('|')}, ${known.times.join(', ')}`,
    );
  const takesUnit = isTime && quantile !== 'count';
  if (unit !== undefined && !takesUnit) throw new Error(`"${text}": ${metric} is a count, without a unit`);
  if (unit === undefined && takesUnit) throw new Error(`"${text}": ${metric} is a time, say us, ms or s`);
  return { text: text.trim(), metric, compare, value: Number(number) * (UNIT_MS[unit ?? 'ms'] ?? 1) };
}

/** What nobody measured, or a time of which there is no single value, does not hold. */
export function judge(assertion: Assertion, measured: number | null): Judged {
  const held = measured !== null && holds(measured, assertion.compare, assertion.value);
  return { text: assertion.text, held, measured };
}

/** The value of `name.quantile` out of a histogram's summary; null if it is empty or was not taken. */
export function quantileOf(summary: HistogramSummary | null, quantile: string): number | null {
  if (summary === null) return null;
  if (quantile === 'count') return summary.count;
  if (summary.count === 0) return null;
  const value = Object.entries(summary).find(([key]) => key === `${quantile}Ms`)?.[1];
  return typeof value === 'number' ? value : null;
}

function holds(measured: number, compare: Assertion['compare'], value: number): boolean {
  switch (compare) {
    case '<':
      return measured < value;
    case '<=':
      return measured <= value;
    case '>':
      return measured > value;
    case '>=':
      return measured >= value;
    case '==':
      return measured === value;
    case '!=':
      return measured !== value;
  }
}

const isComparison = (text: string): text is Assertion['compare'] =>
  ['<', '<=', '>', '>=', '==', '!='].includes(text);

/**
 * Takes every `--assert A B …` out of a command line: all that stands behind it up to the next option is an assertion, for a
 * shell's line reads better so than with the option before each.
 */
export function takeAssertions(argv: readonly string[]): { rest: string[]; texts: string[] } {
  const rest: string[] = [];
  const texts: string[] = [];
  let taking = false;
  for (const word of argv) {
    if (word === '--assert') taking = true;
    else if (word.startsWith('--assert=')) texts.push(word.slice('--assert='.length));
    else if (word.startsWith('-')) {
      taking = false;
      rest.push(word);
    } else (taking ? texts : rest).push(word);
  }
  return { rest, texts };
}
