import type { StepContext } from './detector.ts';
import { LEARNING_DAYS, medianOf, usuallyBy, usuallyFrom, type Habits } from './overstay-habits.ts';
import { learntLimit, usualLongest, type Longest } from './longest.ts';
import { countedUntil, isWaking, minuteOf, nextMinute } from './waking-time.ts';
import { WATCHING_KINDS } from './sensor-liveness.ts';
import type { Whereabouts } from './whereabouts.ts';
import { zoneOf } from './zones.ts';

/** What the rules look at. */
export interface Situation {
  where: Whereabouts;
  habits: Habits;
  /** Out of bed at night since, ms; null: in bed, or not night. */
  upSince: number | null;
  /** Nothing counts from before. */
  from: number;
}

export const RULES = ['bathroom', 'bedroom', 'kitchen_night', 'out_of_bed', 'not_risen', 'not_back'] as const;
export type Rule = (typeof RULES)[number];

/** When a rule would speak, and of what. */
export interface Due {
  rule: Rule;
  /** What it speaks of began then, ms; a rule speaks once of it. */
  began: number;
  at: number;
  limitMin: number;
  /** The limit comes from habits. */
  learnt: boolean;
}

const MINUTE_MS = 60_000;
/** At night who moves about is up, and well; who has stopped may be down. */
const QUIET_MS = 10 * MINUTE_MS;
/** Where the limit itself is short, this share of it. */
const QUIET_SHARE = 0.25;
/** Past the latest usual hour by this much, and past the middle one by that. */
const RISING_GRACE_MIN = 60;
const RISING_FROM_MEDIAN_MIN = 90;
const BACK_GRACE_MIN = 120;
/** Up this much before the earliest usual hour is up for the day. */
const EARLY_RISING_MIN = 45;

export function dueTimes(situation: Situation, context: StepContext): Due[] {
  const times: Due[] = [];
  for (const rule of RULES) {
    const due = TIMES[rule](situation, context);
    if (due === undefined || !(due.at < Infinity)) continue;
    const { began, at, limitMin, learnt } = due;
    times.push({ rule, began, at, limitMin, learnt });
  }
  return times;
}

/**
 * A stay is known only where rooms are watched. A contact on a cupboard tells that somebody was there; nothing tells
 * that he left.
 */
function isWatched(where: Whereabouts, context: StepContext): boolean {
  if (WATCHING_KINDS.includes(context.home.devices.get(where.by)?.kind ?? '')) return true;
  for (const { kind, zone } of context.home.devices.values())
    if (WATCHING_KINDS.includes(kind) && zoneOf(zone) === where.zone) return true;
  return false;
}

export const hasBedSensor = (context: StepContext): boolean => {
  for (const { kind, deviceId } of context.home.devices.values())
    if (kind === 'bed' && context.heardAt(deviceId) !== undefined) return true;
  return false;
};

type Time = (situation: Situation, context: StepContext) => Omit<Due, 'rule'> | undefined;

