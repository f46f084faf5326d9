import type { Clock } from '../../platform/clock.ts';
import type { Channel } from '../../schemas/channels.ts';
import { upTopic } from '../../schemas/topics.ts';
import type { Random } from '../random.ts';
import { sleep } from '../sleep.ts';
import type { SimHome } from '../world/population.ts';
import { clockReading, type FaultRates, mishapOf } from './faults.ts';
import type { Fleet } from './fleet.ts';
import type { Tally } from './tally.ts';

export interface PublisherOptions {
  fleet: Fleet;
  tally: Tally;
  clock: Clock;
  random: Random;
  faults: FaultRates;
  /** Stands before every message's number, so that a second run of one seed sends new messages. */
  runId: string;
}

export interface SendOptions {
  /** Sent so many times in all, whatever the faults say. */
  copies?: number;
  /** The event lies so far in the past. */
  agedMs?: number;
  /** Bytes to be sent instead of a JSON object with `id` and `ts`: a broken device. */
  raw?: string;
}

/** Sends as devices do: numbers and dates each message, suffers the faults, keeps the books. */
export class Publisher {
  readonly #options: PublisherOptions;
  #count = 0;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Returns the message's id at once; undefined if the device has no connection now. */
  send(
    home: SimHome,
    deviceId: string,
    channel: Channel,
    body: Record<string, unknown>,
    how: SendOptions = {},
  ): string | undefined {
    const { fleet, random, faults, runId } = this.#options;
    if (fleet.link(home, deviceId) === undefined) return undefined;
    const messageId = `${runId}-${++this.#count}`;
    const mishap = mishapOf(random, faults, channel === 'sos' || channel === 'fall' || channel === 'reply');
    const repeats = how.copies === undefined ? mishap.repeatAfterMs : Array<number>(how.copies - 1).fill(0);
    const occurredAt = this.#options.clock.now() - (how.agedMs ?? mishap.agedMs);
    const ts = clockReading(occurredAt, mishap.clock);
    const payload =
      how.raw ?? JSON.stringify({ id: messageId, ...(ts === undefined ? {} : { ts }), ...body });
    this.#track(
      this.#deliver(home, deviceId, channel, messageId, payload, {
        press: channel === 'sos' && body['action'] === 'press',
        refused: how.raw !== undefined,
        holdMs: mishap.holdMs,
        repeats,
        cut: mishap.cut,
      }),
    );
    return messageId;
  }

  /** Resolves when nothing waits for its acknowledgement any more, or after `withinMs`. */
  async settled(withinMs: number): Promise<void> {
    const calmed = new AbortController();
    const limit = sleep(this.#options.clock, withinMs, calmed.signal).then(() => 'late');
    while (this.#underWay.size > 0)
      if ((await Promise.race([limit, Promise.allSettled(this.#underWay)])) === 'late') break;
    calmed.abort();
  }

  async #deliver(
    home: SimHome,
    deviceId: string,
    channel: Channel,
    messageId: string,
    payload: string,
    fate: { press: boolean; refused: boolean; holdMs: number; repeats: number[]; cut: boolean },
  ): Promise<void> {
    const { fleet, tally, clock } = this.#options;
    const topic = upTopic(home.home.id, deviceId, channel);
    if (fate.holdMs > 0) await sleep(clock, fate.holdMs);
    const link = fleet.link(home, deviceId);
    if (link === undefined) return;
    tally.sent({
      messageId,
      homeId: home.home.id,
      deviceId,
      channel,
      press: fate.press,
      expect: fate.refused ? 'dead_letter' : 'reading',
      publishedAt: clock.now(),
    });
    const acknowledged = link
      .publish(topic, payload, 1)
      .then(() => tally.acknowledged(messageId, clock.now()));
    if (fate.cut) link.stumble();
    const copies = [acknowledged];
    for (const afterMs of fate.repeats) {
      if (afterMs > 0) await sleep(clock, afterMs);
      const again = fleet.link(home, deviceId);
      if (again === undefined) break;
      tally.sentAgain(messageId);
      copies.push(again.publish(topic, payload, 1));
    }
    await Promise.allSettled(copies);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }
}
