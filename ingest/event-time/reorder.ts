import type { DeviceEvent } from '../../schemas/inbound.ts';
import { LATENESS_MS, MAX_LATENESS_MS } from './lateness.ts';

/**
 * Puts a home's events in order: each is held until its channel's lateness after it happened, so that whatever comes
 * within the lateness is released in one and the same order, whichever way it came (I3). Immutable.
 */
export interface HeldEvent {
  /** Released once the home's time is beyond this; ms since the epoch. */
  readonly releaseAt: number;
  readonly event: DeviceEvent;
}

export const releaseAtOf = (event: DeviceEvent): number => event.occurredAt + LATENESS_MS[event.channel];

/**
 * Held for one home at most. A home that floods us gets its events out in order of time as far as these reach; the
 * earliest goes when there is no more room.
 */
export const MOST_HELD = 200;

/** Of channels that wait for nothing, what took longer than anything is given. */
export const isLate = (event: DeviceEvent, now: number): boolean =>
  event.occurredAt + (LATENESS_MS[event.channel] || MAX_LATENESS_MS) < now;

/** Total, and the same whatever the order of arrival, as far as devices tell their messages apart. */
function compare(a: HeldEvent, b: HeldEvent): number {
  return (
    a.releaseAt - b.releaseAt ||
    a.event.occurredAt - b.event.occurredAt ||
    compareText(a.event.deviceId, b.event.deviceId) ||
    compareText(a.event.channel, b.event.channel) ||
    compareText(a.event.messageId, b.event.messageId)
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function hold(held: readonly HeldEvent[], event: DeviceEvent): readonly HeldEvent[] {
  const item: HeldEvent = { releaseAt: releaseAtOf(event), event };
  const last = held[held.length - 1];
  if (last === undefined) return [item];
  if (compare(last, item) <= 0) return [...held, item];
  const at = held.findIndex((other) => compare(other, item) > 0);
  return [...held.slice(0, at), item, ...held.slice(at)];
}
