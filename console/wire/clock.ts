import { onScopeDispose, ref } from 'vue';
import type { Ref } from 'vue';
import { clockOffsetMs } from '../model/clock-offset.ts';

/** The console's one clock: the service's time, as near as responses tell, ticking each full second. */
export interface Clock {
  /** ms since the epoch, moves once a second: for what is painted. */
  tick: Ref<number>;
  /** ms since the epoch, exact: for what is measured. */
  now: () => number;
  /** Takes a response's `Date` header into account. */
  learn: (dateHeader: string | null, sentMs: number, receivedMs: number) => void;
  stop: () => void;
}

export function createClock(): Clock {
  let offsetMs = 0;
  const now = (): number => Date.now() + offsetMs;
  const tick = ref(now());
  let timer = 0;
  const beat = (): void => {
    tick.value = now();
    timer = window.setTimeout(beat, 1000 - (now() % 1000) + 5);
  };
  beat();
  // A hidden tab's timers slow down; the moment it is looked at it must not show an old time.
  const onShow = (): void => void (document.hidden || (tick.value = now()));
  document.addEventListener('visibilitychange', onShow);
  const stop = (): void => {
    window.clearTimeout(timer);
    document.removeEventListener('visibilitychange', onShow);
  };
  onScopeDispose(stop, true);
  return {
    tick,
    now,
    learn(dateHeader, sentMs, receivedMs) {
      offsetMs = clockOffsetMs(dateHeader, sentMs, receivedMs) ?? offsetMs;
    },
    stop,
  };
}
