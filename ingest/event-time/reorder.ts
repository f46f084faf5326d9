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

/**
 * What a home holds, in the order of its release. A value: whoever has one sees the same for ever. Those that follow one
 * another share an array, of which each sees a part, so that what comes last (nearly everything does) is added and what
 * comes first is let go without a copy; a home that floods us holds hundreds.
 */
export class HeldEvents implements Iterable<HeldEvent> {
  readonly #items: HeldEvent[];
  readonly #from: number;
  readonly #to: number;

  private constructor(items: HeldEvent[], from: number, to: number) {
    this.#items = items;
    this.#from = from;
    this.#to = to;
  }

  static readonly none = new HeldEvents([], 0, 0);

  /** `items` are in order, as those of a snapshot are. */
  static of(items: readonly HeldEvent[]): HeldEvents {
    return items.length === 0 ? HeldEvents.none : new HeldEvents([...items], 0, items.length);
  }

  get length(): number {
    return this.#to - this.#from;
  }

  at(place: number): HeldEvent | undefined {
    return place < this.length ? this.#items[this.#from + place] : undefined;
  }

  /** Without the first so many. */
  after(count: number): HeldEvents {
    if (count === 0) return this;
    return count >= this.length ? HeldEvents.none : new HeldEvents(this.#items, this.#from + count, this.#to);
  }

  with(event: DeviceEvent): HeldEvents {
    const item: HeldEvent = { releaseAt: releaseAtOf(event), event };
    const { length } = this;
    const last = this.at(length - 1);
    if (last === undefined) return new HeldEvents([item], 0, 1);
    if (compare(last, item) > 0) {
      const held = this.toArray();
      const place = held.findIndex((other) => compare(other, item) > 0);
      return new HeldEvents(held.toSpliced(place, 0, item), 0, length + 1);
    }
    // Behind our part stands what was added to us before: that was dropped, or is not ours. And what has been let go of must
    // not be kept for ever.
    const isShared = this.#items.length === this.#to && this.#from <= length;
    const items = isShared ? this.#items : this.toArray();
    items.push(item);
    return isShared ? new HeldEvents(items, this.#from, this.#to + 1) : new HeldEvents(items, 0, length + 1);
  }

  toArray(): HeldEvent[] {
    return this.#items.slice(this.#from, this.#to);
  }

  [Symbol.iterator](): Iterator<HeldEvent> {
    return this.toArray()[Symbol.iterator]();
  }
}
