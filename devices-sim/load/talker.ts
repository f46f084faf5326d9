import type { Clock } from '../../platform/clock.ts';
import { type InFlight, LoadClient, type LoadTarget } from './load-client.ts';
import type { LoadHome } from './traffic.ts';

export interface LoadMessage extends InFlight {
  topic: string;
  payload: string;
  /** Sent by a faulty device a second time: counts for nothing, for it must have no effect. */
  repeat: boolean;
}

export interface TalkerEvents {
  sent(message: LoadMessage, now: number): void;
  acknowledged(talker: Talker, message: LoadMessage): void;
  /** The other side, or the network, ended the connection. */
  closed(reason: string): void;
  reconnected(tookMs: number): void;
}

export interface TalkerOptions {
  target: LoadTarget;
  /** Most unacknowledged messages. */
  window: number;
  /** Most that wait for the window; a device has no room for more, and telemetry beyond it is dropped. Absent: no bound. */
  mostHeld?: number | undefined;
  clock: Clock;
}

const AGAIN_AFTER_MS = [100, 200, 400, 800] as const;

/**
 * One home's gateway, over as many connections as it takes: what is due while the window is full or the connection away
 * waits, what was not acknowledged is sent again on the next connection, as QoS 1 has it.
 */
export class Talker {
  readonly home: LoadHome;
  /** Numbers its messages. */
  count = 0;
  readonly #options: TalkerOptions;
  readonly #events: TalkerEvents;
  #client: LoadClient<LoadMessage> | undefined;
  #held: LoadMessage[] = [];
  /** Where the first of them stands: to shift an array of thousands costs more than to send a message. */
  #firstHeld = 0;
  /** Not acknowledged when their connection ended. */
  #unsettled: LoadMessage[] = [];
  #awayUntil = 0;
  #ended = false;
  #cancelReturn = (): void => {};

  constructor(home: LoadHome, options: TalkerOptions, events: TalkerEvents) {
    this.home = home;
    this.#options = options;
    this.#events = events;
  }

  /** Rejects if the broker does not let it in. */
  async open(): Promise<void> {
    const { clientId, username, password } = this.home;
    let client: LoadClient<LoadMessage> | undefined;
    client = await LoadClient.open<LoadMessage>(
      this.#options.target,
      { clientId, username, password },
      {
        acknowledged: (message) => this.#acknowledged(message),
        closed: (reason) => {
          if (client === undefined || client !== this.#client) return;
          this.#events.closed(reason);
          this.#lose(client);
          this.#return(0);
        },
      },
    );
    if (this.#ended) return client.end();
    this.#client = client;
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Messages due and not acknowledged. */
  get waiting(): number {
    return (this.#client?.waiting ?? 0) + this.#held.length - this.#firstHeld + this.#unsettled.length;
  }

  unacknowledged(): LoadMessage[] {
    return [...(this.#client?.unacknowledged() ?? []), ...this.#unsettled];
  }

  /** False: dropped, for want of room. */
  due(message: LoadMessage, now: number): boolean {
    const client = this.#client;
    // A press does not queue behind telemetry: the device sends it at once.
    if (client !== undefined && (message.press || client.waiting < this.#options.window)) {
      this.#send(client, message, now);
      return true;
    }
    if (!message.press && this.#held.length - this.#firstHeld >= (this.#options.mostHeld ?? Infinity))
      return false;
    // Who has no power does not wait for the server: its latency begins when it is back.
    if (message.dueAt < this.#awayUntil) message.dueAt = this.#awayUntil;
    this.#held.push(message);
    return true;
  }

  /** The power or the network fails here, for so long. Unacknowledged messages are sent again afterwards. */
  cut(forMs: number): void {
    const client = this.#client;
    if (client === undefined) return;
    this.#awayUntil = this.#options.clock.now() + forMs;
    client.cut();
    this.#lose(client);
    for (const message of this.#unsettled)
      if (message.dueAt < this.#awayUntil) message.dueAt = this.#awayUntil;
    this.#cancelReturn = this.#options.clock.setTimer(forMs, () => this.#return(0));
  }

  keepAlive(now: number): void {
    this.#client?.keepAlive(now);
  }

  end(): void {
    this.#ended = true;
    this.#cancelReturn();
    this.#client?.end();
  }

  #lose(client: LoadClient<LoadMessage>): void {
    this.#client = undefined;
    this.#unsettled.push(...client.unacknowledged());
  }

  #return(attempt: number): void {
    if (this.#ended) return;
    const { clock } = this.#options;
    const startedAt = clock.now();
    this.open().then(
      () => {
        const [client, now] = [this.#client, clock.now()];
        if (client === undefined) return;
        this.#events.reconnected(now - startedAt);
        for (const message of this.#unsettled.splice(0))
          client.publish(message.topic, message.payload, message, now, true);
        const held = this.#held.slice(this.#firstHeld);
        this.#held = [];
        this.#firstHeld = 0;
        for (const message of held) this.due(message, now);
      },
      () => {
        const waitMs = AGAIN_AFTER_MS[Math.min(attempt, AGAIN_AFTER_MS.length - 1)] ?? 0;
        if (!this.#ended) this.#cancelReturn = clock.setTimer(waitMs, () => this.#return(attempt + 1));
      },
    );
  }

  #acknowledged(message: LoadMessage): void {
    this.#events.acknowledged(this, message);
    const client = this.#client;
    if (client === undefined || client.waiting >= this.#options.window) return;
    const next = this.#held[this.#firstHeld];
    if (next === undefined) return;
    this.#firstHeld += 1;
    if (this.#firstHeld >= 1_024 && this.#firstHeld * 2 >= this.#held.length) {
      this.#held = this.#held.slice(this.#firstHeld);
      this.#firstHeld = 0;
    }
    this.#send(client, next, this.#options.clock.now());
  }

  #send(client: LoadClient<LoadMessage>, message: LoadMessage, now: number): void {
    this.#events.sent(message, now);
    client.publish(message.topic, message.payload, message, now);
  }
}
