import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Mode } from '../../schemas/registry.ts';
import { dedupKey } from '../../schemas/alert.ts';
import type { Signal } from '../../schemas/signal.ts';
import { conclude, concludeAt } from './conclude.ts';
import { type Detector, type HomeInput, NO_SIGNALS, type Step, type StepContext } from './detector.ts';
import {
  learntLimit,
  LENGTHEN,
  longestFrom,
  SHORTEN,
  usualLongest,
  withTime,
  type Longest,
} from './longest.ts';
import {
  heardFrom,
  isSilent,
  livenessOfOld,
  noLiveness,
  PRESENCE_KINDS,
  sensorsOf,
  WATCHING_KINDS,
  type Liveness,
} from './sensor-liveness.ts';
import { countedUntil, isWaking } from './waking-time.ts';
import { nowhere, seen, type Whereabouts } from './whereabouts.ts';
import { zoneOf, zoneName } from './zones.ts';

/**
 * Nobody moves though somebody is at home: no sign from any sensor for the set time (4 h), counted in waking hours. Not
 * while out, not in bed, not while the home is in a mode that suspends absence rules, not over our own outages, and not
 * on sensors known to be silent. Where a person's own pauses are known, the limit moves towards them, within bounds.
 */
export interface InactivityState {
  where: Whereabouts;
  liveness: Liveness;
  /** Absence counts from here at the earliest: when a mode ended, or sensors came back. */
  from: number;
  /** Raised for the pause that began at `lastAt`; null: not raised. */
  raised: { lastAt: number; at: number } | null;
  /** A person closed the alert while nothing moved: say it again then; null: no. */
  againAt: number | null;
  /** The mode suspends us. */
  suspended: boolean;
  /** The limit was reached while a room, or the whole home, could not be seen. */
  blind: 'no' | 'room' | 'home';
  /**
   * When to look next, ms; null: no reason to. Not later than the limit can be reached, often earlier: a sign only moves
   * the limit on, so the exact time is worked out when there has been none for a while, not at every step in the room.
   */
  lookAt: number | null;
  /** First day of learning, or null; pauses at home by the time of day at which they begin. */
  learntFrom: number | null;
  pauses: readonly (Longest | null)[];
  /** Nights of the last weeks whose long pause was in the bedroom, and elsewhere. */
  nights: readonly [inBedroom: number, elsewhere: number];
}

const MINUTE_MS = 60_000;
/** Modes that suspend absence rules; never the call button (budgets.md). */
const SUSPENDING: readonly Mode[] = ['leave', 'hospital', 'maintenance'];
export const isSuspending = (mode: Mode): boolean => mode !== 'home' && SUSPENDING.includes(mode);
export const LEARNING_DAYS = 7;
/** Pauses are learnt by thirds of a night and a day: eight parts of three hours. */
const PARTS = 8;
/** A pause under this is no pause; one over that is a night, or a day nobody told us of. */
const LEAST_PAUSE_MIN = 20;
const LONGEST_PAUSE_MIN = 9 * 60;
const NIGHT_PAUSE_MIN = 2 * 60;
const MOST_NIGHTS = 40;
/** Where contacts alone tell of somebody, hours of reading look like nothing: habits may move the limit further. */
const LENGTHEN_UNWATCHED = 2;
/** After a person closes the alert and still nothing moves, it is said again. */
export const AGAIN_MS = 30 * MINUTE_MS;
/** Where one room cannot be seen, whoever is quiet may be there: more time. */
const BLIND_ROOM_FACTOR = 1.5;

