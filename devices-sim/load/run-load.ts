import type { Clock } from '../../platform/clock.ts';
import { inParallel } from '../api/pool.ts';
import { clockReading, type FaultRates, type Mishap, mishapOf } from '../fleet/faults.ts';
import { Histogram, type HistogramData } from '../measure/histogram.ts';
import { type Random, randomOf } from '../random.ts';
import { sleep, waitUntil } from '../sleep.ts';
import type { LoadTarget } from './load-client.ts';
import { arrivals, FLAT, type Shape } from './schedule.ts';
import { Series, type SeriesData } from './series.ts';
import { type LoadMessage, Talker } from './talker.ts';
import { type LoadHome, ordinaryOf, pressOf } from './traffic.ts';

/** Plain data: it travels to worker processes. */
export interface LoadSpec extends LoadTarget {
  homes: readonly LoadHome[];
  /** Mean messages a second, open loop; `'max'`: closed loop, each client keeps `window` messages under way. */
  ratePerS: number | 'max';
  /** Presses a second among them, besides. */
  pressesPerS: number;
  /** Most unacknowledged messages a client; what is due beyond it waits, and its latency runs. */
  window: number;
  /** Most messages that a client keeps beyond its window; what comes then is dropped. Absent: it keeps all. */
  mostHeld?: number;
  warmUpMs: number;
  durationMs: number;
  seed: string;
  runId: string;
  /** Absent: flat, without bursts. Begins with the measured time. */
  shape?: Shape;
  faults?: FaultRates;
}

export interface LoadResult {
  clients: number;
  connectFailures: number;
  connectMs: HistogramData;
  connectedInMs: number;
  /** Connections made again after a cut, and how long each took. */
  reconnectMs: HistogramData;
  /** All messages, warm-up too; each once, however often it was sent. */
  sent: number;
  acknowledged: number;
  /** Sent by faulty devices besides, though acknowledged already. */
  repeats: number;
  /** Telemetry that clients had no room for; not among what was sent. */
  dropped: number;
  /** Within the measured time, warm-up apart. */
  measuredS: number;
  measuredAcks: number;
  /** From when a message was due until it was written: the generator's own lateness, and waiting for the window. */
  heldMs: HistogramData;
  ackMs: HistogramData;
  pressAckMs: HistogramData;
  /** When each press was due. */
  presses: { messageId: string; homeId: string; dueAt: number }[];
  /** Ids sent but never acknowledged. */
  unacknowledged: string[];
  /** Why connections ended that we did not end, and how many. */
  closed: Record<string, number>;
  series: SeriesData;
  /** How much the process grew by a connection. */
  rssPerClientBytes: number;
}

export interface Progress {
  sent: number;
  acknowledged: number;
  waiting: number;
  p99Ms: number;
}

const CONNECTING_AT_ONCE = 200;
const TICK_MS = 2;
const DRAIN_MS = 15_000;
const KEEP_ALIVE_EVERY_MS = 5_000;
/** A cable that is pulled and put back. */
const CUT_MS = [200, 1_500] as const;

/**
 * Open-loop load: arrivals follow the clock, whatever the server does, and latency counts from when a message was due, so
 * that a server that stalls cannot hide it (no coordinated omission).
 */
export async function runLoad(
  spec: LoadSpec,
  clock: Clock,
  onProgress: (progress: Progress) => void = () => {},
  signal?: AbortSignal,
  /** Called when all clients stand; the load begins when it resolves. */
  onConnected: () => Promise<void> = () => Promise.resolve(),
): Promise<LoadResult> {
  const state = new Load(spec, clock);
  try {
    await state.connect();
    await onConnected();
    const timer = setInterval(() => onProgress(state.progress()), 1000);
    try {
      await state.run(signal);
    } finally {
      clearInterval(timer);
    }
    return state.result();
  } finally {
    state.end();
  }
}

class Load {
  readonly #spec: LoadSpec;
  readonly #shape: Shape;
  readonly #clock: Clock;
  readonly #talkers: Talker[] = [];
  readonly #connectMs = new Histogram();
  readonly #reconnectMs = new Histogram();
  readonly #heldMs = new Histogram();
  readonly #ackMs = new Histogram();
  readonly #pressAckMs = new Histogram();
  readonly #presses: LoadMessage[] = [];
  readonly #homeOf = new Map<string, string>();
  readonly #closed: Record<string, number> = {};
  readonly #series: Series;
  readonly #mishaps: Random;
  readonly #timers = new Set<() => void>();
  #recent = new Histogram();
  #connectFailures = 0;
  #connectedInMs = 0;
  #rssPerClientBytes = 0;
  #sent = 0;
  #acknowledged = 0;
  #repeats = 0;
  #dropped = 0;
  #measuredAcks = 0;
  #measureFrom = Infinity;
  #measureTo = Infinity;
  #running = true;

