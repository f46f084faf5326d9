import { shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import type { Alert, Order, Page } from '../model/api-types.ts';
import { EMPTY, evolve } from '../model/live-state.ts';
import type { LiveEvent, LiveState, StreamMessage } from '../model/live-state.ts';
import type { Answer, Api } from './api.ts';
import type { Clock } from './clock.ts';
import { followStream } from './follow-stream.ts';
import type { LineStatus } from './follow-stream.ts';

/** The live picture: loads the lists, follows the stream from where they stood, and folds both into one state. */
export interface Live {
  state: ShallowRef<LiveState>;
  line: ShallowRef<LineStatus>;
  apply: (event: LiveEvent) => void;
  /** Called after every change with the state before and after; for sound, titles and announcements. */
  onChange: (listener: (before: LiveState, after: LiveState) => void) => void;
  start: () => void;
  stop: () => void;
  retryNow: () => void;
}

/** Which lists a page lives from. More than so many pages are no queue any more; the rest arrives as it changes. */
export interface Lists {
  alerts: Readonly<Record<string, string>> | null;
  /** Each read in full; what several of them hold is the same order. */
  orders: readonly Readonly<Record<string, string>>[];
  /** Finished orders are wanted from so long ago on, since their alarms may still wait to be resolved; 0: not apart. */
  finishedMs: number;
  maxPages: number;
  /** Whether our own canaries are heard. */
  canaries: boolean;
}
export const DESK_LISTS: Lists = {
  alerts: { state: 'pending,open,acknowledged' },
  orders: [{ state: 'requested,offered,accepted,en_route,on_scene' }],
  finishedMs: 24 * 3_600_000,
  maxPages: 5,
  canaries: true,
};
/** A caregiver is shown her own orders only, finished ones among them. */
export const CARER_LISTS: Lists = { alerts: null, orders: [{}], finishedMs: 0, maxPages: 1, canaries: false };
const PAGE = 1000;
/** A burst is painted once a frame, not once a message; the first of it at once. */
const FRAME_MS = 16;

export function createLive(api: Api, clock: Clock, lists: Lists): Live {
  const state = shallowRef<LiveState>(EMPTY);
  const line = shallowRef<LineStatus>({ kind: 'connecting' });
  const listeners: ((before: LiveState, after: LiveState) => void)[] = [];
  let abort: AbortController | undefined;
  let retry: (() => void) | undefined;
  let waiting: StreamMessage[] = [];
  let lastFlushMs = 0;
  let timer = 0;

  const apply = (event: LiveEvent): void => {
    const before = state.value;
    const after = evolve(before, event);
    if (after === before) return;
    state.value = after;
    for (const listener of listeners) listener(before, after);
  };
  const flush = (): void => {
    window.clearTimeout(timer);
    timer = 0;
    lastFlushMs = performance.now();
    const messages = waiting;
    waiting = [];
    if (messages.length > 0) apply({ type: 'stream', messages, atMs: clock.now() });
  };
  const take = (messages: StreamMessage[]): void => {
    waiting.push(...messages);
    if (performance.now() - lastFlushMs >= FRAME_MS) flush();
    else timer ||= window.setTimeout(flush, FRAME_MS);
  };

  const load = async (signal: AbortSignal): Promise<boolean> => {
    const from = new Date(clock.now() - lists.finishedMs).toISOString();
    const wanted = [...lists.orders, ...(lists.finishedMs > 0 ? [{ state: 'completed', from }] : [])];
    const [alerts, ...orders] = await Promise.all([
      lists.alerts === null
        ? NOTHING
        : readAll<Alert>(
            (page) => api.call('GET /alerts', { query: { ...lists.alerts, ...page } }, signal),
            lists.maxPages,
          ),
      ...wanted.map((query) =>
        readAll<Order>(
          (page) => api.call('GET /orders', { query: { ...query, ...page } }, signal),
          lists.maxPages,
        ),
      ),
    ]);
    const read = orders.filter((o) => o !== undefined);
    if (!alerts || read.length < orders.length) return false;
    apply({
      type: 'loaded',
      alerts: alerts.items,
      orders: read.flatMap((o) => o.items),
      streamId: [alerts, ...read]
        .map((l) => l.streamId)
        .filter((id) => id !== '')
        .reduce((a, b) => (a === '' ? b : earlier(a, b)), ''),
      complete: alerts.complete,
    });
    return true;
  };

  return {
    state,
    line,
    apply,
    onChange: (listener) => void listeners.push(listener),
    retryNow: () => retry?.(),
    stop() {
      abort?.abort();
      abort = undefined;
      waiting = [];
    },
    start() {
      abort?.abort();
      abort = new AbortController();
      const following = followStream({
        signal: abort.signal,
        clock,
        load,
        loaded: () => state.value.loaded,
        lastEventId: () => state.value.lastEventId,
        canaries: lists.canaries,
        onMessages: take,
        onLine(status) {
          flush();
          if (status.kind === 'lost') apply({ type: 'lost', atMs: status.sinceMs });
          if (status.kind === 'live') apply({ type: 'back', atMs: clock.now(), reloaded: status.reloaded });
          line.value = status;
        },
      });
      retry = following.retryNow;
    },
  };
}

interface Whole<T> {
  items: T[];
  streamId: string;
  complete: boolean;
}
const NOTHING: Whole<Alert> = { items: [], streamId: '', complete: true };
async function readAll<T>(
  ask: (page: { limit: number; cursor?: string }) => Promise<Answer<Page<T>>>,
  maxPages: number,
): Promise<Whole<T> | undefined> {
  const items: T[] = [];
  let cursor: string | undefined;
  let streamId: string | undefined;
  for (let i = 0; i < maxPages; i += 1) {
    const answer = await ask({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    if (!answer.ok) return undefined;
    items.push(...answer.value.items);
    // The first page's: whatever changes while later pages are read comes again by the stream.
    streamId ??= String(answer.value.streamId ?? '');
    if (answer.value.nextCursor === null) return { items, streamId, complete: true };
    cursor = answer.value.nextCursor;
  }
  return { items, streamId: streamId ?? '', complete: false };
}

/** The lists are read side by side; the stream must go on from the earlier of their two heads. */
function earlier(a: string, b: string): string {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return a;
  return BigInt(a) < BigInt(b) ? a : b;
}
