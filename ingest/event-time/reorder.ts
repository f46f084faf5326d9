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
 * Events in the order of their release. A value: whoever has one sees the same for ever. Those that follow one another share
 * an array, of which each sees a part, so that what comes last (nearly everything does) is added, and what comes first
 * let go, without a copy.
 */
class Run {
  readonly #items: HeldEvent[];
  readonly #from: number;
  readonly #to: number;

  constructor(items: HeldEvent[], from: number, to: number) {
    this.#items = items;
    this.#from = from;
    this.#to = to;
  }

  get length(): number {
    return this.#to - this.#from;
  }

  get first(): HeldEvent | undefined {
    return this.#from < this.#to ? this.#items[this.#from] : undefined;
  }

  withoutFirst(): Run {
    return this.length <= 1 ? EMPTY : new Run(this.#items, this.#from + 1, this.#to);
  }

  with(item: HeldEvent): Run {
    const { length } = this;
    if (length === 0) return new Run([item], 0, 1);
    if (compare(this.#items[this.#to - 1] as HeldEvent, item) > 0) {
      const items = this.toArray();
      const place = items.findIndex((other) => compare(other, item) > 0);
      return new Run(items.toSpliced(place, 0, item), 0, length + 1);
    }
    // What stands behind our part was added to us by somebody else; and what has been let go of is not kept for ever.
    if (this.#items.length > this.#to || this.#from > length)
      return new Run([...this.toArray(), item], 0, length + 1);
    this.#items.push(item);
    return new Run(this.#items, this.#from, this.#to + 1);
  }

  toArray(): HeldEvent[] {
    return this.#items.slice(this.#from, this.#to);
  }
}
const EMPTY = new Run([], 0, 0);

/**
 * What a home holds, in the order of its release; a value, too. A home that floods us holds hundreds, and adding one costs
 * the same: what waits as long as anything may, and what waits for less, come nearly in order each, but not together.
 */
export class HeldEvents implements Iterable<HeldEvent> {
  readonly #quick: Run;
  readonly #slow: Run;
  /** Looked at several times with every message. */
  readonly first: HeldEvent | undefined;

  private constructor(quick: Run, slow: Run) {
    this.#quick = quick;
    this.#slow = slow;
    const a = quick.first;
    const b = slow.first;
    this.first = a === undefined || b === undefined ? (a ?? b) : compare(a, b) <= 0 ? a : b;
  }

  static readonly none = new HeldEvents(EMPTY, EMPTY);

  /** As a snapshot has them. */
  static of(items: readonly HeldEvent[]): HeldEvents {
    return items.reduce((held, item) => held.#with(item), HeldEvents.none);
  }

  get length(): number {
    return this.#quick.length + this.#slow.length;
  }

  withoutFirst(): HeldEvents {
    if (this.length <= 1) return HeldEvents.none;
    return this.first === this.#quick.first
      ? new HeldEvents(this.#quick.withoutFirst(), this.#slow)
      : new HeldEvents(this.#quick, this.#slow.withoutFirst());
  }

  with(event: DeviceEvent): HeldEvents {
    return this.#with({ releaseAt: releaseAtOf(event), event });
  }

  #with(item: HeldEvent): HeldEvents {
    return LATENESS_MS[item.event.channel] < MAX_LATENESS_MS
      ? new HeldEvents(this.#quick.with(item), this.#slow)
      : new HeldEvents(this.#quick, this.#slow.with(item));
  }

  toArray(): HeldEvent[] {
    if (this.#quick.length === 0) return this.#slow.toArray();
    return [...this.#quick.toArray(), ...this.#slow.toArray()].sort(compare);
  }

  [Symbol.iterator](): Iterator<HeldEvent> {
    return this.toArray()[Symbol.iterator]();
  }
}