  constructor(spec: LoadSpec, clock: Clock) {
    this.#spec = spec;
    this.#shape = spec.shape ?? FLAT;
    this.#clock = clock;
    this.#series = new Series(spec.durationMs);
    this.#mishaps = randomOf(`${spec.seed}/mishaps`);
  }

  async connect(): Promise<void> {
    const startedAt = this.#clock.now();
    const rssBefore = process.memoryUsage.rss();
    await inParallel(this.#spec.homes, CONNECTING_AT_ONCE, (home) => this.#open(home));
    this.#connectedInMs = this.#clock.now() - startedAt;
    if (this.#talkers.length === 0)
      throw new Error(`no client could connect: ${Object.keys(this.#closed).join('; ')}`);
    this.#rssPerClientBytes = Math.max(0, process.memoryUsage.rss() - rssBefore) / this.#talkers.length;
  }

  async run(signal?: AbortSignal): Promise<void> {
    const { durationMs, warmUpMs, ratePerS } = this.#spec;
    this.#measureFrom = this.#clock.now() + warmUpMs;
    this.#measureTo = this.#measureFrom + durationMs;
    const keepAlive = setInterval(() => {
      for (const talker of this.#talkers) talker.keepAlive(this.#clock.now());
    }, KEEP_ALIVE_EVERY_MS);
    this.#planCuts();
    try {
      const presses = this.#arrive('presses', this.#spec.pressesPerS, signal);
      if (ratePerS === 'max') this.#fillWindows();
      else await this.#arrive('telemetry', ratePerS, signal);
      if (ratePerS === 'max') await sleep(this.#clock, this.#measureTo - this.#clock.now(), signal);
      await presses;
      this.#running = false;
      await this.#drain(signal);
    } finally {
      clearInterval(keepAlive);
      for (const cancel of this.#timers) cancel();
    }
  }

  end(): void {
    for (const talker of this.#talkers) talker.end();
  }

  progress(): Progress {
    const p99Ms = this.#recent.quantileMs(0.99);
    this.#recent = new Histogram();
    return { sent: this.#sent, acknowledged: this.#acknowledged, waiting: this.#waiting(), p99Ms };
  }

  result(): LoadResult {
    const unacknowledged = this.#talkers.flatMap((talker) => talker.unacknowledged());
    return {
      clients: this.#talkers.length,
      connectFailures: this.#connectFailures,
      connectMs: this.#connectMs.data(),
      connectedInMs: this.#connectedInMs,
      reconnectMs: this.#reconnectMs.data(),
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      repeats: this.#repeats,
      dropped: this.#dropped,
      measuredS: this.#spec.durationMs / 1000,
      measuredAcks: this.#measuredAcks,
      heldMs: this.#heldMs.data(),
      ackMs: this.#ackMs.data(),
      pressAckMs: this.#pressAckMs.data(),
      presses: this.#presses.map(({ messageId, dueAt }) => ({
        messageId,
        homeId: this.#homeOf.get(messageId) ?? '',
        dueAt,
      })),
      unacknowledged: unacknowledged.filter(({ repeat }) => !repeat).map(({ messageId }) => messageId),
      closed: this.#closed,
      series: this.#series.data(),
      rssPerClientBytes: Math.round(this.#rssPerClientBytes),
    };
  }

  async #open(home: LoadHome): Promise<void> {
    const { host, port, localAddress, window } = this.#spec;
    const target = localAddress === undefined ? { host, port } : { host, port, localAddress };
    const startedAt = this.#clock.now();
    const talker = new Talker(
      home,
      { target, window, mostHeld: this.#spec.mostHeld, clock: this.#clock },
      {
        sent: (message, now) => this.#onSent(message, now),
        acknowledged: (by, message) => this.#onAck(by, message),
        closed: (reason) => this.#countClosed(reason),
        reconnected: (tookMs) => this.#reconnectMs.record(tookMs),
      },
    );
    try {
      await talker.open();
      this.#talkers.push(talker);
      this.#connectMs.record(this.#clock.now() - startedAt);
    } catch (error) {
      this.#connectFailures += 1;
      this.#countClosed(error instanceof Error ? error.message.replace(/^.*?: /, '') : String(error));
    }
  }

  #countClosed(reason: string): void {
    this.#closed[reason] = (this.#closed[reason] ?? 0) + 1;
  }

  /** Makes due what the schedule says, until the measured time is over. Presses begin when measuring does, so that each counts. */
  async #arrive(what: 'telemetry' | 'presses', perS: number, signal?: AbortSignal): Promise<void> {
    const press = what === 'presses';
    const random = randomOf(`${this.#spec.seed}/${what}`);
    const { warmUpMs, durationMs } = this.#spec;
    const times = arrivals(random.fork('when'), this.#shape, what, perS, [press ? 0 : -warmUpMs, durationMs]);
    const aborted = (): boolean => signal?.aborted === true;
    for (const atMs of times) {
      const dueAt = this.#measureFrom + atMs;
      for (
        let leftMs = dueAt - this.#clock.now();
        leftMs > 0 && !aborted();
        leftMs = dueAt - this.#clock.now()
      )
        await sleep(this.#clock, Math.max(TICK_MS, Math.min(leftMs, 1000)), signal);
      if (aborted()) return;
      const talker = this.#talkers[random.int(0, this.#talkers.length - 1)];
      if (talker !== undefined) this.#due(talker, dueAt, press, this.#clock.now());
    }
    await sleep(this.#clock, this.#measureTo - this.#clock.now(), signal);
  }

  #due(talker: Talker, dueAt: number, press: boolean, now: number): void {
    const { faults } = this.#spec;
    const mishap = faults === undefined ? undefined : mishapOf(this.#mishaps, faults, press);
    const message = this.#messageOf(talker, dueAt, press, mishap);
    this.#series.due(dueAt - this.#measureFrom, press);
    if (press) {
      this.#presses.push(message);
      this.#homeOf.set(message.messageId, talker.home.homeId);
    }
    if (mishap === undefined && !talker.due(message, now)) {
      this.#dropped += 1;
      return;
    }
    this.#sent += 1;
    if (mishap !== undefined) this.#suffer(talker, message, mishap, now);
  }

  #messageOf(talker: Talker, dueAt: number, press: boolean, mishap?: Mishap): LoadMessage {
    const number = ++talker.count;
    const { topic, tail } = (press ? pressOf(talker.home) : undefined) ?? ordinaryOf(talker.home, number);
    const messageId = `${this.#spec.runId}-${talker.home.clientId}-${number}`;
    const ts = clockReading(dueAt - (mishap?.agedMs ?? 0), mishap?.clock ?? 'right');
    const head = ts === undefined ? `{"id":"${messageId}"` : `{"id":"${messageId}","ts":${ts}`;
    return { messageId, dueAt, press, topic, payload: `${head}${tail}`, repeat: false };
  }

  /** What a faulty device or network makes of a message. Held back by the device, it is due when that lets it go. */
  #suffer(talker: Talker, message: LoadMessage, mishap: Mishap, now: number): void {
    const send = (at: number): void => {
      talker.due(message, at);
      if (mishap.cut) talker.cut(this.#mishaps.int(...CUT_MS));
    };
    if (mishap.holdMs === 0) send(now);
    else
      this.#after(mishap.holdMs, () => {
        message.dueAt += mishap.holdMs;
        send(this.#clock.now());
      });
    let afterMs = mishap.holdMs;
    for (const more of mishap.repeatAfterMs) {
      afterMs += more;
      this.#after(afterMs, () => {
        this.#repeats += 1;
        talker.due({ ...message, press: false, repeat: true }, this.#clock.now());
      });
    }
  }

  #after(delayMs: number, then: () => void): void {
    const cancel = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(cancel);
      then();
    });
    this.#timers.add(cancel);
  }

