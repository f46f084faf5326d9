import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Signal } from '../../schemas/signal.ts';
import { conclude, concludeAt } from './conclude.ts';
import { type Detector, NO_SIGNALS, type Step, type StepContext } from './detector.ts';
import { AGAIN_MS, isEmergencyOf, isSuspending } from './inactivity.ts';
import { NOTHING, oneIfNone } from './nothing.ts';
import { zoneName } from './zones.ts';
import { learn, noHabits } from './overstay-habits.ts';
import { dueTimes, hasBedSensor, isDaytime, type Due, type Rule, type Situation } from './overstay-rules.ts';
import {
  heardFrom,
  isSilent,
  livenessOfOld,
  noLiveness,
  sensorsOf,
  WATCHING_KINDS,
  type Liveness,
} from './sensor-liveness.ts';
import { SHORTEN } from './longest.ts';
import { nowhere, seen, type Whereabouts } from './whereabouts.ts';

/**
 * Too long in one place, or not where one should be by now: bathroom, bedroom, kitchen at night, out of bed at night,
 * not risen by the usual hour, not back by it. Limits are the resident's settings; where a habit is known they move
 * towards it, within bounds; rules that rest on habit alone are silent until there is one (7 days).
 */
export interface OverstayState extends Situation {
  liveness: Liveness;
  suspended: boolean;
  /** When what a rule has spoken of began; it speaks once of each. */
  said: Readonly<Partial<Record<Rule, number>>>;
  /** A person closed the alert while it went on: say it again then, ms. */
  againAt: number | null;
  /**
   * When to look next, ms; null: no reason to. Not later than a rule can speak, often a little earlier: what is due is
   * worked out once things have been quiet for a moment, not at every step in the room.
   */
  lookAt: number | null;
}

const MINUTE_MS = 60_000;
/** In the bedroom for less is passing through. */
const IN_BED_MS = 10 * MINUTE_MS;
/** How long after a sign what is due is worked out, at the latest. */
const LOOK_MS = MINUTE_MS;

export const overstay: Detector<OverstayState> = {
  name: 'overstay',
  version: 2,
  channels: ['presence', 'status', 'sos', 'reply'],
  initial: () => ({
    where: nowhere,
    liveness: noLiveness,
    habits: noHabits,
    upSince: null,
    from: 0,
    suspended: false,
    said: NOTHING,
    againAt: null,
    lookAt: null,
  }),
  upgrade(old, from) {
    if (from !== 1) return overstay.initial();
    const state = old as Omit<OverstayState, 'liveness'> & { liveness: Parameters<typeof livenessOfOld>[0] };
    return { ...state, liveness: livenessOfOld(state.liveness) };
  },
  revive: (state) => ({ ...state, said: oneIfNone(state.said) }),
  step(state, event, context) {
    const sighting = seen(state.where, event, context);
    const liveness = heardFrom(state.liveness, event, sighting.isChange);
    const before = state.where;
    const where = endedByTheOnlySensor(before, sighting.whereabouts, event, context);
    const now = inMode(state, context);
    if (now !== state) return exact({ ...now, where, liveness }, [], context);
    if (where === before)
      return asleep(liveness === state.liveness ? state : { ...state, liveness }, NO_SIGNALS);
    const hasSpoken = state.said !== NOTHING;
    const spoken = hasSpoken ? holding(state, context) : NOTHING_DUE;
    const { habits, from, suspended, said, againAt, lookAt } = state;
    // Field by field: this happens at every step in the room, and a copy by spread is dearer several times over.
    const next: OverstayState = {
      where,
      liveness,
      habits: suspended ? habits : learn(habits, before, where, spoken.length > 0, context),
      upSince: upSince(state, where, context),
      from,
      suspended,
      said,
      againAt,
      lookAt,
    };
    if (hasSpoken) return afterSpeaking(next, spoken, event, context);
    next.lookAt = nextLook(next, context);
    return asleep(next, NO_SIGNALS);
  },
  onTime: (state, at, context) => speak(inMode(state, context), at, context),
  onInput(state, input, context) {
    const next = inMode(state, context);
    const again =
      input.kind === 'resolved' && isEmergencyOf(input, context) && holding(next, context).length > 0;
    return exact(again ? { ...next, againAt: input.at + AGAIN_MS } : next, [], context);
  },
};

