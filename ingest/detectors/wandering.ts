import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Signal } from '../../schemas/signal.ts';
import { toWgs84, type Position } from '../../schemas/datum.ts';
import { distanceM } from '../geo/distance.ts';
import { conclude, concludeAt } from './conclude.ts';
import { type Detector, type HomeInput, NO_SIGNALS, type Step, type StepContext } from './detector.ts';
import { isEmergencyOf, isSuspending } from './inactivity.ts';
import { NOTHING, oneIfNone } from './nothing.ts';
import { countedUntil, isWithin, wakingMinutes } from './waking-time.ts';
import { nowhere, seen, type Whereabouts } from './whereabouts.ts';

/**
 * Out of the fence, out of the door in the night, or up and down the home in the night. A position is out only if it is
 * so by more than its own accuracy; two such in a row, or one that nothing contradicts for a while, are an exit. Back
 * inside, it takes a new exit to alarm again.
 */
export interface WanderingState {
  /** By device. */
  tracks: Readonly<Record<string, Track>>;
  where: Whereabouts;
  suspended: boolean;
  /** The door of the night that has been spoken of, ms; 0: none. */
  nightExitSaid: number;
  /** Times of going from one room to another in the night, the latest of them. */
  steps: readonly number[];
  pacingSaidAt: number;
}

interface Track {
  at: number;
  lat: number;
  lon: number;
  /** First fix out of the fence of the present run, ms; null: the last one was not out. */
  outFrom: number | null;
  /** Fixes out in a row, up to what an exit needs. */
  outs: number;
  /** An exit has been concluded, and no return since. */
  isOut: boolean;
  /** Where and when an exit, or a place on the way, was last told, ms. */
  toldAt: number;
  /** No exit is concluded before, for a person has just closed one, ms. */
  quietUntil: number;
  /** A fix that seemed a jump; believed if the next agrees with it. */
  jump: { at: number; lat: number; lon: number } | null;
}

const MINUTE_MS = 60_000;
/** A fix without a stated accuracy: a satellite fix between houses. */
const UNSTATED_ACCURACY_M = 20;
const DEFAULT_BUFFER_M = 50;
/** Faster than this nobody is carried in a city: the fix is wrong. */
export const JUMP_MPS = 70;
const FIXES = 2;
/** One fix out of the fence, and none inside it for so long. */
export const DWELL_MS = 3 * MINUTE_MS;
/** Between two positions that support an open alert. */
const FOLLOW_MS = 2 * MINUTE_MS;
/** After a person closed the alert, the next fix outside says it again. */
export const AGAIN_MS = 15 * MINUTE_MS;
/** A position this fresh goes with a call for help. */
const FRESH_MS = 30 * MINUTE_MS;
/** Nobody back through the door, nor seen inside, for so long. */
export const NIGHT_EXIT_MS = 10 * MINUTE_MS;
/** Late evening and early morning are no night to be out in. */
const NIGHT_MARGIN_MIN = 60;
const PACING_STEPS = 24;
const PACING_MS = 30 * MINUTE_MS;

export const wandering: Detector<WanderingState> = {
  name: 'wandering',
  version: 1,
  channels: ['location', 'presence', 'sos'],
  initial: () => ({
    tracks: NOTHING,
    where: nowhere,
    suspended: false,
    nightExitSaid: 0,
    steps: [],
    pacingSaidAt: 0,
  }),
  revive: (state) => ({ ...state, tracks: oneIfNone(state.tracks) }),
  step(state, event, context) {
    const suspended = isSuspending(context.home.mode);
    const here = suspended === state.suspended ? state : { ...state, suspended };
    if (event.channel === 'location') return located(here, event as DeviceEvent<'location'>, context);
    if (event.channel === 'sos') return armed(here, whereTheCallerIs(here, event, context), context);
    return moved(here, event, context);
  },
  onTime: (state, at, context) => timeUp(state, at, context),
  onInput: (state, input, context) => armed(told(state, input, context), [], context),
};

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

