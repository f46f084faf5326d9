import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { StepContext } from './detector.ts';
import { zoneOf, type Zone } from './zones.ts';

/**
 * Where the one who lives here was last seen, from sensors that know rooms. Pure and small, for rules that share it.
 *
 * A movement in another room ends a stay; so does the door. Whoever was at home and has not been seen since the door is
 * out; whoever was out is in when the door moves again.
 */
export interface Whereabouts {
  zone: Zone;
  /** Begin of the stay in `zone`, ms. */
  since: number;
  /** Last sign of the person, ms; 0: none yet. */
  lastAt: number;
  /** Device that gave it. */
  by: string;
  /** Out of the home since, by the door; null: in, or nobody knows of a door. */
  outSince: number | null;
  /** Came in by the door at, ms; 0: not lately. */
  inAt: number;
  /** A bed sensor says that somebody lies in it since, ms. */
  inBedSince: number | null;
  /** Sensors whose last word is that somebody is there; doors that are open. */
  on: readonly string[];
  /** Doors whose last word is that they are shut. */
  shut: readonly string[];
}

export const nowhere: Whereabouts = {
  zone: 'unknown',
  since: 0,
  lastAt: 0,
  by: '',
  outSince: null,
  inAt: 0,
  inBedSince: null,
  on: [],
  shut: [],
};

/** For this long after the door, the sensor at the door sees the one who leaves. */
const DOORSTEP_MS = 5_000;
/** One who has not been seen for this long after the door is out, so that the next door is a return. */
const GONE_MS = 60_000;
/** Door messages this soon after a return are the same opening. */
const SAME_OPENING_MS = 30_000;

export interface Sighting {
  whereabouts: Whereabouts;
  /** Somebody moved, or was seen. */
  isSign: boolean;
  /** The message tells of a change; otherwise the sensor only says that it lives. */
  isChange: boolean;
}

/**
 * Several rules of a home ask for the same, one after the other. The last answer is kept, so that it is worked out once
 * and they share one object; it depends on nothing but what it is kept with.
 */
let asked: { before: Whereabouts; event: DeviceEvent; devices: Devices; sighting: Sighting } | undefined;
type Devices = StepContext['home']['devices'];

/**
 * Folds one event. Whoever was seen is a new object, written out field by field: this happens at every step in the room, and
 * copying by spread is dearer several times over. What is older than the last sign moves nothing back (I3).
 */
export function seen(before: Whereabouts, event: DeviceEvent, context: StepContext): Sighting {
  const { devices } = context.home;
  if (asked?.event === event && asked.devices === devices && isSame(asked.before, before)) {
    const { sighting } = asked;
    if (asked.before === before || sighting.whereabouts !== asked.before) return sighting;
    return { ...sighting, whereabouts: before };
  }
  const sighting = seenNow(before, event, context);
  asked = { before, event, devices, sighting };
  return sighting;
}

function isSame(a: Whereabouts, b: Whereabouts): boolean {
  if (a === b) return true;
  return (
    a.lastAt === b.lastAt &&
    a.zone === b.zone &&
    a.since === b.since &&
    a.by === b.by &&
    a.outSince === b.outSince &&
    a.inAt === b.inAt &&
    a.inBedSince === b.inBedSince &&
    isSameList(a.on, b.on) &&
    isSameList(a.shut, b.shut)
  );
}

const isSameList = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((id, i) => id === b[i]));

function seenNow(before: Whereabouts, event: DeviceEvent, context: StepContext): Sighting {
  if (event.channel === 'presence') return byPresence(before, event as DeviceEvent<'presence'>, context);
  const isSign = event.channel === 'sos' || event.channel === 'reply' || isMovement(event);
  if (!isSign || event.occurredAt < before.lastAt)
    return { whereabouts: before, isSign: false, isChange: isSign };
  // A press or a watch tells that somebody moves, not where, nor whether at home.
  return {
    whereabouts: { ...before, lastAt: event.occurredAt, by: event.deviceId },
    isSign: true,
    isChange: true,
  };
}

