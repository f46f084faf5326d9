import type { Published } from '../../devices-sim/measure/conservation.ts';
import type { Random } from '../../devices-sim/random.ts';
import type { Outcome } from '../../schemas/inbound.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { Service } from './service.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Letter extends Published {
  readonly topic: string;
  readonly bytes: Uint8Array;
}

const RETRY_MS = [4_000, 15_000] as const;
const LOST_ACKNOWLEDGEMENTS = 0.004;
const REPEATS = 0.01;

export interface Said {
  readonly homeId: string;
  readonly deviceId: string;
  readonly channel: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly press?: boolean;
  /** Not to be deduplicated, so not counted either. */
  readonly anonymous?: boolean;
}

/**
 * Between the devices and the broker's acceptance: what is not acknowledged is sent again, acknowledgements get lost,
 * some say everything twice. A PUBACK goes out when the intake has said that it is committed (I1).
 */
export class Letters {
  readonly sent: Letter[] = [];
  copies = 0;
  acknowledged = 0;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #service: Service;
  readonly #db: MemoryDatabase;
  #made = 0;
  readonly #retries = new Map<Letter, () => void>();
  /** Said and not yet acknowledged. */
  waiting = 0;

  constructor(time: VirtualTime, random: Random, service: Service, db: MemoryDatabase) {
    this.#time = time;
    this.#random = random;
    this.#service = service;
    this.#db = db;
  }

  say({ homeId, deviceId, channel, payload, press = false, anonymous = false }: Said): void {
    this.#made += 1;
    const messageId = anonymous ? '' : `m${this.#made}`;
    const body = anonymous ? payload : { id: messageId, ...payload };
    const letter: Letter = {
      messageId,
      homeId,
      deviceId,
      channel,
      press,
      expect: 'reading',
      copies: 0,
      publishedAt: this.#time.now,
      acknowledgedAt: null,
      topic: `care/v1/${homeId}/${deviceId}/${channel}`,
      bytes: Buffer.from(JSON.stringify(body)),
    };
    if (!anonymous) this.sent.push(letter);
    this.waiting += 1;
    this.#send(letter, anonymous);
  }

  #send(letter: Letter, once: boolean): void {
    letter.copies += 1;
    this.copies += 1;
    this.#time.after(this.#random.between(5, 80), `${letter.deviceId} says ${letter.channel}`, () =>
      this.#arrive(letter),
    );
    const patience = this.#random.between(...RETRY_MS);
    if (!once)
      this.#retries.set(
        letter,
        this.#time.after(patience, 'no acknowledgement', () => this.#send(letter, once)),
      );
    else this.waiting -= 1;
  }

  #arrive(letter: Letter): void {
    const { ingest, ingestLife } = this.#service;
    if (ingest === undefined) return;
    if (this.#db.defects.has('acknowledged_before_commit')) this.#acknowledge(letter);
    const message = {
      principal: { type: 'device' as const, id: letter.deviceId, homeId: letter.homeId },
      topic: letter.topic,
      payload: letter.bytes,
      size: letter.bytes.length,
      qos: 1 as const,
      receivedAt: Math.floor(this.#time.now),
    };
    ingest.intake.accept(message).then(
      (outcome) => {
        if (ingestLife?.alive === true) this.#answer(letter, outcome);
      },
      () => undefined,
    );
  }

  #answer(letter: Letter, outcome: Outcome): void {
    if (outcome.result === 'dead_letter')
      this.#service.oddities.push(`a dead letter that nobody sent: ${letter.topic}: ${outcome.reason}`);
    if (this.#random.chance(LOST_ACKNOWLEDGEMENTS)) return;
    this.#acknowledge(letter);
    if (this.#random.chance(REPEATS))
      this.#time.after(this.#random.exponential(60_000), 'said twice', () => {
        this.copies += 1;
        letter.copies += 1;
        this.#arrive(letter);
      });
  }

  #acknowledge(letter: Letter): void {
    if (letter.acknowledgedAt !== null || letter.messageId === '') return;
    letter.acknowledgedAt = this.#time.now;
    this.#retries.get(letter)?.();
    this.#retries.delete(letter);
    this.acknowledged += 1;
    this.waiting -= 1;
  }
}
