import type { Broadcast } from '../platform/broadcast.ts';
import type { Clock } from '../platform/clock.ts';
import type { UnconfirmedNotice, UnconfirmedPress } from '../schemas/unconfirmed.ts';

/** While some wait: whoever listens only now, or has missed it, hears it soon. */
export const TELL_AGAIN_MS = 2_000;

/** More than any screen shows. */
const MOST_LISTED = 1_000;

export interface UnconfirmedTelling {
  stop(): void;
}

/**
 * Tells the processes with consoles which calls for help wait here to be stored, each way there is: one that goes
 * through what is away does not keep the others from being heard.
 */
export function tellUnconfirmed(deps: {
  source: { current(): UnconfirmedPress[]; subscribe(listener: () => void): () => void };
  ways: readonly Broadcast[];
  from: string;
  clock: Clock;
}): UnconfirmedTelling {
  const { source, ways, from, clock } = deps;
  let no = 0;
  let told = false;
  let cancel = (): void => undefined;
  const tell = (all: readonly UnconfirmedPress[]): void => {
    cancel();
    no += 1;
    for (const way of ways) way.say(noticeText({ from, no }, all, way.mostBytes));
    // What is empty is said twice: a notice may be lost
    if (all.length > 0 || told) cancel = clock.setTimer(TELL_AGAIN_MS, () => tell(source.current()));
    told = all.length > 0;
  };
  const unsubscribe = source.subscribe(() => tell(source.current()));
  return {
    stop() {
      unsubscribe();
      if (told) tell([]);
      cancel();
      for (const way of ways) way.close();
    },
  };
}

/** The oldest, as many as fit; the rest is a number. */
export function noticeText(
  head: Pick<UnconfirmedNotice, 'from' | 'no'>,
  all: readonly UnconfirmedPress[],
  mostBytes: number,
): string {
  const textOf = (count: number): string =>
    JSON.stringify({ ...head, items: all.slice(0, count), more: all.length - count });
  let most = Math.min(all.length, MOST_LISTED);
  let text = textOf(most);
  while (most > 0 && Buffer.byteLength(text) > mostBytes) {
    most = Math.min(most - 1, Math.floor((most * mostBytes) / Buffer.byteLength(text)));
    text = textOf(most);
  }
  return text;
}
