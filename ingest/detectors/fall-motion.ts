import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Signal } from '../../schemas/signal.ts';
import { probability, type Boosted } from './boosted-trees.ts';
import { conclude, concludeAt } from './conclude.ts';
import type { Detector, Step, StepContext } from './detector.ts';
import {
  AFTER_S,
  BEFORE_S,
  fallFeatures,
  FALL_FEATURES,
  IMPACT_G,
  impactsOf,
  MOTION_HZ,
  type Motion,
} from './fall-motion-features.ts';
import { FALL_MODEL } from './fall-motion-model.ts';
import {
  joined,
  noSamples,
  packed,
  samplesOf,
  SLOWEST_HZ,
  tail,
  toMotion,
  unpacked,
} from './motion-samples.ts';

/**
 * Falls from raw accelerometer windows: an impact, what came before it and what follows, weighed by a small model that
 * was trained on recordings (`bench/evaluation/train-fall.ts`). Where a stream is cut into windows does not matter; a
 * single window around an event is judged as far as it goes. Concludes a suspicion, never a certainty: the dispatcher asks.
 */
export interface FallMotionState {
  /** By device; only those heard in the last minute. About 1.7 KB each. */
  streams: Record<string, MotionStream>;
}

export interface MotionStream {
  /** Event time of the last window as it came, and how long that window was, ms. */
  lastAt: number;
  lastMs: number;
  /** Event time just after the last sample, ms. */
  endAt: number;
  /** The last `BEFORE_S + AFTER_S` at 50 Hz, packed. */
  samples: string;
  /** How many samples at the end have not been judged as impacts with all that follows them. */
  unjudged: number;
  /** When to judge the rest though nothing more has come, ms on our clock; null: nothing there looks like an impact. */
  judgeAt: number | null;
  /** The last suspicion, and what has been seen since; null: none lately. */
  suspicion: Suspicion | null;
}

interface Suspicion {
  impactAt: number;
  /** Samples since `WATCH_FROM_S` after the impact, and the sum of squares of their deviation from 1 g. */
  n: number;
  squares: number;
  said: boolean;
}

const SAMPLE_MS = 1000 / MOTION_HZ;
const KEEP = (BEFORE_S + AFTER_S) * MOTION_HZ;
const AFTER = AFTER_S * MOTION_HZ;
/** Impacts this soon after a suspected fall belong to it. */
export const SAME_FALL_MS = 10_000;
/** A stream not heard for this long is over. */
export const FORGET_MS = 60_000;
const WATCH_FROM_S = 3;
const WATCH_S = 10;
/** Deviation from 1 g, root mean square: below it nobody moves, above it somebody walks or gets up. */
const STILL_RMS_G = 0.04;
const MOVING_RMS_G = 0.12;

export interface FallModel extends Boosted {
  /** Suspects a fall at this probability or above. */
  suspectAt: number;
}

export const fallMotionWith = (model: FallModel): Detector<FallMotionState> => ({
  name: 'fall_motion',
  version: 1,
  channels: ['motion'],
  initial: () => ({ streams: {} }),
  step(state, event, context) {
    if (event.channel !== 'motion') return { state, signals: [] };
    const motion = event as DeviceEvent<'motion'>;
    return motion.payload.hz < SLOWEST_HZ ? { state, signals: [] } : taken(state, motion, context, model);
  },
  onTime: (state, at, context) => judgedOnTime(state, at, context, model),
});

export const fallMotion = fallMotionWith(FALL_MODEL);

