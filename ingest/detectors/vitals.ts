import { dedupKey } from '../../schemas/alert.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Signal } from '../../schemas/signal.ts';
import { conclude, type Finding } from './conclude.ts';
import { type Detector, NO_SIGNALS, type Step, type StepContext } from './detector.ts';
import { NOTHING } from './nothing.ts';
import {
  news2Sum,
  type News2Parameter,
  type Observations,
  type PartialNews2,
  partialNews2,
} from './news2.ts';

/** 0 nothing; 1 low (B3); 2 urgent (B2); 3 critical (B1) — budgets.md. */
type Level = 0 | 1 | 2 | 3;

interface Known {
  readonly value: number | string | boolean;
  readonly at: number;
}

export interface VitalsState {
  /** Latest trusted value of each parameter, with its time; only of homes with one resident. */
  latest: Readonly<Partial<Record<News2Parameter, Known>>>;
  /** The last odd sample that was not good enough to stand alone. */
  suspect: { at: number; level: Level; deviceId: string } | null;
  /** What has been concluded and not taken back; `shown`: samples since that were added to it as evidence. */
  raised: { level: Level; at: number; shown?: number } | null;
}

/** Two samples agree if they are at most this far apart. */
export const AGREEMENT_MS = 5 * 60_000;
/** A value of one device counts towards the score of another's for this long. */
export const CARRY_MS = 15 * 60_000;
/** While a condition holds on, it is said again this often: joins what is open, or opens anew (ThingsBoard #13050). */
export const QUIET_MS = 15 * 60_000;
/** In between bad samples are evidence for what is open; of a monitor that sends every second so many are enough. */
export const MOST_SHOWN = 30;
export const GOOD_QUALITY = 0.8;

/**
 * Partial NEWS2 over what a home can measure, blood pressure and glucose, with a guard against artefacts: a sample of
 * good quality decides alone, a poorer one only if another agrees within 5 minutes.
 */
export const vitals: Detector<VitalsState> = {
  name: 'vitals',
  version: 1,
  channels: ['vitals'],
  initial: () => ({ latest: {}, suspect: null, raised: null }),
  step(state, event, context) {
    if (event.channel !== 'vitals') return { state, signals: [] };
    return judge(state, event as DeviceEvent<'vitals'>, context);
  },
};

function judge(state: VitalsState, event: DeviceEvent<'vitals'>, context: StepContext): Step<VitalsState> {
  const at = event.occurredAt;
  const seen = observed(state, event, context);
  const { spo2Scale } = context.home;
  const { level, reasons } = gravity(news2Sum(seen, spo2Scale), event.payload);
  const trusted = qualityOf(event.payload) >= GOOD_QUALITY;
  const agreed = trusted ? level : agreement(state.suspect, level, event);

  const next: VitalsState = {
    latest: trusted || agreed > 0 ? remember(state.latest, event) : state.latest,
    suspect:
      trusted || level === 0
        ? level === 0 && !trusted
          ? state.suspect
          : null
        : { at, level, deviceId: event.deviceId },
    raised: state.raised,
  };
  if (agreed === 0) {
    // One clean sample of poor quality takes nothing back.
    if (level > 0 || !trusted || state.raised === null) return { state: next, signals: NO_SIGNALS };
    const score = partialNews2(seen, spo2Scale);
    return { state: { ...next, raised: null }, signals: over(state.raised.level, event, context, score) };
  }
  const score = partialNews2(seen, spo2Scale);
  const again = state.raised === null || agreed > state.raised.level || at - state.raised.at >= QUIET_MS;
  if (!again) return shown(next, agreed, event, context, score, reasons);
  return {
    state: { ...next, raised: { level: agreed, at } },
    signals: [raise(agreed, event, context, score, reasons)],
  };
}

