import { dedupKey } from '../../schemas/alert.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Signal } from '../../schemas/signal.ts';
import { conclude } from './conclude.ts';
import { type Detector, NO_SIGNALS, type StepContext } from './detector.ts';

/**
 * Vitals against the resident's own: 104 systolic is nothing to NEWS2 and much to one who has 150. Median and median
 * deviation of at least seven days; a value far from them counts once it has stayed there. Concludes a B3 for the work
 * list, and evidence for whatever emergency is open; what is grave by itself, `vitals` says.
 */
export interface BaselineState {
  own: Partial<Record<Parameter, Own>>;
}

interface Own {
  /** Values of the last weeks, at most one in four hours, oldest first; days of the first and the last. */
  values: readonly number[];
  firstDay: number;
  lastAt: number;
  /** The run of values far off on one side: since when, and which side; null: the last value was ordinary. */
  run: { since: number; side: 1 | -1; said: boolean } | null;
}

/** What is plausible at all, and the least deviation that is taken for one (what cuffs and clips disagree by). */
const PARAMETERS = {
  heartRateBpm: { low: 25, high: 230, least: 4, name: '心率' },
  spo2Pct: { low: 60, high: 100, least: 1, name: '血氧' },
  systolicMmHg: { low: 60, high: 260, least: 7, name: '收缩压' },
  diastolicMmHg: { low: 30, high: 160, least: 5, name: '舒张压' },
  respirationPerMin: { low: 4, high: 60, least: 1.5, name: '呼吸' },
  temperatureC: { low: 33, high: 42, least: 0.2, name: '体温' },
} as const;
type Parameter = keyof typeof PARAMETERS;
const NAMES = Object.keys(PARAMETERS) as Parameter[];

const HOUR_MS = 3_600_000;
const APART_MS = 4 * HOUR_MS;
const KEPT = 60;
const LEAST_VALUES = 14;
const LEARNING_DAYS = 7;
/** Robust standard deviations: far off, and so far that it teaches nothing. */
const FAR = 3.5;
const ABSURD = 8;
/** So long a value must stay far off: a walk up the stairs is over by then. */
export const STAYS_MS = 30 * 60_000;
/** A gap in the measurements longer than this ends a run. */
const GAP_MS = 12 * HOUR_MS;
const LEAST_QUALITY = 0.5;
const MAD_TO_SIGMA = 1.4826;

export const baseline: Detector<BaselineState> = {
  name: 'baseline',
  version: 1,
  channels: ['vitals'],
  initial: () => ({ own: {} }),
  step(state, event, context) {
    if (event.channel !== 'vitals') return { state, signals: [] };
    // Several people's values are nobody's own.
    if ((context.home.residents ?? 1) > 1) return { state, signals: [] };
    const { payload } = event as DeviceEvent<'vitals'>;
    if ((payload.quality ?? LEAST_QUALITY) < LEAST_QUALITY) return { state, signals: [] };
    let signals = NO_SIGNALS;
    let { own } = state;
    for (const parameter of NAMES) {
      const value = payload[parameter];
      if (value === undefined) continue;
      const { low, high } = PARAMETERS[parameter];
      if (value < low || value > high) continue;
      const judged = judge(own[parameter], parameter, value, event, context);
      if (judged.own !== own[parameter]) {
        if (own === state.own) own = { ...own };
        own[parameter] = judged.own;
      }
      if (judged.signals.length > 0) signals = [...signals, ...judged.signals];
    }
    return { state: own === state.own ? state : { own }, signals };
  },
};

function judge(
  before: Own | undefined,
  parameter: Parameter,
  value: number,
  event: DeviceEvent,
  context: StepContext,
): { own: Own; signals: readonly Signal[] } {
  const at = event.occurredAt;
  const { day } = context.local(at);
  if (!before) return { own: { values: [value], firstDay: day, lastAt: at, run: null }, signals: NO_SIGNALS };
  const usual = usualOf(before, parameter, day);
  const off = usual ? (value - usual.median) / usual.deviation : 0;
  const own = Math.abs(off) < ABSURD ? remembering(before, value, at) : before;
  // What is older than what is known says nothing of now (I3).
  if (!usual || at < before.lastAt) return { own, signals: NO_SIGNALS };
  if (Math.abs(off) < FAR) {
    const signals = before.run?.said ? [ordinaryAgain(parameter, value, event, context)] : NO_SIGNALS;
    return { own: before.run ? { ...own, run: null } : own, signals };
  }
  const side = off > 0 ? 1 : -1;
  const goesOn = before.run !== null && before.run.side === side && at - before.lastAt <= GAP_MS;
  const run: NonNullable<Own['run']> = goesOn && before.run ? before.run : { since: at, side, said: false };
  if (run.said || at - run.since < STAYS_MS) return { own: { ...own, run }, signals: [] };
  return {
    own: { ...own, run: { ...run, said: true } },
    signals: farOff(parameter, value, usual, run.since, event, context),
  };
}

interface Usual {
  median: number;
  deviation: number;
  days: number;
}

function usualOf({ values, firstDay }: Own, parameter: Parameter, day: number): Usual | undefined {
  const days = day - firstDay;
  if (values.length < LEAST_VALUES || days < LEARNING_DAYS) return undefined;
  const { median, mad } = spreadOf(values);
  return { median, deviation: Math.max(PARAMETERS[parameter].least, MAD_TO_SIGMA * mad), days };
}

interface Spread {
  median: number;
  /** Median deviation from it. */
  mad: number;
}

/** Values are remembered every four hours at most, and looked at with every message. */
const spreads = new WeakMap<readonly number[], Spread>();

function spreadOf(values: readonly number[]): Spread {
  const known = spreads.get(values);
  if (known) return known;
  const median = middle(values);
  const spread = { median, mad: middle(values.map((v) => Math.abs(v - median))) };
  spreads.set(values, spread);
  return spread;
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? NaN;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? NaN) + upper) / 2 : upper;
}

function remembering(own: Own, value: number, at: number): Own {
  if (at - own.lastAt < APART_MS) return own;
  return { ...own, values: [...own.values, value].slice(-KEPT), lastAt: at };
}

function farOff(
  parameter: Parameter,
  value: number,
  usual: Usual,
  since: number,
  event: DeviceEvent,
  context: StepContext,
): Signal[] {
  const finding = {
    kind: 'vitals',
    priority: 3,
    evidenceKind: 'baseline',
    text: `${PARAMETERS[parameter].name} ${value}，平时约 ${Number(usual.median.toFixed(1))}，已偏离 ${Math.round((event.occurredAt - since) / 60_000)} 分钟`,
    data: {
      parameter,
      value,
      median: usual.median,
      deviations: Number(((value - usual.median) / usual.deviation).toFixed(1)),
      learntDays: usual.days,
    },
  } as const;
  return [
    conclude(event, context, {
      ...finding,
      effect: 'raise',
      more: { dedupKey: dedupKey.vitalsLow(context.home.homeId) },
    }),
    conclude(event, context, { ...finding, effect: 'support' }),
  ];
}

const ordinaryAgain = (
  parameter: Parameter,
  value: number,
  event: DeviceEvent,
  context: StepContext,
): Signal =>
  conclude(event, context, {
    kind: 'vitals',
    priority: 3,
    effect: 'support',
    evidenceKind: 'baseline_normal',
    text: `${PARAMETERS[parameter].name}回到平时水平：${value}`,
    data: { parameter, value },
    for: false,
    more: { dedupKey: dedupKey.vitalsLow(context.home.homeId) },
  });
