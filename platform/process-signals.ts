import type { Clock } from './clock.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Log } from './log.ts';

/** What of `process` is needed; tests give an `EventEmitter` and a recording `exit`. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  removeListener(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
}

/** Exit code of a process that was told twice: it left work undone. */
export const EXIT_IMPATIENT = 130;

/** Ctrl-C under `npm start` arrives twice: from the terminal and passed on by npm. So soon after the first it is the same one. */
const SAME_SIGNAL_MS = 200;

export interface SignalOptions {
  readonly source: SignalSource;
  readonly exit: (code: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * SIGTERM and SIGINT drain once, then exit: 0 if every part stopped in order, else 1. A second signal exits at once.
 * Returns a function that stops listening.
 */
export function drainOnSignals(
  lifecycle: Lifecycle,
  { source, exit, clock, log }: SignalOptions,
): () => void {
  let toldAt: number | undefined;
  const onSignal = (signal: string) => {
    if (toldAt === undefined) {
      toldAt = clock.now();
      lifecycle.stop(signal).then(
        ({ problems }) => exit(problems.length === 0 ? 0 : 1),
        () => exit(1),
      );
    } else if (clock.now() - toldAt >= SAME_SIGNAL_MS) {
      log.warn({ signal }, 'told twice: exiting at once');
      exit(EXIT_IMPATIENT);
    }
  };
  const onTerm = () => onSignal('SIGTERM');
  const onInt = () => onSignal('SIGINT');
  source.on('SIGTERM', onTerm);
  source.on('SIGINT', onInt);
  return () => {
    source.removeListener('SIGTERM', onTerm);
    source.removeListener('SIGINT', onInt);
  };
}