/** Still bad: evidence for what is open, which it does not open anew. */
function shown(
  state: VitalsState,
  level: 1 | 2 | 3,
  event: DeviceEvent<'vitals'>,
  context: StepContext,
  score: PartialNews2,
  reasons: readonly string[],
): Step<VitalsState> {
  const { raised } = state;
  const count = raised?.shown ?? 0;
  if (raised === null || count >= MOST_SHOWN) return { state, signals: [] };
  // To the alert that was raised: a reading that is less bad is evidence for the same.
  const { homeId } = context.home;
  const key = raised.level === 1 ? dedupKey.vitalsLow(homeId) : dedupKey.emergency(homeId);
  const signal: Signal = {
    ...raise(level, event, context, score, reasons),
    effect: 'support',
    dedupKey: key,
  };
  return { state: { ...state, raised: { ...raised, shown: count + 1 } }, signals: [signal] };
}

/** This message's values over what is known from other messages of the last minutes. Several residents are never mixed. */
function observed(state: VitalsState, event: DeviceEvent<'vitals'>, context: StepContext): Observations {
  const { payload, occurredAt: at } = event;
  const latest = (context.home.residents ?? 1) <= 1 ? state.latest : NOTHING;
  // One shape for all, and each field by its name
  const seen: { [P in keyof Observations]-?: unknown } = {
    respirationPerMin: payload.respirationPerMin ?? carried(latest.respirationPerMin, at),
    spo2Pct: payload.spo2Pct ?? carried(latest.spo2Pct, at),
    onOxygen: payload.onOxygen ?? carried(latest.onOxygen, at),
    systolicMmHg: payload.systolicMmHg ?? carried(latest.systolicMmHg, at),
    heartRateBpm: payload.heartRateBpm ?? carried(latest.heartRateBpm, at),
    consciousness: payload.consciousness ?? carried(latest.consciousness, at),
    temperatureC: payload.temperatureC ?? carried(latest.temperatureC, at),
  };
  return seen as Observations;
}

const carried = (known: Known | undefined, at: number): unknown =>
  known !== undefined && Math.abs(at - known.at) <= CARRY_MS ? known.value : undefined;

function remember(latest: VitalsState['latest'], event: DeviceEvent<'vitals'>): VitalsState['latest'] {
  const next: { -readonly [P in News2Parameter]?: Known } = { ...latest };
  const { respirationPerMin, spo2Pct, onOxygen, systolicMmHg, heartRateBpm, consciousness, temperatureC } =
    event.payload;
  const at = event.occurredAt;
  if (isNews(respirationPerMin, next.respirationPerMin, at))
    next.respirationPerMin = { value: respirationPerMin, at };
  if (isNews(spo2Pct, next.spo2Pct, at)) next.spo2Pct = { value: spo2Pct, at };
  if (isNews(onOxygen, next.onOxygen, at)) next.onOxygen = { value: onOxygen, at };
  if (isNews(systolicMmHg, next.systolicMmHg, at)) next.systolicMmHg = { value: systolicMmHg, at };
  if (isNews(heartRateBpm, next.heartRateBpm, at)) next.heartRateBpm = { value: heartRateBpm, at };
  if (isNews(consciousness, next.consciousness, at)) next.consciousness = { value: consciousness, at };
  if (isNews(temperatureC, next.temperatureC, at)) next.temperatureC = { value: temperatureC, at };
  return next;
}

const isNews = <T>(value: T | undefined, known: Known | undefined, at: number): value is T =>
  value !== undefined && (known === undefined || known.at <= at);

const NO_REASONS: readonly string[] = [];

function gravity(
  score: Pick<PartialNews2, 'total' | 'singleRed'>,
  payload: DeviceEvent<'vitals'>['payload'],
): { level: Level; reasons: readonly string[] } {
  let reasons = NO_REASONS;
  let level: Level = 0;
  const at = (wanted: Level, reason: string): void => {
    if (reasons === NO_REASONS) reasons = [reason];
    else (reasons as string[]).push(reason);
    if (wanted > level) level = wanted;
  };
  if (score.total >= 7) at(3, 'news2_emergency');
  else if (score.total >= 5) at(2, 'news2_urgent');
  else if (score.singleRed) at(2, 'news2_single_red');
  else if (score.total >= 1) at(1, 'news2_low');
  const systolic = rounded(payload.systolicMmHg);
  const diastolic = rounded(payload.diastolicMmHg);
  if (systolic !== undefined && systolic >= 180) at(3, 'systolic_critical');
  if (diastolic !== undefined && diastolic >= 110) at(3, 'diastolic_critical');
  const glucose = payload.glucoseMmolL === undefined ? undefined : Math.round(payload.glucoseMmolL * 10) / 10;
  if (glucose !== undefined) {
    if (glucose < 3.0) at(3, 'hypoglycaemia_severe');
    else if (glucose < 3.9) at(1, 'hypoglycaemia');
    else if (glucose >= 16.7) at(2, 'hyperglycaemia_severe');
    else if (glucose >= 13.9) at(1, 'hyperglycaemia');
  }
  return { level, reasons };
}

