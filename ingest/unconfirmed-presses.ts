import type { Clock } from '../platform/clock.ts';
import type { Queryable } from '../platform/database.ts';
import type { Log } from '../platform/log.ts';
import type { InboundMessage, Intake, Outcome } from '../schemas/inbound.ts';
import { toIso } from '../schemas/ids.ts';
import type { UnconfirmedPress } from '../schemas/unconfirmed.ts';
import { addressOf } from './decode/address.ts';

/** Longer than a commit takes in a burst; shorter than anybody's patience. */
export const UNCONFIRMED_AFTER_MS = 1_000;
/** Changes are told together, no more often than this. */
const TELL_EVERY_MS = 200;
/** Presses watched at a time; a device that repeats one counts once. */
const MOST_WATCHED = 10_000;
const STREETS_EVERY_MS = 60_000;

interface Watched {
  readonly press: Omit<UnconfirmedPress, 'street'>;
  /** The same press, sent again over another connection, waits for the same commit. */
  waiting: number;
  shown: boolean;
}

/**
 * Calls for help between their arrival and their commit. One that takes longer than `UNCONFIRMED_AFTER_MS` (the
 * database is away, frozen, full) is shown, so that a person can act on it; it is gone from here the moment it is
 * stored, and the alert has come by then or comes at once. Never touches the acceptance itself (I1).
 */
export class UnconfirmedPresses {
  readonly #db: Queryable;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #watched = new Map<string, Watched>();
  readonly #listeners = new Set<() => void>();
  #streets = new Map<string, string>();
  #telling = false;
  #cancelStreets: () => void = () => undefined;

  constructor(deps: { db: Queryable; clock: Clock; log: Log }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** Reads where homes are, while the database can still be asked; again each minute. */
  async start(): Promise<void> {
    try {
      const { rows } = await this.#db.query<{ id: string; street: string }>(
        'select id, street from homes where retired_at is null',
      );
      this.#streets = new Map(rows.map(({ id, street }) => [id, street]));
    } catch (error) {
      this.#log.debug({ err: error }, 'streets of homes not read; the last ones are used');
    }
    this.#cancelStreets = this.#clock.setTimer(STREETS_EVERY_MS, () => void this.start());
  }

  stop(): void {
    this.#cancelStreets();
    this.#listeners.clear();
  }

  /** The intake, with its calls for help watched. */
  watch(intake: Intake): Intake {
    return {
      accept: (message) => {
        const acceptance = intake.accept(message);
        if (message.topic.endsWith('/sos')) this.#watch(message, acceptance);
        return acceptance;
      },
      get saturated() {
        return intake.saturated;
      },
    };
  }

  /** The oldest first. */
  current(): UnconfirmedPress[] {
    return [...this.#watched.values()]
      .filter(({ shown }) => shown)
      .map(({ press }) => ({ ...press, street: this.#streets.get(press.homeId) ?? null }));
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #watch(message: InboundMessage, acceptance: Promise<Outcome>): void {
    const address = addressOf(message.topic);
    if (address === undefined) return;
    const key = `${message.topic}\n${Buffer.from(message.payload ?? []).toString('latin1')}`;
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      if (this.#watched.size >= MOST_WATCHED) return;
      const { homeId, deviceId } = address;
      watched = {
        press: { homeId, deviceId, receivedAt: toIso(message.receivedAt) },
        waiting: 0,
        shown: false,
      };
      this.#watched.set(key, watched);
    }
    const mine = watched;
    mine.waiting += 1;
    const cancel = this.#clock.setTimer(UNCONFIRMED_AFTER_MS, () => {
      if (mine.shown) return;
      mine.shown = true;
      this.#log.warn(mine.press, 'a press cannot be stored yet; it is shown as unconfirmed');
      this.#tell();
    });
    const over = (): void => {
      cancel();
      mine.waiting -= 1;
      if (mine.waiting > 0) return;
      this.#watched.delete(key);
      if (mine.shown) this.#tell();
    };
    acceptance.then(over, over);
  }

  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    this.#clock.setTimer(TELL_EVERY_MS, () => {
      this.#telling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
