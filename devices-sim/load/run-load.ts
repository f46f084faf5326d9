import type { Clock } from '../../platform/clock.ts';
import { inParallel } from '../api/pool.ts';
import { Histogram, type HistogramData } from '../measure/histogram.ts';
import { randomOf } from '../random.ts';
import { sleep, waitUntil } from '../sleep.ts';
import { LoadClient } from './load-client.ts';
import { type LoadHome, type Template, templatesOf } from './traffic.ts';

/** Plain data: it travels to worker processes. */
export interface LoadSpec {
  host: string;
  port: number;
  homes: readonly LoadHome[];
  /** Messages a second, open loop; `'max'`: closed loop, each client keeps `window` messages under way. */
  ratePerS: number | 'max';
  /** Presses a second among them, besides. */
  pressesPerS: number;
  /** Most unacknowledged messages a client; what is due beyond it waits, and its latency runs. */
  window: number;
  warmUpMs: number;
  durationMs: number;
  seed: string;
  runId: string;
}

export interface LoadResult {
  clients: number;
  connectFailures: number;
  connectMs: HistogramData;
  connectedInMs: number;
  /** All messages, warm-up too. */
  sent: number;
  acknowledged: number;
  /** Within the measured time, warm-up apart. */
  measuredS: number;
  measuredAcks: number;
  ackMs: HistogramData;
  pressAckMs: HistogramData;
  /** When each press was due. */
  presses: { messageId: string; homeId: string; dueAt: number }[];
  /** Ids sent but never acknowledged. */
  unacknowledged: string[];
  /** Highest number given to a message of each home: ids are `runId-index-number`. */
  closed: Record<string, number>;
  rssBytes: number;
}

export interface Progress {
  sent: number;
  acknowledged: number;
  waiting: number;
  p99Ms: number;
}

interface Talker {
  client: LoadClient;
  home: LoadHome;
  ordinary: [Template, ...Template[]];
  press: Template | undefined;
  count: number;
  /** Due messages that the window holds back. */
  backlog: { dueAt: number; press: boolean }[];
  dead: boolean;
}

const CONNECTING_AT_ONCE = 200;
const TICK_MS = 2;
const DRAIN_MS = 15_000;

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
  await state.connect();
  await onConnected();
  const timer = setInterval(() => onProgress(state.progress()), 1000);
  try {
    await state.run(signal);
  } finally {
    clearInterval(timer);
    state.end();
  }
  return state.result();
}

class Load {
  readonly #spec: LoadSpec;
  readonly #clock: Clock;
  readonly #talkers: Talker[] = [];
  readonly #connectMs = new Histogram();
  readonly #ackMs = new Histogram();
  readonly #pressAckMs = new Histogram();
  readonly #presses: LoadResult['presses'] = [];
  readonly #closed: Record<string, number> = {};
  #recent = new Histogram();
  #connectFailures = 0;
  #connectedInMs = 0;
  #sent = 0;
  #acknowledged = 0;
  #measuredAcks = 0;
  #measureFrom = Infinity;
  #measureTo = Infinity;
  #running = true;

  constructor(spec: LoadSpec, clock: Clock) {
    this.#spec = spec;
    this.#clock = clock;
  }