function byPresence(before: Whereabouts, event: DeviceEvent<'presence'>, context: StepContext): Sighting {
  const { sensor, occupied } = event.payload;
  const wasOn = before.on.includes(event.deviceId);
  // The first "shut" of a door is news, for its "open" may have got lost; a first "nobody" is none.
  const isFirstShut = sensor === 'door' && !occupied && !before.shut.includes(event.deviceId);
  const isChange = occupied || wasOn || isFirstShut;
  if (!isChange || event.occurredAt < before.lastAt) return { whereabouts: before, isSign: false, isChange };
  const moved = movedBy(before, event, context);
  const isSign = moved !== before;
  if (occupied === wasOn && sensor !== 'door' && sensor !== 'bed')
    return { whereabouts: moved, isSign, isChange };
  // What has moved is a new object already; it may be written to until it is handed out.
  const whereabouts: Whereabouts = isSign ? moved : { ...before };
  if (occupied !== wasOn)
    whereabouts.on = occupied ? withOne(before.on, event.deviceId) : without(before.on, event.deviceId);
  if (sensor === 'door' && occupied === before.shut.includes(event.deviceId))
    whereabouts.shut = occupied ? without(before.shut, event.deviceId) : withOne(before.shut, event.deviceId);
  if (sensor === 'bed') whereabouts.inBedSince = occupied ? (before.inBedSince ?? event.occurredAt) : null;
  return { whereabouts, isSign, isChange };
}

const NOBODY: readonly string[] = [];
/** One or two is what there nearly always are. */
function withOne(ids: readonly string[], deviceId: string): readonly string[] {
  return ids.length === 0 ? [deviceId] : ids.length === 1 ? [ids[0] ?? '', deviceId] : [...ids, deviceId];
}
function without(ids: readonly string[], deviceId: string): readonly string[] {
  return ids.length === 1 && ids[0] === deviceId ? NOBODY : ids.filter((id) => id !== deviceId);
}

function movedBy(before: Whereabouts, event: DeviceEvent<'presence'>, context: StepContext): Whereabouts {
  const { sensor, occupied } = event.payload;
  const zone: Zone = sensor === 'bed' ? 'bedroom' : zoneOf(event.payload.zone);
  if (sensor === 'door')
    return isHomesDoor(zone, event, context) ? throughTheDoor(before, event) : inside(before, zone, event);
  if (!occupied) return noLonger(before, zone, event);
  const { outSince } = before;
  if (zone === 'entrance' && outSince !== null && event.occurredAt - outSince <= DOORSTEP_MS) return before;
  return inside(before, zone, event);
}

/** Seen by this event, with where and when changed as it says. */
function after(
  { inBedSince, on, shut }: Whereabouts,
  { occurredAt, deviceId }: DeviceEvent,
  zone: Zone,
  since: number,
  outSince: number | null,
  inAt: number,
): Whereabouts {
  return { zone, since, lastAt: occurredAt, by: deviceId, outSince, inAt, inBedSince, on, shut };
}

/** A sensor's "nobody": somebody was there until now, unless seen elsewhere or gone since. */
function noLonger(before: Whereabouts, zone: Zone, event: DeviceEvent): Whereabouts {
  if (before.outSince !== null || before.zone !== zone) return before;
  return after(before, event, zone, before.since, null, before.inAt);
}

function inside(before: Whereabouts, zone: Zone, event: DeviceEvent): Whereabouts {
  const isHere = before.outSince === null && before.zone === zone && before.lastAt > 0;
  return after(before, event, zone, isHere ? before.since : event.occurredAt, null, before.inAt);
}

function throughTheDoor(before: Whereabouts, event: DeviceEvent): Whereabouts {
  const at = event.occurredAt;
  const { zone, outSince, inAt } = before;
  const since = zone === 'entrance' ? before.since : at;
  if (inAt > 0 && at - inAt <= SAME_OPENING_MS)
    return after(before, event, 'entrance', since, outSince, inAt);
  if (outSince !== null && at - outSince > GONE_MS) return after(before, event, 'entrance', at, null, at);
  return after(before, event, 'entrance', since, at, inAt);
}

/** A home's only door contact of no known room is on its door, whatever the room is called. */
function isHomesDoor(zone: Zone, event: DeviceEvent, context: StepContext): boolean {
  if (zone === 'entrance') return true;
  if (zone === 'bathroom' || zone === 'bedroom' || zone === 'kitchen') return false;
  const doors = [...context.home.devices.values()].filter(({ kind }) => kind === 'door');
  return doors.length === 1 && doors[0]?.deviceId === event.deviceId;
}

const MOVING_G = 0.2;
/** A worn device that is moved; one that lies on the table is still. */
function isMovement(event: DeviceEvent): boolean {
  if (event.channel !== 'motion') return false;
  const { x, y, z } = (event as DeviceEvent<'motion'>).payload;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < x.length; i++) {
    const m = Math.hypot(x[i] ?? 0, y[i] ?? 0, z[i] ?? 0);
    low = Math.min(low, m);
    high = Math.max(high, m);
  }
  return high - low > MOVING_G;
}