function located(
  state: WanderingState,
  event: DeviceEvent<'location'>,
  context: StepContext,
): Step<WanderingState> {
  const { lat, lon, datum = 'wgs84', accuracyM = UNSTATED_ACCURACY_M } = event.payload;
  const place = toWgs84({ lat, lon }, datum);
  const at = event.occurredAt;
  const before = state.tracks[event.deviceId];
  // An older fix says nothing of where the person is; that it was outside may still be news (I3), and is told as such.
  if (before && at <= before.at) return armed(state, late(state, event, place, accuracyM, context), context);
  if (before && isJump(before, place, at)) {
    const jump = before.jump;
    const isBelieved =
      jump !== null && at > jump.at && distanceM(jump, place) / ((at - jump.at) / 1000) <= JUMP_MPS;
    if (!isBelieved) {
      const waits = { ...before, jump: { at, lat: place.lat, lon: place.lon } };
      return armed(withTrack(state, event.deviceId, waits), [], context);
    }
  }
  const { outside, distance } = beyond(place, accuracyM, context);
  const track: Track = {
    at,
    lat: rounded(place.lat, 6),
    lon: rounded(place.lon, 6),
    outFrom:
      outside === 'out' ? (before?.outFrom ?? at) : outside === 'in' ? null : (before?.outFrom ?? null),
    outs:
      outside === 'out'
        ? Math.min(FIXES, (before?.outs ?? 0) + 1)
        : outside === 'in'
          ? 0
          : (before?.outs ?? 0),
    isOut: before?.isOut ?? false,
    toldAt: before?.toldAt ?? 0,
    quietUntil: before?.quietUntil ?? 0,
    jump: null,
  };
  const signals: Signal[] = [];
  if (outside === 'in' && track.isOut) {
    track.isOut = false;
    signals.push(backInside(event, distance, context));
  }
  if (state.suspended) return armed(withTrack(state, event.deviceId, track), signals, context);
  const isExit = track.outs >= FIXES || (track.outFrom !== null && at - track.outFrom >= DWELL_MS);
  if (outside === 'out' && !track.isOut && isExit && at >= track.quietUntil) {
    track.isOut = true;
    track.toldAt = at;
    signals.push(conclude(event, context, { ...exit(place, distance, accuracyM, context), effect: 'raise' }));
  } else if (outside === 'out' && track.isOut && at - track.toldAt >= FOLLOW_MS) {
    track.toldAt = at;
    signals.push(
      conclude(event, context, { ...exit(place, distance, accuracyM, context), effect: 'support' }),
    );
  }
  return armed(withTrack(state, event.deviceId, track), signals, context);
}

const withTrack = (state: WanderingState, deviceId: string, track: Track): WanderingState => ({
  ...state,
  tracks: { ...state.tracks, [deviceId]: track },
});

const isJump = (before: Track, place: Position, at: number): boolean =>
  distanceM(before, place) / ((at - before.at) / 1000) > JUMP_MPS;

/** Hysteresis: out is beyond fence and buffer by more than the accuracy, in is within the fence; between, nothing changes. */
function beyond(
  place: Position,
  accuracyM: number,
  context: StepContext,
): { outside: 'out' | 'in' | 'between'; distance: number } {
  const { fence } = context.home.settings;
  if (!fence) return { outside: 'in', distance: 0 };
  const distance = distanceM(fence, place);
  if (distance - accuracyM > fence.radiusM + (fence.bufferM ?? DEFAULT_BUFFER_M))
    return { outside: 'out', distance };
  return { outside: distance <= fence.radiusM ? 'in' : 'between', distance };
}

function exit(place: Position, distance: number, accuracyM: number, context: StepContext) {
  return {
    kind: 'wandering',
    priority: 2,
    evidenceKind: 'fence_exit',
    text: `离开安全范围：距中心 ${Math.round(distance)} 米（范围 ${context.home.settings.fence?.radiusM ?? 0} 米，定位误差 ${Math.round(accuracyM)} 米）`,
    data: {
      lat: rounded(place.lat, 6),
      lon: rounded(place.lon, 6),
      datum: 'wgs84',
      distanceM: Math.round(distance),
      accuracyM,
      fence: context.home.settings.fence,
    },
  } as const;
}