const TIMES: Record<Rule, Time> = {
  bathroom({ where, habits, from }, context) {
    if (where.zone !== 'bathroom' || where.outSince !== null || where.inBedSince !== null) return undefined;
    if (!isWatched(where, context)) return undefined;
    const began = Math.max(where.since, from);
    const isDay = isWaking(began, context);
    const { bathroomDayMin, bathroomNightMin } = context.home.settings;
    return stay(
      began,
      limit(
        isDay ? bathroomDayMin : bathroomNightMin,
        isDay ? habits.bathroomDay : habits.bathroomNight,
        habits,
        where,
        context,
      ),
      context,
    );
  },

  bedroom({ where, habits, from }, context) {
    const isThere = where.inBedSince !== null || (where.zone === 'bedroom' && where.outSince === null);
    if (!isThere || !isWatched(where, context)) return undefined;
    const began = Math.max(where.inBedSince ?? where.since, from);
    return stay(
      began,
      limit(context.home.settings.bedroomMin, habits.bedroom, habits, where, context),
      context,
    );
  },

  kitchen_night({ where, habits, from }, context) {
    if (where.zone !== 'kitchen' || where.outSince !== null || where.inBedSince !== null) return undefined;
    if (!isWatched(where, context)) return undefined;
    const began = Math.max(where.since, from);
    if (isDaytime(began, habits, context)) return undefined;
    return atNight(began, where, habits, context);
  },

  out_of_bed({ where, habits, upSince, from }, context) {
    if (upSince === null || where.outSince !== null || where.inBedSince !== null) return undefined;
    if (!isWatched(where, context)) return undefined;
    return atNight(Math.max(upSince, from), where, habits, context);
  },

  not_risen({ where, habits, from }, context) {
    const latest = usuallyBy(habits.risings);
    if (Number.isNaN(latest) || where.lastAt === 0 || where.outSince !== null) return undefined;
    const minute = Math.round(
      Math.max(latest + RISING_GRACE_MIN, medianOf(habits.risings) + RISING_FROM_MEDIAN_MIN),
    );
    // Past noon by so much is no hour to wait for.
    if (minute >= 16 * 60) return undefined;
    let at = nextMinute(Math.max(where.lastAt, from), minute, context);
    if (context.local(at).day === habits.lastRiseDay) at = nextMinute(at, minute, context);
    // More than a night ago: other rules have spoken.
    if (at - where.lastAt > 20 * 60 * MINUTE_MS) return undefined;
    return { began: at, at: countedUntil(at, 0, false, context), limitMin: minute, learnt: true };
  },

  not_back({ where, habits, from }, context) {
    const latest = usuallyBy(habits.returns);
    if (Number.isNaN(latest) || where.outSince === null || where.outSince < from) return undefined;
    const left = context.local(where.outSince);
    const untilUsualMin = latest - left.minuteOfDay;
    const usualOutingMin = habits.outings ? usualLongest(habits.outings) : 0;
    const limitMin = Math.max(untilUsualMin, usualOutingMin) + BACK_GRACE_MIN;
    return {
      began: where.outSince,
      at: where.outSince - (where.outSince % MINUTE_MS) + limitMin * MINUTE_MS,
      limitMin,
      learnt: true,
    };
  },
};

interface Limit {
  minutes: number;
  learnt: boolean;
}

function limit(
  set: number,
  longest: Longest | null,
  habits: Habits,
  where: Whereabouts,
  context: StepContext,
): Limit {
  const days = habits.learntFrom === null ? 0 : context.local(where.lastAt).day - habits.learntFrom;
  if (longest === null || days < LEARNING_DAYS) return { minutes: set, learnt: false };
  return { minutes: learntLimit(set, usualLongest(longest)), learnt: true };
}

const stay = (began: number, { minutes, learnt }: Limit, context: StepContext): Omit<Due, 'rule'> => ({
  began,
  at: countedUntil(began, minutes * MINUTE_MS, false, context),
  limitMin: minutes,
  learnt,
});

/** Out of where one should be at night, for the set time, and now still; over when day begins. */
function atNight(
  began: number,
  where: Whereabouts,
  habits: Habits,
  context: StepContext,
): Omit<Due, 'rule'> | undefined {
  const limitMin = context.home.settings.outOfBedNightMin;
  const at = Math.max(
    countedUntil(began, limitMin * MINUTE_MS, false, context),
    countedUntil(where.lastAt, Math.min(QUIET_MS, QUIET_SHARE * limitMin * MINUTE_MS), false, context),
  );
  return isDaytime(at, habits, context) ? undefined : { began, at, limitMin, learnt: false };
}

/** Waking hours, or the hours before them in which this person is usually up. */
export function isDaytime(ms: number, habits: Habits, context: StepContext): boolean {
  if (isWaking(ms, context)) return true;
  const earliest = usuallyFrom(habits.risings);
  if (Number.isNaN(earliest)) return false;
  const wakes = minuteOf(context.home.settings.wakingHours[0]);
  const { minuteOfDay } = context.local(ms);
  return minuteOfDay >= earliest - EARLY_RISING_MIN && minuteOfDay < wakes;
}