function taken(
  state: FallMotionState,
  event: DeviceEvent<'motion'>,
  context: StepContext,
  model: FallModel,
): Step<FallMotionState> {
  const { hz, x, y, z } = event.payload;
  const samples = samplesOf(hz, x, y, z);
  const lengthMs = samples.x.length * SAMPLE_MS;
  const before = state.streams[event.deviceId];
  const place = placed(before, event, lengthMs);
  const endAt = windowEndAt(event, lengthMs);
  const find = (found: Impact): Signal => suspected(event, context, found);

  // Older than what is known: judged by itself, kept by nobody.
  if (place === 'late') {
    const motion = toMotion(samples);
    const found = strongest(impacts(motion, 0, motion.magnitude.length, endAt, model));
    return armed(state, found ? [find(found)] : []);
  }
  const signals: Signal[] = [];
  let stream = before;
  if (place === 'apart' && before) {
    const rest = judgeRest(before, model);
    if (rest) signals.push(suspectedAt(event.deviceId, context, rest));
    stream = undefined;
  }
  const fresh =
    place === 'overlaps' && before
      ? tail(samples, -Math.round((event.occurredAt - before.lastAt) / SAMPLE_MS))
      : samples;
  const all = joined(stream ? unpacked(stream.samples) : noSamples(), fresh);
  const motion = toMotion(all);
  const n = motion.magnitude.length;
  const from = n - fresh.x.length - (stream?.unjudged ?? 0);
  const to = Math.max(from, n - AFTER);

  let suspicion = stream?.suspicion ?? null;
  for (const found of impacts(motion, from, to, endAt, model)) {
    if (suspicion && found.at - suspicion.impactAt < SAME_FALL_MS) continue;
    suspicion = { impactAt: found.at, n: 0, squares: 0, said: false };
    signals.push(find(found));
  }
  const watched = suspicion ? watch(suspicion, motion, n - fresh.x.length, endAt) : null;
  if (watched?.said && suspicion && !suspicion.said) signals.push(aftermath(watched, event, context));

  const unjudged = n - to;
  const next: MotionStream = {
    lastAt: event.occurredAt,
    lastMs: lengthMs,
    endAt,
    samples: packed(tail(all, -KEEP)),
    unjudged,
    judgeAt: hasImpact(motion, to) ? context.now + AFTER_S * 1000 + (stream ? 1.25 * lengthMs : 0) : null,
    suspicion: watched,
  };
  return armed({ streams: { ...state.streams, [event.deviceId]: next } }, signals);
}

/**
 * How a window lies to the one before. Stamps may mean a window's begin or its end, so the step from one to the next is
 * the length of either. Without a clock, arrival is all there is, and a flushed buffer arrives at once.
 */
function placed(
  before: MotionStream | undefined,
  event: DeviceEvent<'motion'>,
  lengthMs: number,
): 'follows' | 'overlaps' | 'apart' | 'late' {
  if (!before) return 'apart';
  const stepMs = event.occurredAt - before.lastAt;
  const longest = Math.max(before.lastMs, lengthMs);
  if (event.clock === 'absent') return stepMs <= 1.25 * longest + 2000 ? 'follows' : 'apart';
  if (stepMs <= 0) return 'late';
  if (stepMs > 1.25 * longest + 500) return 'apart';
  const alike = Math.abs(before.lastMs - lengthMs) <= 0.1 * longest;
  return alike && stepMs < 0.75 * lengthMs ? 'overlaps' : 'follows';
}

/** A stamp that lies a window's length before its arrival is the window's begin; a later one is its end. */
function windowEndAt(event: DeviceEvent<'motion'>, lengthMs: number): number {
  if (event.clock === 'absent') return event.occurredAt;
  const isBegin = event.receivedAt - event.occurredAt >= 0.8 * lengthMs;
  return isBegin ? event.occurredAt + lengthMs : event.occurredAt;
}

interface Impact {
  at: number;
  confidence: number;
  data: Record<string, number>;
}

/** Impacts in [from, to) that the model takes for falls. */
function impacts(motion: Motion, from: number, to: number, endAt: number, model: FallModel): Impact[] {
  const n = motion.magnitude.length;
  return impactsOf(motion.magnitude, from, to).flatMap((i) => {
    const features = fallFeatures(motion, i);
    const confidence = probability(model, features);
    if (confidence < model.suspectAt) return [];
    const at = Math.round(endAt - (n - i) * SAMPLE_MS);
    return [{ at, confidence: rounded(confidence), data: shown(features) }];
  });
}

const strongest = (found: readonly Impact[]): Impact | undefined =>
  found.reduce<Impact | undefined>(
    (best, each) => (best && best.confidence >= each.confidence ? best : each),
    undefined,
  );

const hasImpact = (motion: Motion, from: number): boolean =>
  motion.magnitude.subarray(from).some((m) => m >= IMPACT_G);

/** Nothing more came: judges what is left on what there is. Does not change the stream, for more may come yet. */
function judgeRest(stream: MotionStream, model: FallModel): Impact | undefined {
  const motion = toMotion(unpacked(stream.samples));
  const n = motion.magnitude.length;
  const found = impacts(motion, n - stream.unjudged, n, stream.endAt, model);
  return strongest(
    found.filter((each) => each.at - (stream.suspicion?.impactAt ?? -Infinity) >= SAME_FALL_MS),
  );
}

