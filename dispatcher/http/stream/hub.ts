import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import type { Metrics } from '../../../platform/metrics.ts';
import type { UnconfirmedPress } from '../../../schemas/unconfirmed.ts';
import type { Overdue } from '../../engine/auditor.ts';
import type { OpenPages } from '../../channels/page-channel.ts';
import type { OverdueSource, StreamSource, UnconfirmedSource } from '../../ports.ts';
import { type Scope, streetInScope } from '../scope.ts';
import { encodeEvent, noticeFrame, overdueFrame, unconfirmedFrame } from './frames.ts';
import {
  type Canaries,
  LISTENER_LIMITS,
  type ListenerLimits,
  type Sink,
  StreamListener,
} from './listener.ts';

/** Inclusive: a proxy that cuts idle connections after half a minute never sees one. */
export const BEAT_EVERY_MS = 15_000;

export interface StreamRequest {
  response: ServerResponse;
  /** Sent with the answer, such as the security headers. */
  headers: Readonly<Record<string, string | number | string[] | undefined>>;
  scope: Scope;
  after: number | undefined;
  canaries?: Canaries;
  /** Names the session, to end the stream with it. */
  sessionKey: string;
  /** Asked with every beat: the scope as it is now; undefined ends the stream. Rejects when it cannot be told. */
  recheck(): Promise<Scope | undefined>;
}

export interface HubOptions {
  source: StreamSource;
  unconfirmed?: UnconfirmedSource | undefined;
  overdue?: OverdueSource | undefined;
  pages?: OpenPages | undefined;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  limits?: ListenerLimits;
}

interface Open {
  listener: StreamListener;
  request: StreamRequest;
  rechecking: boolean;
}

/** All open streams of this process: one subscription, each event encoded once, a beat for all. */
export class StreamHub {
  readonly #source: StreamSource;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: ListenerLimits;
  readonly #open = new Set<Open>();
  readonly #dropped: { inc(labels: { reason: string }, by?: number): void };
  readonly #unconfirmed: UnconfirmedSource | undefined;
  readonly #overdue: OverdueSource | undefined;
  readonly #pages: OpenPages | undefined;
  readonly #unsubscribe: () => void;
  readonly #unsubscribeUnconfirmed: () => void;
  readonly #unsubscribeOverdue: () => void;
  #cancelBeat: () => void = () => undefined;
  #closed = false;

