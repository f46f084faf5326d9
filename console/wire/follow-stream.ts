import { backoffMs, SILENCE_MS } from '../model/backoff.ts';
import { FRESH, parseChunk } from '../model/event-stream.ts';
import type { StreamMessage } from '../model/live-state.ts';
import { BASE } from './api.ts';
import type { Clock } from './clock.ts';

export type LineStatus =
  | { kind: 'connecting' }
  | { kind: 'live'; reloaded: boolean }
  /** `sinceMs`: when we last heard anything; `retryAtMs` null: trying at this moment. */
  | { kind: 'lost'; sinceMs: number; retryAtMs: number | null }
  /** The session is over; `start` again after the next login. */
  | { kind: 'expired' };

export interface FollowPorts {
  signal: AbortSignal;
  clock: Clock;
  /** Reads the lists anew; false: could not. */
  load: (signal: AbortSignal) => Promise<boolean>;
  loaded: () => boolean;
  lastEventId: () => string | null;
  /** With our own canaries' alarms, which show that alarms arrive. */
  canaries: boolean;
  onMessages: (messages: StreamMessage[]) => void;
  onLine: (status: LineStatus) => void;
}

/**
 * Follows `GET /stream` for as long as the signal allows: connects, resumes after the last event seen, reconnects
 * with growing waits, reloads the lists where the service says `reset`. A line silent for longer than the service's
 * heartbeat allows counts as dead: a cable pulled out says nothing.
 */
export function followStream(ports: FollowPorts): { retryNow: () => void } {
  const { signal, clock } = ports;
  let wake: (() => void) | undefined;
  const nudge = (): void => wake?.();
  window.addEventListener('online', nudge);
  signal.addEventListener('abort', () => window.removeEventListener('online', nudge));

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        window.clearTimeout(timer);
        wake = undefined;
        resolve();
      };
      const timer = window.setTimeout(done, ms);
      wake = done;
      signal.addEventListener('abort', done, { once: true });
    });

  const run = async (): Promise<void> => {
    let attempt = 0;
    let lastHeardMs = clock.now();
    let reload = !ports.loaded();
    let everLive = false;
    let reloaded = false;
    while (!signal.aborted) {
      if (reload && (await ports.load(signal))) {
        reload = false;
        reloaded = everLive;
      }
      if (!reload) {
        const end = await once(ports, reloaded, (heardMs) => {
          lastHeardMs = heardMs;
          everLive = true;
          attempt = 0;
          reloaded = false;
        });
        if (signal.aborted) return;
        if (end === 'expired') return ports.onLine({ kind: 'expired' });
        if (end === 'reset') {
          reload = true;
          continue;
        }
      }
      if (signal.aborted) return;
      const waitMs = backoffMs(attempt, Math.random());
      attempt += 1;
      ports.onLine({ kind: 'lost', sinceMs: lastHeardMs, retryAtMs: clock.now() + waitMs });
      await pause(waitMs);
      if (!signal.aborted) ports.onLine({ kind: 'lost', sinceMs: lastHeardMs, retryAtMs: null });
    }
  };
  void run();
  return { retryNow: nudge };
}

/** One connection, from opening to end. */
async function once(
  ports: FollowPorts,
  reloaded: boolean,
  heard: (atMs: number) => void,
): Promise<'ended' | 'expired' | 'reset'> {
  const dead = new AbortController();
  let watchdog = window.setTimeout(() => dead.abort(), SILENCE_MS);
  const alive = (): void => {
    window.clearTimeout(watchdog);
    watchdog = window.setTimeout(() => dead.abort(), SILENCE_MS);
    heard(ports.clock.now());
  };
  try {
    const lastEventId = ports.lastEventId();
    const response = await fetch(`${BASE}/stream${ports.canaries ? '?synthetic=true' : ''}`, {
      headers: { accept: 'text/event-stream', ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.any([ports.signal, dead.signal]),
    });
    if (response.status === 401) return 'expired';
    if (!response.ok || !response.body) return 'ended';
    alive();
    ports.onLine({ kind: 'live', reloaded });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let parser = FRESH;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'ended';
      alive();
      const parsed = parseChunk(parser, value);
      parser = parsed.state;
      if (parsed.messages.some((m) => m.event === 'reset')) {
        dead.abort();
        return 'reset';
      }
      if (parsed.messages.length > 0) ports.onMessages(parsed.messages);
    }
  } catch {
    return 'ended';
  } finally {
    window.clearTimeout(watchdog);
  }
}
