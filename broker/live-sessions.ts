import type { Principal } from '../schemas/inbound.ts';
import type { Will } from './framing/connect-packet.ts';
import type { FramedConnection } from './framing/framed-connection.ts';
import type { BrokerSession } from './session.ts';

export interface LiveSession {
  /**
   * Of two, the greater began later: it grows with every session, and follows the clock, so that brokers can compare. Of
   * two that began in the same millisecond at different brokers, chance decides, and at each of them the same.
   */
  readonly epoch: number;
  /** undefined: open to all, without a credential. */
  readonly credential: Credential | undefined;
  readonly framed: BrokerSession;
  readonly clean: boolean;
  readonly will: Will | undefined;
  /** Ids of messages that it was sent over a former connection. */
  readonly sentBefore: ReadonlySet<number>;
  readonly connection: FramedConnection;
  /** Resolves once aedes has forgotten the connection. */
  readonly detached: Promise<void>;
  readonly detach: () => void;
}

export interface Credential {
  readonly username: string;
  readonly principal: Principal;
  /** Hash of the secret that was shown. */
  readonly proof: Buffer;
  /** When it ceases to be good, in ms since the epoch. */
  readonly untilMs?: number | undefined;
}

/** As finely as a double tells times of this century in ms apart. */
const PARTS_OF_A_MS = 4096;

/** Who is connected now. Client ids are unique in it. */
export class LiveSessions {
  #epoch = 0;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #byClientId = new Map<string, LiveSession>();
  readonly #byUsername = new Map<string, Set<LiveSession>>();
  readonly #byConnection = new Map<FramedConnection, LiveSession>();

  /** `now` in whole ms; `random` from 0 to below 1. */
  constructor(now: () => number = () => 0, random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /** A session that began elsewhere has been heard of: one that begins here from now on is later, whatever the clocks say. */
  heard(epoch: number): void {
    this.#epoch = Math.max(this.#epoch, epoch);
  }

  get size(): number {
    return this.#byConnection.size;
  }

  begin(session: Omit<LiveSession, 'epoch' | 'detached' | 'detach'>): LiveSession {
    const { promise: detached, resolve: detach } = Promise.withResolvers<void>();
    const part = Math.floor(this.#random() * PARTS_OF_A_MS) / PARTS_OF_A_MS;
    this.#epoch = Math.max(Math.floor(this.#epoch) + 1, this.#now()) + part;
    const live = { ...session, epoch: this.#epoch, detached, detach };
    this.#byClientId.set(live.framed.clientId, live);
    this.#byConnection.set(live.connection, live);
    if (live.credential !== undefined) {
      const { username } = live.credential;
      const others = this.#byUsername.get(username);
      if (others === undefined) this.#byUsername.set(username, new Set([live]));
      else others.add(live);
    }
    return live;
  }

  end(live: LiveSession): void {
    this.#byConnection.delete(live.connection);
    if (this.#byClientId.get(live.framed.clientId) === live) this.#byClientId.delete(live.framed.clientId);
    if (live.credential === undefined) return;
    const others = this.#byUsername.get(live.credential.username);
    others?.delete(live);
    if (others?.size === 0) this.#byUsername.delete(live.credential.username);
  }

  ofConnection(connection: FramedConnection): LiveSession | undefined {
    return this.#byConnection.get(connection);
  }
  ofClientId(clientId: string): LiveSession | undefined {
    return this.#byClientId.get(clientId);
  }
  of(username: string): readonly LiveSession[] {
    return [...(this.#byUsername.get(username) ?? [])];
  }
  has(username: string): boolean {
    return this.#byUsername.has(username);
  }
  usernames(): readonly string[] {
    return [...this.#byUsername.keys()];
  }
  all(): readonly LiveSession[] {
    return [...this.#byConnection.values()];
  }
}