const backInside = (event: DeviceEvent, distance: number, context: StepContext): Signal =>
  conclude(event, context, {
    kind: 'wandering',
    priority: 2,
    effect: 'support',
    evidenceKind: 'fence_return',
    text: `已回到安全范围：距中心 ${Math.round(distance)} 米`,
    data: { distanceM: Math.round(distance) },
    for: false,
  });

/** A late fix outside joins an open alert; whether there was an exit, its successors have said. */
function late(
  state: WanderingState,
  event: DeviceEvent<'location'>,
  place: Position,
  accuracyM: number,
  context: StepContext,
): Signal[] {
  const track = state.tracks[event.deviceId];
  const { outside, distance } = beyond(place, accuracyM, context);
  if (state.suspended || outside !== 'out' || !track?.isOut || event.occurredAt === track.at) return [];
  return [conclude(event, context, { ...exit(place, distance, accuracyM, context), effect: 'support' })];
}

/** The place that goes with a call for help, whatever the fence. */
function whereTheCallerIs(state: WanderingState, event: DeviceEvent, context: StepContext): Signal[] {
  const latest = Object.entries(state.tracks).toSorted(([, a], [, b]) => b.at - a.at)[0];
  if (!latest || event.occurredAt - latest[1].at > FRESH_MS) return [];
  const [deviceId, { lat, lon, at }] = latest;
  return [
    conclude(event, context, {
      kind: 'wandering',
      priority: 2,
      effect: 'support',
      evidenceKind: 'position',
      text: `呼叫时的位置：${lat}, ${lon}`,
      data: { lat, lon, datum: 'wgs84', at, deviceId },
    }),
  ];
}

const isNight = (ms: number, context: StepContext): boolean => {
  const minutes = wakingMinutes(context);
  const wakes = minutes[0];
  const sleeps = minutes[1];
  if (wakes === sleeps) return false;
  const from = (sleeps + NIGHT_MARGIN_MIN) % 1440;
  const to = (wakes + 1440 - NIGHT_MARGIN_MIN) % 1440;
  return isWithin(context.local(ms).minuteOfDay, from, to);
};

function moved(state: WanderingState, event: DeviceEvent, context: StepContext): Step<WanderingState> {
  const { whereabouts } = seen(state.where, event, context);
  if (whereabouts === state.where) return armed(state, NO_SIGNALS, context);
  const at = event.occurredAt;
  const { tracks, suspended, nightExitSaid, steps, pacingSaidAt } = state;
  const next: WanderingState = {
    tracks,
    where: whereabouts,
    suspended,
    nightExitSaid,
    steps,
    pacingSaidAt,
  };
  let signals: Signal[] | undefined;
  if (state.nightExitSaid > 0 && whereabouts.outSince === null) {
    next.nightExitSaid = 0;
    signals = [
      conclude(event, context, {
        kind: 'wandering',
        priority: 2,
        effect: 'support',
        evidenceKind: 'home_again',
        text: '夜间外出后家中又有活动',
        for: false,
      }),
    ];
  }
  const isStep = whereabouts.zone !== state.where.zone && state.where.lastAt > 0;
  if (!isStep) return armed(next, signals ?? NO_SIGNALS, context);
  if (!isNight(at, context)) {
    if (steps.length > 0) next.steps = [];
  } else {
    next.steps = stepsUntil(next.steps, at);
    if (next.steps.length >= PACING_STEPS && at - next.pacingSaidAt > PACING_MS && !state.suspended) {
      next.pacingSaidAt = at;
      (signals ??= []).push(
        conclude(event, context, {
          kind: 'wandering',
          priority: 2,
          effect: 'raise',
          evidenceKind: 'pacing',
          text: `夜间在家中来回走动：${Math.round(PACING_MS / MINUTE_MS)} 分钟内换房间 ${PACING_STEPS} 次`,
          data: { steps: PACING_STEPS, withinMin: PACING_MS / MINUTE_MS },
        }),
      );
    }
  }
  return armed(next, signals ?? NO_SIGNALS, context);
}

