import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Pool } from '../platform/database.ts';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { CanaryButton } from './button.ts';
import { type CanaryHome, canaryHomes, registerCanaries } from './homes.ts';
import { PRESS_EVERY_MS, Sightings } from './sightings.ts';
import { StreamReader } from './stream-reader.ts';
import { sweepCanaries } from './sweep.ts';

export interface CanaryDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Of the broker that devices use. */
  readonly mqttUrl: string;
  readonly dataKey: Uint8Array;
  readonly seal: (value: unknown) => Uint8Array;
  /** Where the operators' stream is read over HTTP, and the key that opens it. */
  readonly desk: { readonly url: string; readonly token: string };
  /** Asked for every minute while all streets are well: whoever misses it raises the alarm (a dead man's switch). */
  readonly pingUrl: string | undefined;
}

const LOOK_EVERY_MS = 1_000;
const SWEEP_EVERY_MS = 60_000;
const PING_EVERY_MS = 60_000;
const PING_WITHIN_MS = 10_000;
/** Stream rows are made stubs once nobody resumes from before them any more, as a rule. */
const STUB_AFTER_MS = 5 * 60_000;

const seenAlert = z.looseObject({
  homeId: z.string(),
  synthetic: z.literal(true),
  evidence: z.array(z.looseObject({ at: z.string() })),
});

/**
 * A synthetic call button in every street, pressed every 10 s through the real path: MQTT, broker, ingest, database,
 * relay, operators' stream as a desk reads it. Its alerts are marked, never listed, never dispatched, and resolve by themselves.
 * What is not seen for 25 s is told: metric, log, `/readyz`; and outwards, by a ping that stays away.
 */
export class Canary {
  readonly #deps: CanaryDeps;
  readonly #seconds;
  readonly #presses;
  readonly #pings;
  readonly #cancels = new Map<string, () => void>();
  readonly #work = new Set<Promise<unknown>>();
  #homes: readonly CanaryHome[] = [];
  #buttons: CanaryButton[] = [];
  #sightings = new Sightings([], 0);
  #failing: readonly string[] = [];
  #streamNos: { no: number; at: number }[] = [];
  readonly #reader: StreamReader;
  #stopped = true;

