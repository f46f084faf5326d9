/** A session that has begun at one of the brokers of a district. */
export interface SessionNotice {
  readonly clientId: string;
  readonly username: string;
  /** See `LiveSession`: of two, the greater began later, at whichever broker. */
  readonly epoch: number;
  readonly willTopic: string | undefined;
}

/** What a gateway says to its own listeners, under its namespace (see `gateway-namespace.ts`). */
export interface GatewayPacket {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export interface HeldSubscription {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}

export interface NeighbourEvents {
  began(notice: SessionNotice): void;
  relayed(packet: GatewayPacket): void;
  /** They can be reached, perhaps again: what they may have missed is to be said once more. */
  reached(): void;
}

/**
 * The other brokers of the same district, and sessions that outlive their connection and their broker's process. None of
 * it is in the way of a message: while the neighbours cannot be reached, each broker does its own work.
 */
export interface Neighbours {
  /** Resolves once they can be asked, or cannot be reached soon: a session that comes back at once is to be found. */
  start(events: NeighbourEvents): Promise<void>;
  stop(): Promise<void>;
  announce(notice: SessionNotice): void;
  relay(packet: GatewayPacket): void;
  /** What a persistent session subscribed to, at any broker; undefined: it cannot be asked now. */
  held(clientId: string): Promise<readonly HeldSubscription[] | undefined>;
  hold(clientId: string, subscriptions: readonly HeldSubscription[]): void;
  /** Without topics: nothing of the session is left. */
  letGo(clientId: string, topics?: readonly string[]): void;
}

const nothing = (): void => undefined;

/** A broker by itself: sessions live as long as its process. */
export const ALONE: Neighbours = {
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  announce: nothing,
  relay: nothing,
  held: () => Promise.resolve(undefined),
  hold: nothing,
  letGo: nothing,
};

/** More credentials than a district has devices. */
const MOST = 500_000;

/** Sessions at other brokers, the last of each credential: who has one there has not gone silent here. */
export class Elsewhere {
  readonly #byUsername = new Map<string, SessionNotice>();

  heard(notice: SessionNotice): void {
    const known = this.#byUsername.get(notice.username);
    if (known !== undefined && known.epoch >= notice.epoch) return;
    this.#byUsername.delete(notice.username);
    this.#byUsername.set(notice.username, notice);
    if (this.#byUsername.size <= MOST) return;
    for (const oldest of this.#byUsername.keys()) {
      this.#byUsername.delete(oldest);
      break;
    }
  }

  of(username: string): readonly SessionNotice[] {
    const notice = this.#byUsername.get(username);
    return notice === undefined ? [] : [notice];
  }
}
