import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import {
  type UnconfirmedNotice,
  unconfirmedNoticeSchema,
  type UnconfirmedPress,
} from '../../schemas/unconfirmed.ts';
import type { UnconfirmedSource } from '../ports.ts';

/** A process that tells no more is gone: what it had not acknowledged, its devices send to another. */
export const FORGOTTEN_AFTER_MS = 10_000;

interface Teller {
  notice: UnconfirmedNotice;
  cancel(): void;
}

/** Calls for help that wait to be stored, here and in all other processes that take messages. */
export class UnconfirmedEverywhere implements UnconfirmedSource {
  readonly #here: UnconfirmedSource | undefined;
  readonly #me: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #tellers = new Map<string, Teller>();
  readonly #listeners = new Set<() => void>();
  #unheard = false;

  /** `me`: as which this process tells of `here`; that is heard from `here` sooner. */
  constructor(deps: { here: UnconfirmedSource | undefined; me: string; clock: Clock; log: Log }) {
    this.#here = deps.here;
    this.#me = deps.me;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** What another process, or this one, has told. */
  hear(text: string): void {
    const notice = noticeOf(text);
    if (notice === undefined) {
      this.#log.warn({ size: text.length }, 'a notice of unconfirmed presses cannot be read');
      return;
    }
    const { from, no } = notice;
    if (from === this.#me) return;
    const known = this.#tellers.get(from);
    // The same over another way, or one that has been overtaken
    if (known !== undefined && known.notice.no >= no) return;
    known?.cancel();
    const cancel = this.#clock.setTimer(FORGOTTEN_AFTER_MS, () => {
      this.#tellers.delete(from);
      this.#tell();
    });
    this.#tellers.set(from, { notice, cancel });
    if (!sameAs(known?.notice, notice)) this.#tell();
  }

  /** One press may wait in two processes, the broker's and ingest's. The oldest first. */
  current(): readonly UnconfirmedPress[] {
    const all = new Map<string, UnconfirmedPress>();
    for (const items of [this.#here?.current() ?? [], ...this.#notices().map((notice) => notice.items)])
      for (const press of items) {
        const key = `${press.homeId}\n${press.deviceId}\n${press.receivedAt}`;
        const known = all.get(key);
        if (known === undefined || known.street === null) all.set(key, press);
      }
    return [...all.values()].toSorted((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1));
  }

  /** Told of as a number only. */
  more(): number {
    return Math.max(0, ...this.#notices().map((notice) => notice.more));
  }

  /** Whether presses may wait elsewhere of which this process hears nothing. */
  unheard(): boolean {
    return this.#unheard;
  }

  setUnheard(unheard: boolean): void {
    this.#unheard = unheard;
    this.#tell();
  }

  subscribe(listener: () => void): () => void {
    const unsubscribe = this.#here?.subscribe(listener);
    this.#listeners.add(listener);
    return () => {
      unsubscribe?.();
      this.#listeners.delete(listener);
    };
  }

  stop(): void {
    for (const { cancel } of this.#tellers.values()) cancel();
    this.#tellers.clear();
    this.#listeners.clear();
  }

  #notices(): UnconfirmedNotice[] {
    return [...this.#tellers.values()].map(({ notice }) => notice);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function noticeOf(text: string): UnconfirmedNotice | undefined {
  try {
    return unconfirmedNoticeSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const shownOf = (notice: UnconfirmedNotice | undefined): string =>
  JSON.stringify([notice?.items ?? [], notice?.more ?? 0]);
const sameAs = (a: UnconfirmedNotice | undefined, b: UnconfirmedNotice): boolean => shownOf(a) === shownOf(b);