function judgedOnTime(
  state: FallMotionState,
  at: number,
  context: StepContext,
  model: FallModel,
): Step<FallMotionState> {
  const signals: Signal[] = [];
  const streams: Record<string, MotionStream> = {};
  for (const [deviceId, stream] of Object.entries(state.streams)) {
    let next = stream;
    if (stream.judgeAt !== null && at >= stream.judgeAt) {
      const found = judgeRest(stream, model);
      next = { ...stream, judgeAt: null };
      if (found) {
        next.suspicion = { impactAt: found.at, n: 0, squares: 0, said: false };
        signals.push(suspectedAt(deviceId, context, found));
      }
    }
    if (next.judgeAt !== null || at < forgetAt(next)) streams[deviceId] = next;
  }
  return armed({ streams }, signals);
}

const forgetAt = (stream: MotionStream): number => stream.endAt + FORGET_MS;

function armed(state: FallMotionState, signals: Signal[]): Step<FallMotionState> {
  const due = Object.values(state.streams).map((stream) => stream.judgeAt ?? forgetAt(stream));
  return due.length === 0 ? { state, signals } : { state, signals, wakeAt: Math.min(...due) };
}

const SHOWN: readonly (typeof FALL_FEATURES)[number][] = [
  'peakG',
  'freeFallMps',
  'impulseMps',
  'turnedDeg',
  'quietShare',
];
const rounded = (value: number): number => Math.round(value * 100) / 100;
const shown = (features: readonly number[]): Record<string, number> =>
  Object.fromEntries(SHOWN.map((name) => [name, rounded(features[FALL_FEATURES.indexOf(name)] ?? 0)]));

const text = ({ confidence, data }: Impact): string =>
  `动作波形疑似跌倒：冲击 ${data.peakG} g，姿态改变 ${Math.round(data.turnedDeg ?? 0)}°，把握 ${Math.round(confidence * 100)}%`;

const finding = { kind: 'fall', priority: 2, effect: 'raise', more: { verify: true } } as const;

const suspected = (event: DeviceEvent, context: StepContext, found: Impact): Signal =>
  conclude({ ...event, occurredAt: found.at }, context, {
    ...finding,
    evidenceKind: 'fall_suspected',
    text: text(found),
    data: { source: 'motion', confidence: found.confidence, ...found.data },
  });

const suspectedAt = (deviceId: string, context: StepContext, found: Impact): Signal =>
  concludeAt(found.at, context, { ...finding, more: { ...finding.more, deviceId } }, [
    {
      kind: 'fall_suspected',
      deviceId,
      messageId: null,
      text: text(found),
      data: { source: 'motion', confidence: found.confidence, ...found.data },
      for: true,
    },
  ]);

/** Adds the new samples, from index `from`, to what has been seen since the impact. */
function watch(suspicion: Suspicion, motion: Motion, from: number, endAt: number): Suspicion {
  if (suspicion.said) return suspicion;
  const n = motion.magnitude.length;
  const begin = n - Math.round((endAt - suspicion.impactAt) / SAMPLE_MS) + WATCH_FROM_S * MOTION_HZ;
  let { n: seen, squares } = suspicion;
  for (let i = Math.max(from, begin, 0); i < n && seen < WATCH_S * MOTION_HZ; i++) {
    seen++;
    squares += ((motion.magnitude[i] ?? 1) - 1) ** 2;
  }
  return { ...suspicion, n: seen, squares, said: seen >= WATCH_S * MOTION_HZ };
}

function aftermath(suspicion: Suspicion, event: DeviceEvent, context: StepContext): Signal {
  const rmsG = Math.sqrt(suspicion.squares / suspicion.n);
  const isStill = rmsG < STILL_RMS_G;
  const isMoving = rmsG > MOVING_RMS_G;
  return conclude(event, context, {
    kind: 'fall',
    priority: 2,
    effect: 'support',
    evidenceKind: isStill ? 'stillness' : 'movement',
    text: isStill
      ? `疑似跌倒后 ${WATCH_S} 秒内几乎没有动作`
      : `疑似跌倒后 ${WATCH_S} 秒内有${isMoving ? '明显' : '轻微'}动作`,
    data: { rmsG: rounded(rmsG), watchedS: WATCH_S },
    for: !isMoving,
  });
}
