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
  began(notices: readonly SessionNotice[]): void;
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
  /** Told together with others that begin in the same moments. */
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

/**
 * Sessions at other brokers, the last of each credential that has one here as well: who has gone on elsewhere has not gone
 * silent here. Of others nothing is kept, for a session that begins here later is later than all that was heard before it.
 */
export class Elsewhere {
  readonly #byUsername = new Map<string, SessionNotice>();

  heard(notice: SessionNotice): void {
    const known = this.#byUsername.get(notice.username);
    if (known === undefined || known.epoch < notice.epoch) this.#byUsername.set(notice.username, notice);
  }

  of(username: string): readonly SessionNotice[] {
    const notice = this.#byUsername.get(username);
    return notice === undefined ? [] : [notice];
  }

  /** Nothing of this credential is left here. */
  forget(username: string): void {
    this.#byUsername.delete(username);
  }
}