  async connect(): Promise<void> {
    const startedAt = this.#clock.now();
    await inParallel(this.#spec.homes, CONNECTING_AT_ONCE, (home) => this.#open(home));
    this.#connectedInMs = this.#clock.now() - startedAt;
    if (this.#talkers.length === 0)
      throw new Error(`no client could connect: ${Object.keys(this.#closed).join('; ')}`);
  }

  async run(signal?: AbortSignal): Promise<void> {
    const { durationMs, warmUpMs, ratePerS } = this.#spec;
    this.#measureFrom = this.#clock.now() + warmUpMs;
    this.#measureTo = this.#measureFrom + durationMs;
    const keepAlive = setInterval(() => {
      for (const { client } of this.#talkers) client.keepAlive(this.#clock.now());
    }, 5_000);
    try {
      const presses = this.#arrivals(this.#spec.pressesPerS, true, signal);
      if (ratePerS === 'max') this.#fillWindows();
      else await this.#arrivals(ratePerS, false, signal);
      if (ratePerS === 'max') await sleep(this.#clock, this.#measureTo - this.#clock.now(), signal);
      await presses;
      this.#running = false;
      await this.#drain(signal);
    } finally {
      clearInterval(keepAlive);
    }
  }

  end(): void {
    for (const talker of this.#talkers) talker.client.end();
  }

  progress(): Progress {
    const p99Ms = this.#recent.quantileMs(0.99);
    this.#recent = new Histogram();
    return { sent: this.#sent, acknowledged: this.#acknowledged, waiting: this.#waiting(), p99Ms };
  }

  result(): LoadResult {
    return {
      clients: this.#talkers.length,
      connectFailures: this.#connectFailures,
      connectMs: this.#connectMs.data(),
      connectedInMs: this.#connectedInMs,
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      measuredS: this.#spec.durationMs / 1000,
      measuredAcks: this.#measuredAcks,
      ackMs: this.#ackMs.data(),
      pressAckMs: this.#pressAckMs.data(),
      presses: this.#presses,
      unacknowledged: this.#talkers.flatMap(({ client }) => client.unacknowledged().map((m) => m.messageId)),
      closed: this.#closed,
      rssBytes: process.memoryUsage.rss(),
    };
  }

  async #open(home: LoadHome): Promise<void> {
    const startedAt = this.#clock.now();
    let talker: Talker | undefined;
    try {
      const client = await LoadClient.open(
        this.#spec,
        { clientId: home.clientId, username: home.username, password: home.password },
        {
          acknowledged: (message) => this.#onAck(talker, message),
          closed: (reason) => {
            if (talker) talker.dead = true;
            this.#closed[reason] = (this.#closed[reason] ?? 0) + 1;
          },
        },
      );
      talker = { client, home, ...templatesOf(home), count: 0, backlog: [], dead: false };
      this.#talkers.push(talker);
      this.#connectMs.record(this.#clock.now() - startedAt);
    } catch {
      this.#connectFailures += 1;
    }
  }

  /** Poisson arrivals until the measured time is over. */
  async #arrivals(ratePerS: number, press: boolean, signal?: AbortSignal): Promise<void> {
    if (ratePerS <= 0) return;
    const random = randomOf(`${this.#spec.seed}/${press ? 'presses' : 'ordinary'}`);
    const meanMs = 1000 / ratePerS;
    // Presses begin when measuring does, so that each of them counts.
    let dueAt = press ? this.#measureFrom : this.#clock.now();
    for (;;) {
      const now = this.#clock.now();
      while (dueAt <= now && dueAt < this.#measureTo) {
        const talker = this.#talkers[random.int(0, this.#talkers.length - 1)];
        if (talker !== undefined) this.#due(talker, dueAt, press, now);
        dueAt += random.exponential(meanMs);
      }
      if (dueAt >= this.#measureTo || signal?.aborted === true) return;
      await sleep(this.#clock, Math.max(TICK_MS, Math.min(dueAt - now, 1000)), signal);
    }
  }

  #due(talker: Talker, dueAt: number, press: boolean, now: number): void {
    if (talker.dead) return;
    // A press does not queue behind telemetry: the device sends it at once.
    if (!press && talker.client.waiting >= this.#spec.window) talker.backlog.push({ dueAt, press });
    else this.#send(talker, dueAt, press, now);
  }

  #send(talker: Talker, dueAt: number, press: boolean, now: number): void {
    const number = ++talker.count;
    const ordinary = talker.ordinary[number % talker.ordinary.length] ?? talker.ordinary[0];
    const template = press ? (talker.press ?? ordinary) : ordinary;
    const tail = template.tails[number % template.tails.length] ?? template.tails[0];
    const messageId = `${this.#spec.runId}-${talker.home.clientId}-${number}`;
    const payload = `{"id":"${messageId}","ts":${Math.round(dueAt)}${tail}`;
    if (press) this.#presses.push({ messageId, homeId: talker.home.homeId, dueAt });
    this.#sent += 1;
    talker.client.publish(template.topic, payload, { messageId, dueAt, press }, now);
  }

  #onAck(talker: Talker | undefined, message: { dueAt: number; press: boolean }): void {
    const now = this.#clock.now();
    this.#acknowledged += 1;
    const latencyMs = now - message.dueAt;
    if (now >= this.#measureFrom && now < this.#measureTo) this.#measuredAcks += 1;
    if (message.dueAt >= this.#measureFrom && message.dueAt < this.#measureTo) {
      (message.press ? this.#pressAckMs : this.#ackMs).record(latencyMs);
      this.#recent.record(latencyMs);
    }
    if (talker === undefined) return;
    const next = talker.backlog.shift();
    if (next !== undefined) this.#send(talker, next.dueAt, next.press, now);
    else if (this.#spec.ratePerS === 'max' && this.#running && !message.press)
      this.#send(talker, now, false, now);
  }

  #fillWindows(): void {
    for (const talker of this.#talkers)
      for (let i = 0; i < this.#spec.window; i++) {
        const now = this.#clock.now();
        this.#send(talker, now, false, now);
      }
  }

  #waiting(): number {
    return this.#talkers.reduce((sum, { client, backlog }) => sum + client.waiting + backlog.length, 0);
  }

  async #drain(signal?: AbortSignal): Promise<void> {
    const calm = (): boolean => this.#talkers.every(({ client, dead }) => dead || client.waiting === 0);
    await waitUntil(this.#clock, calm, DRAIN_MS, signal);
  }
}