export const inactivity: Detector<InactivityState> = {
  name: 'inactivity',
  version: 2,
  channels: ['presence', 'status', 'sos', 'reply', 'motion'],
  initial: () => ({
    where: nowhere,
    liveness: noLiveness,
    from: 0,
    raised: null,
    againAt: null,
    suspended: false,
    blind: 'no',
    lookAt: null,
    learntFrom: null,
    pauses: Array.from({ length: PARTS }, () => null),
    nights: [0, 0],
  }),
  upgrade(old, from) {
    if (from !== 1) return inactivity.initial();
    const state = old as Omit<InactivityState, 'liveness'> & {
      liveness: Parameters<typeof livenessOfOld>[0];
    };
    return { ...state, liveness: livenessOfOld(state.liveness) };
  },
  step(state, event, context) {
    const sighting = seen(state.where, event, context);
    const liveness = heardFrom(state.liveness, event, sighting.isChange);
    const inMode = modeOf(state, context);
    if (sighting.isSign) {
      const next = afterSign(inMode, sighting.whereabouts, liveness, context);
      return asleep(next, movedAgain(state, event, context));
    }
    const sensorsBack = inMode.blind !== 'no' && isSensor(event);
    if (
      inMode === state &&
      liveness === state.liveness &&
      sighting.whereabouts === state.where &&
      !sensorsBack
    )
      return asleep(state, NO_SIGNALS);
    const next = { ...inMode, liveness, where: sighting.whereabouts };
    if (!sensorsBack && inMode === state) return asleep(next, NO_SIGNALS);
    // Whoever could not be seen at all may have moved: the pause begins anew when the sensors are back.
    const from = inMode.blind === 'home' ? Math.max(next.from, context.now) : next.from;
    const back = exact({ ...next, from, blind: 'no' }, [], context).state;
    // What was put off for them may be due at once, but not in the past.
    return asleep(back.lookAt === null ? back : { ...back, lookAt: Math.max(back.lookAt, context.now) }, []);
  },
  onTime: (state, at, context) => quiet(modeOf(state, context), at, context),
  onInput: (state, input, context) => exact(told(modeOf(state, context), input, context), [], context),
};

const isSensor = (event: DeviceEvent): boolean =>
  PRESENCE_KINDS.includes(event.deviceKind) &&
  !(event.channel === 'status' && (event as DeviceEvent<'status'>).payload.online === false);

/** A mode that suspends begins or ends: what was before it says nothing of what is after. */
function modeOf(state: InactivityState, context: StepContext): InactivityState {
  const suspended = isSuspending(context.home.mode);
  if (suspended === state.suspended) return state;
  return suspended
    ? { ...state, suspended, raised: null, againAt: null }
    : { ...state, suspended, from: context.now };
}

/** Field by field: this happens at every step in the room, and a copy by spread is dearer several times over. */
function afterSign(
  state: InactivityState,
  where: Whereabouts,
  liveness: Liveness,
  context: StepContext,
): InactivityState {
  const { from, suspended, learntFrom, pauses, nights } = state;
  const next: InactivityState = {
    where,
    liveness,
    from,
    raised: null,
    againAt: null,
    suspended,
    blind: 'no',
    lookAt: nextLook(state, where, context),
    learntFrom: learntFrom ?? context.local(where.lastAt).day,
    pauses,
    nights,
  };
  learnPause(next, state, context);
  return next;
}

/** Writes into `next`, which nobody else has yet. */
function learnPause(
  next: InactivityState,
  { where: before, from, suspended, raised }: InactivityState,
  context: StepContext,
): void {
  const { lastAt } = next.where;
  const pauseMin = (lastAt - before.lastAt) / MINUTE_MS;
  const isOurs = before.outSince === null && before.lastAt > 0 && before.lastAt >= from;
  if (pauseMin < LEAST_PAUSE_MIN || !isOurs || suspended || raised !== null) return;
  if (!isWaking(before.lastAt, context) || !isWaking(lastAt, context) || pauseMin > LONGEST_PAUSE_MIN) {
    if (pauseMin >= NIGHT_PAUSE_MIN) next.nights = afterNight(next.nights, before);
    return;
  }
  const part = partOf(before.lastAt, context);
  const { day } = context.local(lastAt);
  next.pauses = next.pauses.map((longest, i) =>
    i === part ? withTime(longest ?? longestFrom(day), pauseMin, day) : longest,
  );
}