/** A sign after a rule has spoken: what it spoke of may be over. */
function afterSpeaking(
  state: OverstayState,
  spoken: readonly Due[],
  event: DeviceEvent,
  context: StepContext,
): Step<OverstayState> {
  const still = holding(state, context);
  const over = spoken.filter(
    ({ rule, began }) => !still.some((due) => due.rule === rule && due.began === began),
  );
  const said = oneIfNone(Object.fromEntries(still.map(({ rule, began }) => [rule, began])));
  const next = { ...state, said, againAt: still.length === 0 ? null : state.againAt };
  return exact(
    next,
    over.map((due) => isOver(due, next, event, context)),
    context,
  );
}

/** After a sign: soon, or when one was going to look anyway. Limits set shorter than that are looked at sooner. */
function nextLook({ suspended, lookAt, where }: OverstayState, context: StepContext): number | null {
  if (suspended) return null;
  const { bathroomDayMin, bathroomNightMin, bedroomMin, outOfBedNightMin } = context.home.settings;
  const least = Math.min(bathroomDayMin, bathroomNightMin, bedroomMin, outOfBedNightMin / 4) * SHORTEN;
  const soon = where.lastAt + Math.min(LOOK_MS, least * MINUTE_MS);
  return lookAt !== null && lookAt < soon ? lookAt : soon;
}

function inMode(state: OverstayState, context: StepContext): OverstayState {
  const suspended = isSuspending(context.home.mode);
  if (suspended === state.suspended) return state;
  return suspended
    ? { ...state, suspended, upSince: null, againAt: null }
    : { ...state, suspended, from: context.now };
}

/**
 * Where one room alone is watched, nobody can be seen elsewhere, so the sensor's "nobody" must end the stay. Radars,
 * cameras and beds know, too. An infrared sensor among others does not: whoever lies still is not seen by it.
 */
function endedByTheOnlySensor(
  before: Whereabouts,
  after: Whereabouts,
  event: DeviceEvent,
  context: StepContext,
): Whereabouts {
  if (event.channel !== 'presence' || after === before) return after;
  const { occupied, sensor } = (event as DeviceEvent<'presence'>).payload;
  if (occupied || sensor === 'door' || after.by !== event.deviceId || after.lastAt !== event.occurredAt)
    return after;
  const isSure = sensor !== 'pir' || roomsWatched(context) < 2;
  return isSure ? { ...after, zone: 'unknown', since: event.occurredAt } : after;
}

function roomsWatched(context: StepContext): number {
  const rooms = new Set<string>();
  for (const { kind, zone, deviceId } of context.home.devices.values())
    if (WATCHING_KINDS.includes(kind)) rooms.add(zone ?? deviceId);
  return rooms.size;
}

/** Since when the resident is out of bed at night. */
function upSince(state: OverstayState, after: Whereabouts, context: StepContext): number | null {
  const before = state.where;
  if (after.inBedSince !== null) return null;
  // Where a sensor knows the bed, being in its room is not being in it.
  if (after.zone === 'bedroom' && !hasBedSensor(context)) return null;
  if (isDaytime(after.lastAt, state.habits, context)) return null;
  if (state.upSince !== null) return state.upSince;
  if (before.inBedSince !== null) return after.lastAt;
  const wasInBed = before.zone === 'bedroom' && after.lastAt - before.since >= IN_BED_MS;
  return wasInBed && after.outSince === null ? after.lastAt : null;
}

const NOTHING_DUE: readonly Due[] = [];

/** What rules have spoken of and goes on. */
const holding = (state: OverstayState, context: StepContext): Due[] =>
  state.said === NOTHING
    ? []
    : dueTimes(state, context).filter(({ rule, began }) => state.said[rule] === began);