  constructor(options: HubOptions) {
    const { source, unconfirmed, overdue, pages, clock, log, metrics, limits = LISTENER_LIMITS } = options;
    this.#unconfirmed = unconfirmed;
    this.#overdue = overdue;
    this.#pages = pages;
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
    this.#limits = limits;
    metrics.gauge('yinling_stream_listeners', 'Open event streams', [], () => this.#open.size);
    this.#dropped = metrics.counter('yinling_stream_dropped_total', 'Event streams ended by us, by reason', [
      'reason',
    ]);
    for (const reason of ['slow', 'session', 'closing']) this.#dropped.inc({ reason }, 0);
    this.#unsubscribe = source.subscribe((event) => {
      const encoded = encodeEvent(event);
      for (const { listener } of this.#open) listener.offer(encoded);
    });
    this.#unsubscribeUnconfirmed =
      unconfirmed?.subscribe(() => {
        const presses = unconfirmed.current();
        for (const open of this.#open) showUnconfirmed(open.listener, presses, unconfirmed);
      }) ?? (() => undefined);
    this.#unsubscribeOverdue =
      overdue?.subscribe(() => {
        const items = overdue.current();
        for (const open of this.#open) showOverdue(open.listener, items);
      }) ?? (() => undefined);
    this.#beatLater();
  }

  get size(): number {
    return this.#open.size;
  }

  /** Takes over the response. Rejects, with nothing written, if it cannot be told where the stream begins. */
  async open(request: StreamRequest): Promise<void> {
    const { response } = request;
    const sink = sinkOf(response, () => this.#dropped.inc({ reason: 'slow' }));
    const listener = new StreamListener(sink, this.#source, request.scope, {
      ...this.#limits,
      canaries: request.canaries ?? 'none',
    });
    const open = { listener, request, rechecking: false };
    let closePage = (): void => undefined;
    const forget = (): void => {
      closePage();
      listener.close();
      this.#open.delete(open);
    };
    this.#open.add(open);
    response.once('close', forget);
    response.on('error', forget);
    try {
      await listener.start(request.after, () => writeHead(response, request.headers));
      const { caregiverId, reach } = request.scope;
      if (caregiverId !== null && reach !== 'all' && this.#open.has(open))
        closePage =
          this.#pages?.open(caregiverId, (notice) => listener.aside(noticeFrame(notice))) ?? closePage;
      const source = this.#unconfirmed;
      const presses = source?.current() ?? [];
      if (source !== undefined && (presses.length > 0 || source.unheard?.() === true))
        showUnconfirmed(listener, presses, source);
      const overdue = this.#overdue?.current() ?? [];
      if (overdue.length > 0) showOverdue(listener, overdue);
    } catch (error) {
      forget();
      if (!response.headersSent) throw error;
      this.#log.warn({ err: error }, 'stream broke off while catching up');
      response.destroy();
    }
    if (this.#closed) this.#end(open, 'closing');
  }

  /** Ends the streams of a session that is no more. */
  endSession(sessionKey: string): void {
    for (const open of this.#open) if (open.request.sessionKey === sessionKey) this.#end(open, 'session');
  }

  close(): void {
    this.#closed = true;
    this.#cancelBeat();
    this.#unsubscribe();
    this.#unsubscribeUnconfirmed();
    this.#unsubscribeOverdue();
    for (const open of this.#open) this.#end(open, 'closing');
  }

  #beatLater(): void {
    this.#cancelBeat = this.#clock.setTimer(BEAT_EVERY_MS, () => {
      for (const open of this.#open) {
        open.listener.beat();
        if (!open.rechecking) void this.#recheck(open);
      }
      if (!this.#closed) this.#beatLater();
    });
  }

  async #recheck(open: Open): Promise<void> {
    open.rechecking = true;
    try {
      const scope = await open.request.recheck();
      if (scope === undefined) this.#end(open, 'session');
      else open.listener.scope = scope;
    } catch (error) {
      // The database is away: nobody is sent home for that.
      this.#log.debug({ err: error }, 'session of a stream not checked');
    } finally {
      open.rechecking = false;
    }
  }

  #end(open: Open, reason: string): void {
    if (!this.#open.delete(open)) return;
    this.#dropped.inc({ reason });
    open.listener.close();
    open.request.response.end();
  }
}

/** Presses listed in one event; the rest is a number. */
const MOST_SHOWN = 200;

/** For whoever works at a desk. A home whose street is not known is shown to all of them: better twice than never. */
function showUnconfirmed(
  listener: StreamListener,
  presses: readonly UnconfirmedPress[],
  source: UnconfirmedSource,
): void {
  const { scope } = listener;
  if (scope.reach !== 'all') return;
  const mine = presses.filter(({ street }) => street === null || streetInScope(scope, street));
  listener.aside(
    unconfirmedFrame({
      items: mine.slice(0, MOST_SHOWN),
      more: (source.more?.() ?? 0) + Math.max(0, mine.length - MOST_SHOWN),
      ...(source.unheard?.() === true && { unheard: true }),
    }),
  );
}

/** For whoever works at a desk: the engine does not keep its promises, and a person must look. */
function showOverdue(listener: StreamListener, items: readonly Overdue[]): void {
  const { scope } = listener;
  if (scope.reach !== 'all') return;
  listener.aside(
    overdueFrame({ items: items.filter(({ street }) => street === null || streetInScope(scope, street)) }),
  );
}

function writeHead(response: ServerResponse, headers: StreamRequest['headers']): void {
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    // Nothing follows a stream on its connection: with its end, that is over too.
    connection: 'close',
  });
  response.flushHeaders();
}

function sinkOf(response: ServerResponse, onDestroy: () => void): Sink {
  response.socket?.setKeepAlive(true, 30_000);
  response.socket?.setTimeout(0);
  return {
    write: (chunk) => void response.write(chunk),
    get bufferedBytes() {
      return response.writableLength;
    },
    drained: () =>
      new Promise((resolve) => {
        if (!response.writableNeedDrain || response.destroyed) return resolve();
        const done = (): void => {
          response.off('drain', done);
          response.off('close', done);
          resolve();
        };
        response.on('drain', done);
        response.on('close', done);
      }),
    destroy() {
      onDestroy();
      response.destroy();
    },
  };
}
