import type { Clock } from '../../platform/clock.ts';
import { isRetryable } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { Intake } from '../../schemas/inbound.ts';
import type { SeatLocks } from '../store/seat-locks.ts';
import { seatMoves } from './fair-seats.ts';
import { MqttSource } from './mqtt-source.ts';
import type { Subscription } from './subscription.ts';

export interface MqttSourcesOptions {
  readonly subscription: Subscription;
  readonly intake: Intake;
  /** Which of the sessions are ours. */
  readonly seats: Pick<SeatLocks, 'held' | 'look' | 'take' | 'give' | 'close'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error' | 'debug'>;
}

const TURN_MS = 500;

/**
 * What this process consumes of an external broker. Each of the sessions there is attended by one process at a time;
 * those of one that dies are attended by the others a second later, and the broker delivers to them what it had not
 * acknowledged.
 */
export class MqttSources {
  readonly #options: MqttSourcesOptions;
  readonly #sources = new Map<number, MqttSource>();
  #stopped = false;
  #turning: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;

  constructor(options: MqttSourcesOptions) {
    this.#options = options;
  }

  /** Sessions that this process attends. */
  get attended(): number {
    return this.#sources.size;
  }

  /** Resolves at once: a broker that is away is waited for, and so is a session that another attends (I10). */
  start(): void {
    this.#turning = this.#turn().finally(() => this.#arm());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#turning;
    await Promise.all([...this.#sources.values()].map((source) => source.stop()));
    this.#sources.clear();
    await this.#options.seats.close();
  }

  /** False if the broker cannot be reached from here now. Not kept for later: a command has its time. */
  sendCommand(homeId: string, deviceId: string, body: unknown): boolean {
    for (const source of this.#sources.values()) if (source.sendCommand(homeId, deviceId, body)) return true;
    return false;
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.setTimer(TURN_MS, () => this.start());
  }

  async #turn(): Promise<void> {
    try {
      await this.#look();
    } catch (err) {
      // What we attend we go on attending: as long as the broker lets us nobody else has it
      if (isRetryable(err)) this.#options.log.debug({ err }, 'no look at the other consumers now');
      else this.#options.log.error({ err }, 'cannot share the broker with other consumers');
    }
  }

  async #look(): Promise<void> {
    const { seats, subscription } = this.#options;
    const { others, consumers, ...seen } = await seats.look();
    const mine = new Set(seen.mine);
    // After our session at the database was lost: another may have been quicker
    for (const no of this.#sources.keys()) {
      if (mine.has(no)) continue;
      if (await seats.take(no)) mine.add(no);
      else await this.#leave(no);
    }
    const { take, give } = seatMoves({
      seats: subscription.sessions.length,
      mine: [...mine],
      others,
      consumers,
    });
    await Promise.all(
      give.map(async (no) => {
        await this.#sources.get(no)?.stop();
        this.#sources.delete(no);
        await seats.give(no);
      }),
    );
    for (const no of take) if (!this.#stopped && (await seats.take(no))) mine.add(no);
    for (const no of mine) if (!give.includes(no)) this.#attend(no);
  }

  #attend(no: number): void {
    const { intake, clock, log, seats, subscription } = this.#options;
    const clientId = subscription.sessions[no];
    if (clientId === undefined || this.#stopped || this.#sources.has(no)) return;
    const source = new MqttSource({
      subscription,
      clientId,
      intake,
      clock,
      log,
      onClosed: () => {
        // Perhaps because another attends it now: coming back would take it away again
        if (!seats.held && this.#sources.get(no) === source) void this.#leave(no);
      },
    });
    this.#sources.set(no, source);
    source.start();
  }

  async #leave(no: number): Promise<void> {
    const source = this.#sources.get(no);
    this.#sources.delete(no);
    await source?.stop(false);
  }
}