/** Counts a night, and forgets half of all when there are enough. */
function afterNight(
  [inBedroom, elsewhere]: InactivityState['nights'],
  where: Whereabouts,
): InactivityState['nights'] {
  const counted = where.zone === 'bedroom' ? [inBedroom + 1, elsewhere] : [inBedroom, elsewhere + 1];
  const [a = 0, b = 0] = inBedroom + elsewhere >= MOST_NIGHTS ? counted.map((n) => n / 2) : counted;
  return [a, b];
}

/** One who is known to sleep in the bedroom, and was last seen elsewhere, is not asleep. */
const isUpAtNight = ({ nights: [inBedroom, elsewhere], where }: InactivityState): boolean =>
  where.zone !== 'bedroom' && inBedroom >= LEARNING_DAYS && elsewhere <= inBedroom / 10;

const partOf = (ms: number, context: StepContext): number =>
  Math.floor((context.local(ms).minuteOfDay * PARTS) / 1440);

/** Minutes without a sign, as set or as learnt for the time of day, from this home's own pauses. */
export function limitMin(state: InactivityState, context: StepContext): { minutes: number; learnt: boolean } {
  const set = context.home.settings.inactivityMin;
  const { lastAt } = state.where;
  const days = state.learntFrom === null ? 0 : context.local(lastAt).day - state.learntFrom;
  if (days < LEARNING_DAYS) return { minutes: set, learnt: false };
  const part = partOf(lastAt, context);
  // The parts beside it, too: habits do not keep to our hours.
  const usual = Math.max(
    ...[part + PARTS - 1, part, part + 1].map((p) => {
      const longest = state.pauses[p % PARTS];
      return longest ? usualLongest(longest) : 0;
    }),
  );
  return {
    minutes: learntLimit(set, usual, isWatchedHome(context) ? LENGTHEN : LENGTHEN_UNWATCHED),
    learnt: true,
  };
}

function isWatchedHome(context: StepContext): boolean {
  for (const { kind } of context.home.devices.values()) if (WATCHING_KINDS.includes(kind)) return true;
  return false;
}

/** When the pause reaches the limit; Infinity: it does not count. */
function dueAt(state: InactivityState, context: StepContext): number {
  const { where } = state;
  if (where.lastAt === 0 || where.outSince !== null || where.inBedSince !== null) return Infinity;
  if (state.suspended || isAtUnwatchedDoor(where, context)) return Infinity;
  if (state.raised) return state.againAt ?? Infinity;
  return limitAt(state, 1, context);
}

const limitAt = (state: InactivityState, factor: number, context: StepContext): number =>
  countedUntil(
    Math.max(state.where.lastAt, state.from),
    limitMin(state, context).minutes * factor * MINUTE_MS,
    !isUpAtNight(state),
    context,
  );

/** After a sign: a time at which the limit cannot have been reached yet; the former one, if that is sooner. */
function nextLook(
  { suspended, lookAt }: InactivityState,
  where: Whereabouts,
  context: StepContext,
): number | null {
  if (where.outSince !== null || where.inBedSince !== null || suspended) return null;
  const soonest = where.lastAt + context.home.settings.inactivityMin * SHORTEN * MINUTE_MS;
  return lookAt !== null && lookAt < soonest ? lookAt : soonest;
}

/** Without a contact on the door, whoever was last seen at the door has left. */
function isAtUnwatchedDoor(where: Whereabouts, context: StepContext): boolean {
  if (where.zone !== 'entrance') return false;
  return ![...context.home.devices.values()].some(({ kind }) => kind === 'door');
}

const silentSensors = (state: InactivityState, at: number, context: StepContext): string[] =>
  sensorsOf(context).filter((deviceId) => isSilent(state.liveness, deviceId, at, context));