  /** Whole homes lose their power, or everybody's connection breaks: each process sees to its own share. */
  #planCuts(): void {
    const random = randomOf(`${this.#spec.seed}/cuts`);
    for (const { kind, atMs, forMs, amount } of this.#shape.bursts) {
      if (kind === 'heat-wave') continue;
      const struck = random.some(this.#talkers, Math.round(this.#talkers.length * amount));
      this.#after(this.#spec.warmUpMs + atMs, () => {
        // Power comes back for all at once; broken connections are made again as each device gets to it.
        for (const talker of struck) talker.cut(kind === 'power-cut' ? forMs : random.between(0, forMs));
      });
    }
  }

  #onSent(message: LoadMessage, now: number): void {
    if (message.dueAt >= this.#measureFrom && !message.repeat) this.#heldMs.record(now - message.dueAt);
  }

  #onAck(talker: Talker, message: LoadMessage): void {
    const now = this.#clock.now();
    if (!message.repeat) {
      this.#acknowledged += 1;
      const latencyMs = now - message.dueAt;
      if (now >= this.#measureFrom && now < this.#measureTo) this.#measuredAcks += 1;
      if (message.dueAt >= this.#measureFrom && message.dueAt < this.#measureTo) {
        (message.press ? this.#pressAckMs : this.#ackMs).record(latencyMs);
        this.#recent.record(latencyMs);
      }
      this.#series.acknowledged(message.dueAt - this.#measureFrom, now - this.#measureFrom);
    }
    if (this.#spec.ratePerS === 'max' && this.#running && !message.press) this.#due(talker, now, false, now);
  }

  #fillWindows(): void {
    for (const talker of this.#talkers)
      for (let i = 0; i < this.#spec.window; i++) {
        const now = this.#clock.now();
        this.#due(talker, now, false, now);
      }
  }

  #waiting(): number {
    return this.#talkers.reduce((sum, talker) => sum + talker.waiting, 0);
  }

  async #drain(signal?: AbortSignal): Promise<void> {
    const calm = (): boolean => this.#timers.size === 0 && this.#waiting() === 0;
    await waitUntil(this.#clock, calm, DRAIN_MS, signal);
  }
}