const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value);

/** Absent quality: 1 for what is measured on purpose (cuff, thermometer, glucometer, a person's look), else 0.5. */
export function qualityOf(payload: DeviceEvent<'vitals'>['payload']): number {
  if (payload.quality !== undefined) return payload.quality;
  const spot =
    payload.systolicMmHg ??
    payload.diastolicMmHg ??
    payload.temperatureC ??
    payload.glucoseMmolL ??
    payload.consciousness;
  return spot === undefined ? 0.5 : 1;
}

/** What both samples say at least. */
function agreement(suspect: VitalsState['suspect'], level: Level, event: DeviceEvent): Level {
  if (suspect === null || Math.abs(event.occurredAt - suspect.at) > AGREEMENT_MS) return 0;
  return Math.min(suspect.level, level) as Level;
}

const NAMES = { 1: '偏离正常', 2: '需尽快处理', 3: '危急' } as const;

function raise(
  level: 1 | 2 | 3,
  event: DeviceEvent<'vitals'>,
  context: StepContext,
  score: PartialNews2,
  reasons: readonly string[],
): Signal {
  return conclude(event, context, {
    ...target(level, context),
    effect: 'raise',
    evidenceKind: 'vitals_score',
    text: `体征${NAMES[level]}：${described(event.payload)}，部分 NEWS2 ≥ ${score.total}`,
    data: {
      news2: score.total,
      points: score.points,
      missing: score.missing,
      partial: score.missing.length > 0,
      reasons,
      quality: qualityOf(event.payload),
      values: values(event.payload),
    },
  });
}

/** Back to normal: ends a work-list entry; of an emergency it is evidence against, no more (I7). */
function over(
  level: Level,
  event: DeviceEvent<'vitals'>,
  context: StepContext,
  score: PartialNews2,
): Signal[] {
  if (level === 0) return [];
  return [
    conclude(event, context, {
      ...target(level, context),
      effect: level === 1 ? 'clear' : 'support',
      evidenceKind: 'vitals_normal',
      text: `体征恢复正常：${described(event.payload)}`,
      data: { news2: score.total, missing: score.missing, values: values(event.payload) },
      for: false,
    }),
  ];
}

function target(level: 1 | 2 | 3, context: StepContext): Pick<Finding, 'kind' | 'priority' | 'more'> {
  const priority = level === 3 ? 1 : level === 2 ? 2 : 3;
  return {
    kind: 'vitals',
    priority,
    more: level === 1 ? { dedupKey: dedupKey.vitalsLow(context.home.homeId) } : {},
  };
}

const LABELS = [
  ['heartRateBpm', '心率', '次/分'],
  ['spo2Pct', '血氧', '%'],
  ['systolicMmHg', '收缩压', 'mmHg'],
  ['diastolicMmHg', '舒张压', 'mmHg'],
  ['respirationPerMin', '呼吸', '次/分'],
  ['temperatureC', '体温', '°C'],
  ['glucoseMmolL', '血糖', 'mmol/L'],
  ['consciousness', '意识', ''],
] as const;

const described = (payload: DeviceEvent<'vitals'>['payload']): string =>
  LABELS.filter(([field]) => payload[field] !== undefined)
    .map(([field, name, unit]) => `${name} ${String(payload[field])}${unit === '' ? '' : ` ${unit}`}`)
    .join('，');

const values = (payload: DeviceEvent<'vitals'>['payload']): Record<string, unknown> =>
  Object.fromEntries(
    LABELS.filter(([field]) => payload[field] !== undefined).map(([field]) => [field, payload[field]]),
  );