function hasBlindRoom(state: InactivityState, at: number, context: StepContext): boolean {
  const silent = silentSensors(state, at, context);
  return silent.length > 0 && silent.length < sensorsOf(context).length;
}

/** Nobody could have been seen: every sensor of the home is silent, or the one that saw the person last. */
function isBlind(state: InactivityState, at: number, context: StepContext): boolean {
  const sensors = sensorsOf(context);
  const silent = silentSensors(state, at, context);
  return sensors.length > 0 && (silent.length === sensors.length || silent.includes(state.where.by));
}

function quiet(state: InactivityState, at: number, context: StepContext): Step<InactivityState> {
  if (!(at >= dueAt(state, context))) return exact(state, [], context);
  if (isBlind(state, at, context))
    return asleep({ ...state, blind: 'home', againAt: null, lookAt: null }, []);
  if (!state.raised && hasBlindRoom(state, at, context)) {
    const later = limitAt(state, BLIND_ROOM_FACTOR, context);
    if (at < later) return asleep({ ...state, blind: 'room', lookAt: later }, []);
  }
  const next = { ...state, raised: { lastAt: state.where.lastAt, at }, againAt: null };
  return exact(next, [alarm(state, at, context)], context);
}

function alarm(state: InactivityState, at: number, context: StepContext): Signal {
  const { where } = state;
  const { minutes, learnt } = limitMin(state, context);
  const silent = silentSensors(state, at, context);
  const quietMin = Math.round((at - where.lastAt) / MINUTE_MS);
  return concludeAt(
    at,
    context,
    { kind: 'inactivity', priority: 2, effect: 'raise', more: { deviceId: where.by } },
    [
      {
        kind: 'no_movement',
        deviceId: where.by,
        messageId: null,
        text: `在家已 ${quietMin} 分钟没有任何活动，最后一次在${zoneName(where.zone)}`,
        data: {
          lastAt: where.lastAt,
          zone: where.zone,
          quietMin,
          limitMin: Math.round(minutes),
          learnt,
          setMin: context.home.settings.inactivityMin,
          again: state.raised !== null,
        },
        for: true,
      },
      ...(silent.length === 0
        ? []
        : [
            {
              kind: 'silent_sensors' as const,
              deviceId: null,
              messageId: null,
              text: `${silent.length} 个传感器没有信号，那里看不到人`,
              data: { deviceIds: silent },
              for: false,
            },
          ]),
    ],
  );
}

/** A sign after an alarm is for people to weigh: evidence against, nothing more (I3, I7). */
function movedAgain(state: InactivityState, event: DeviceEvent, context: StepContext): readonly Signal[] {
  if (!state.raised) return NO_SIGNALS;
  return [
    conclude(event, context, {
      kind: 'inactivity',
      priority: 2,
      effect: 'support',
      evidenceKind: 'movement',
      text: `${zoneName(zoneOf('zone' in event.payload ? String(event.payload.zone) : event.zone))}又有活动`,
      for: false,
    }),
  ];
}

function told(state: InactivityState, input: HomeInput, context: StepContext): InactivityState {
  if (input.kind !== 'resolved' || !state.raised || !isEmergencyOf(input, context)) return state;
  return { ...state, againAt: input.at + AGAIN_MS };
}

/** Looks next when the limit is reached, to the millisecond. */
function exact(state: InactivityState, signals: Signal[], context: StepContext): Step<InactivityState> {
  const due = state.blind === 'home' ? Infinity : dueAt(state, context);
  const lookAt = due === Infinity ? null : due;
  return asleep(lookAt === state.lookAt ? state : { ...state, lookAt }, signals);
}

const asleep = (state: InactivityState, signals: readonly Signal[]): Step<InactivityState> =>
  state.lookAt === null ? { state, signals } : { state, signals, wakeAt: state.lookAt };

export const isEmergencyOf = (
  input: Extract<HomeInput, { kind: 'resolved' }>,
  context: StepContext,
): boolean => input.dedupKey === dedupKey.emergency(context.home.homeId);