function speak(state: OverstayState, at: number, context: StepContext): Step<OverstayState> {
  const signals: Signal[] = [];
  let next = state;
  const times = state.suspended ? NOTHING_DUE : dueTimes(state, context);
  for (const due of times) {
    const isAgain = state.said[due.rule] === due.began;
    if (isAgain ? state.againAt === null || at < state.againAt : at < due.at) continue;
    next = { ...next, said: { ...next.said, [due.rule]: due.began }, againAt: isAgain ? null : next.againAt };
    if (!isBlind(state, due.rule, at, context)) signals.push(alarm(due, state, at, isAgain, context));
  }
  // What is due does not depend on what has been said
  return lookingAt(next, times, signals);
}

/** No sensor that could have seen otherwise is alive (I13). */
function isBlind(state: OverstayState, rule: Rule, at: number, context: StepContext): boolean {
  const sensors = sensorsOf(context);
  const silent = sensors.filter((deviceId) => isSilent(state.liveness, deviceId, at, context));
  if (sensors.length > 0 && silent.length === sensors.length) return true;
  return rule === 'not_back'
    ? silent.some((deviceId) => context.home.devices.get(deviceId)?.kind === 'door')
    : silent.includes(state.where.by);
}

/** Looks next when something is due, to the millisecond. */
function exact(state: OverstayState, signals: Signal[], context: StepContext): Step<OverstayState> {
  return lookingAt(state, state.suspended ? NOTHING_DUE : dueTimes(state, context), signals);
}

function lookingAt(
  state: OverstayState,
  times: readonly Due[],
  signals: readonly Signal[],
): Step<OverstayState> {
  let wakeAt = Infinity;
  for (const due of times) {
    const at = state.said[due.rule] === due.began ? (state.againAt ?? Infinity) : due.at;
    if (at < wakeAt) wakeAt = at;
  }
  const lookAt = wakeAt === Infinity ? null : wakeAt;
  return asleep(lookAt === state.lookAt ? state : { ...state, lookAt }, signals);
}

const asleep = (state: OverstayState, signals: readonly Signal[]): Step<OverstayState> =>
  state.lookAt === null ? { state, signals } : { state, signals, wakeAt: state.lookAt };

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60) % 24).padStart(2, '0')}:${String(Math.round(minute) % 60).padStart(2, '0')}`;

const TEXTS: Record<Rule, (due: Due, minutes: number) => string> = {
  bathroom: ({ limitMin }, minutes) => `在卫生间已 ${minutes} 分钟（限 ${Math.round(limitMin)} 分钟）`,
  bedroom: ({ limitMin }, minutes) =>
    `在卧室已 ${(minutes / 60).toFixed(1)} 小时（限 ${(limitMin / 60).toFixed(1)} 小时）`,
  kitchen_night: (_, minutes) => `夜间在厨房已 ${minutes} 分钟`,
  out_of_bed: (_, minutes) => `夜间离床已 ${minutes} 分钟未回`,
  not_risen: ({ limitMin }) => `已到 ${clock(limitMin)}，早过平常起床时间，仍未见起床`,
  not_back: (_, minutes) => `外出已 ${(minutes / 60).toFixed(1)} 小时，早过平常回家时间，仍未回家`,
};

function alarm(due: Due, state: OverstayState, at: number, isAgain: boolean, context: StepContext): Signal {
  const { where } = state;
  const minutes = Math.round((at - due.began) / MINUTE_MS);
  return concludeAt(
    at,
    context,
    { kind: 'overstay', priority: 2, effect: 'raise', more: { deviceId: where.by } },
    [
      {
        kind: due.rule,
        deviceId: where.by,
        messageId: null,
        text: TEXTS[due.rule](due, minutes),
        data: {
          zone: where.zone,
          began: due.began,
          lastAt: where.lastAt,
          limitMin: Math.round(due.limitMin),
          learnt: due.learnt,
          again: isAgain,
        },
        for: true,
      },
    ],
  );
}

/** What a rule spoke of is over: evidence against, for people to weigh (I7). */
const isOver = (due: Due, state: OverstayState, event: DeviceEvent, context: StepContext): Signal =>
  conclude(event, context, {
    kind: 'overstay',
    priority: 2,
    effect: 'support',
    evidenceKind: 'movement',
    text: `${zoneName(state.where.zone)}又有活动`,
    data: { rule: due.rule },
    for: false,
  });