  constructor(deps: CanaryDeps) {
    this.#deps = deps;
    const { metrics, clock, desk } = deps;
    this.#reader = new StreamReader({ ...desk, clock, onAlert: (event) => this.#take(event) });
    this.#seconds = metrics.histogram(
      'yinling_canary_seconds',
      "From a canary's press to the operators' stream, read over HTTP",
      ['street'],
    );
    this.#presses = metrics.counter('yinling_canary_presses_total', "Canaries' presses by result", [
      'result',
    ]);
    for (const result of ['acknowledged', 'failed']) this.#presses.inc({ result }, 0);
    this.#pings = metrics.counter('yinling_canary_pings_total', "Pings of the dead man's switch by result", [
      'result',
    ]);
    for (const result of ['sent', 'failed', 'withheld']) this.#pings.inc({ result }, 0);
  }

  /** Streets through which no press is seen. */
  get failing(): readonly string[] {
    return this.#failing;
  }

  async start(): Promise<void> {
    const { pool, clock, log, metrics, mqttUrl, dataKey, seal, pingUrl } = this.#deps;
    const { registered, taken } = await registerCanaries(pool, canaryHomes(dataKey), {
      nowAt: clock.now(),
      seal,
    });
    if (taken.length > 0)
      log.error({ homeIds: taken.map(({ homeId }) => homeId) }, 'homes of residents have ids of canaries');
    this.#homes = registered;
    this.#stopped = false;
    this.#sightings = new Sightings(
      registered.map(({ street }) => street),
      clock.now(),
    );
    const failing = metrics.gauge('yinling_canary_failing', '1: no press of this street is seen', ['street']);
    const unseen = metrics.gauge(
      'yinling_canary_unseen_seconds',
      'Since a press of this street was last seen',
      ['street'],
    );
    for (const { street } of registered) {
      failing.set({ street }, 0);
      this.#seconds.zero({ street });
    }
    this.#reader.start();
    const processId = randomUUID().slice(0, 8);
    this.#buttons = registered.map((home) => new CanaryButton(home, mqttUrl, processId));
    // One after the other over the ten seconds, so that what is slow for a moment is seen, too
    for (const [i, button] of this.#buttons.entries())
      this.#every(`press ${i}`, PRESS_EVERY_MS, () => this.#press(button), (i * PRESS_EVERY_MS) / 10 + 500);
    this.#every('look', LOOK_EVERY_MS, () => {
      const { all, changed } = this.#sightings.look(clock.now());
      this.#failing = all.filter((one) => one.failing).map(({ street }) => street);
      for (const { street, failing: isFailing, unseenForMs } of all) {
        failing.set({ street }, isFailing ? 1 : 0);
        unseen.set({ street }, unseenForMs / 1_000);
      }
      for (const { street, failing: isFailing, unseenForMs } of changed)
        if (isFailing) log.error({ street, unseenForMs }, 'canary is not seen: alarms may not come through');
        else log.info({ street }, 'canary is seen again');
    });
    this.#every('sweep', SWEEP_EVERY_MS, () => this.#sweep());
    if (pingUrl !== undefined) this.#every('ping', PING_EVERY_MS, () => this.#ping(pingUrl));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#cancels.values()) cancel();
    await Promise.allSettled(this.#buttons.map((button) => button.close()));
    await Promise.all(this.#work);
    await this.#reader.stop();
  }

  async #press(button: CanaryButton): Promise<void> {
    const at = this.#deps.clock.now();
    this.#sightings.pressed(button.home.street, at);
    this.#presses.inc({ result: (await button.press(at)) ? 'acknowledged' : 'failed' });
  }

  #take(event: { no: number; data: string }): void {
    const parsed = seenAlert.safeParse(JSON.parse(event.data));
    if (!parsed.success) return;
    const home = this.#homes.find(({ homeId }) => homeId === parsed.data.homeId);
    if (home === undefined) return;
    const now = this.#deps.clock.now();
    this.#streamNos.push({ no: event.no, at: now });
    const evidenceAt = parsed.data.evidence.map(({ at }) => Date.parse(at));
    for (const ms of this.#sightings.seen(home.street, evidenceAt, now))
      this.#seconds.observe({ street: home.street }, ms / 1_000);
  }

  async #sweep(): Promise<void> {
    const now = this.#deps.clock.now();
    const old = this.#streamNos.filter(({ at }) => now - at > STUB_AFTER_MS);
    await sweepCanaries(this.#deps.pool, {
      now,
      streamNos: old.map(({ no }) => no),
      homeIds: this.#homes.map(({ homeId }) => homeId),
    });
    this.#streamNos = this.#streamNos.filter((one) => !old.includes(one));
  }

  async #ping(url: string): Promise<void> {
    if (this.#failing.length > 0) return this.#pings.inc({ result: 'withheld' });
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(PING_WITHIN_MS) });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      this.#pings.inc({ result: 'sent' });
    } catch (error) {
      this.#pings.inc({ result: 'failed' });
      this.#deps.log.warn({ err: error }, "the dead man's switch could not be pinged");
    }
  }

  #every(what: string, ms: number, work: () => Promise<void> | void, firstMs = ms): void {
    const { clock, log } = this.#deps;
    const arm = (delayMs: number): void => {
      if (this.#stopped) return;
      this.#cancels.set(
        what,
        clock.setTimer(delayMs, () => {
          // At its time whatever the last one is at: a press that hangs must not hold up the next
          arm(ms);
          const tracked = (async () => work())()
            .catch((error: unknown) => log.warn({ err: error, what }, 'canary'))
            .finally(() => this.#work.delete(tracked));
          this.#work.add(tracked);
        }),
      );
    };
    arm(firstMs);
  }
}