/** With this step, without those that are too long ago or too many. */
function stepsUntil(steps: readonly number[], at: number): number[] {
  const kept: number[] = [];
  for (let i = Math.max(0, steps.length + 1 - PACING_STEPS); i < steps.length; i++) {
    const step = steps[i] ?? 0;
    if (at - step <= PACING_MS) kept.push(step);
  }
  kept.push(at);
  return kept;
}

/** When somebody who left in the night counts as gone; Infinity: nobody did. */
function nightExitAt({ where, nightExitSaid, suspended }: WanderingState, context: StepContext): number {
  const { outSince } = where;
  if (suspended || outSince === null || nightExitSaid === outSince || !isNight(outSince, context))
    return Infinity;
  return countedUntil(outSince, NIGHT_EXIT_MS, false, context);
}

const dwellAt = (track: Track): number =>
  track.outFrom === null || track.isOut || track.outs === 0
    ? Infinity
    : Math.max(track.outFrom + DWELL_MS, track.quietUntil);

function timeUp(state: WanderingState, at: number, context: StepContext): Step<WanderingState> {
  let next: WanderingState = { ...state, suspended: isSuspending(context.home.mode) };
  const signals: Signal[] = [];
  if (at >= nightExitAt(next, context)) {
    const began = next.where.outSince ?? at;
    next = { ...next, nightExitSaid: began };
    signals.push(
      concludeAt(
        at,
        context,
        { kind: 'wandering', priority: 2, effect: 'raise', more: { deviceId: next.where.by } },
        [
          {
            kind: 'night_exit',
            deviceId: next.where.by,
            messageId: null,
            text: `夜间出门已 ${Math.round((at - began) / MINUTE_MS)} 分钟未归`,
            data: { began },
            for: true,
          },
        ],
      ),
    );
  }
  for (const [deviceId, track] of Object.entries(next.tracks)) {
    if (at < dwellAt(track) || next.suspended) continue;
    const { outside, distance } = beyond(track, 0, context);
    next = withTrack(next, deviceId, {
      ...track,
      isOut: outside === 'out',
      outFrom: outside === 'out' ? track.outFrom : null,
      toldAt: at,
    });
    if (outside !== 'out') continue;
    const { evidenceKind, text, data } = exit(track, distance, 0, context);
    signals.push(
      concludeAt(at, context, { kind: 'wandering', priority: 2, effect: 'raise', more: { deviceId } }, [
        {
          kind: evidenceKind,
          deviceId,
          messageId: null,
          text,
          data: { ...data, dwellMin: DWELL_MS / MINUTE_MS },
          for: true,
        },
      ]),
    );
  }
  return armed(next, signals, context);
}

/** The alert was closed though the person is still out: said again after a while. */
function told(state: WanderingState, input: HomeInput, context: StepContext): WanderingState {
  const suspended = isSuspending(context.home.mode);
  if (input.kind !== 'resolved' || !isEmergencyOf(input, context)) return { ...state, suspended };
  const tracks = Object.fromEntries(
    Object.entries(state.tracks).map(([deviceId, track]) => [
      deviceId,
      track.isOut ? { ...track, isOut: false, quietUntil: input.at + AGAIN_MS } : track,
    ]),
  );
  return { ...state, suspended, tracks };
}

function armed(
  state: WanderingState,
  signals: readonly Signal[],
  context: StepContext,
): Step<WanderingState> {
  let wakeAt = state.where.outSince === null ? Infinity : nightExitAt(state, context);
  if (!state.suspended && state.tracks !== NOTHING)
    for (const deviceId in state.tracks) {
      const track = state.tracks[deviceId];
      if (track) wakeAt = Math.min(wakeAt, dwellAt(track));
    }
  return wakeAt === Infinity ? { state, signals } : { state, signals, wakeAt };
}
