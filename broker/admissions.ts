import { randomUUID } from 'node:crypto';
import type { PublishPacket } from 'aedes';
import type { Clock } from '../platform/clock.ts';
import { wait } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Intake } from '../schemas/inbound.ts';
import { publishRight } from './authorise.ts';
import type { Credentials } from './credentials.ts';
import type { ConnectRequest } from './framing/connect-packet.ts';
import type { Admission, CloseReason, ConnectionFront } from './framing/connection-types.ts';
import type { FramedConnection } from './framing/framed-connection.ts';
import { Qos2Memory } from './framing/qos2-handshakes.ts';
import { insideNamespace } from './gateway-namespace.ts';
import type { BrokerLimits } from './limits.ts';
import { type Credential, type LiveSession, LiveSessions } from './live-sessions.ts';
import type { BrokerMetrics, ConnectResult } from './metrics.ts';
import { Elsewhere, type SessionNotice } from './neighbours.ts';
import { SentBefore } from './sent-before.ts';
import { SleepingSessions } from './sleeping-sessions.ts';
import { type OpenAuthoriser, openSession, principalSession } from './session.ts';
import { leavesWill, Wills } from './wills.ts';

export interface AdmissionsOptions {
  readonly intake: Intake;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly log: Pick<Log, 'debug' | 'warn'>;
  readonly metrics: BrokerMetrics;
  readonly limits: BrokerLimits;
  readonly openAuthoriser?: OpenAuthoriser | undefined;
  readonly isStopping: () => boolean;
  /** aedes is to take the connection. */
  readonly attach: (live: LiveSession) => void;
  readonly onEnd: (live: LiveSession) => void;
  /** For the other brokers: whoever has this client's former session ends it. */
  readonly onBegan: (notice: SessionNotice) => void;
  /** A persistent session that nobody comes back to: aedes is to forget it. */
  readonly onForget: (clientId: string) => void;
  /** A gateway's will on its codec's topics, for its other connections. */
  readonly onWill: (packet: PublishPacket) => void;
}

const BAD_IDENTIFIER = 2;
const UNAVAILABLE = 3;
const NOT_AUTHORISED = 5;

/** aedes forgets a connection within a few turns of the event loop; should it not, its successor does not wait for ever. */
const DETACH_WITHIN_MS = 2_000;
const REVALIDATE_EVERY_MS = 1_000;

/** Who is let in, as whom, and what becomes of a session when its connection ends. */
export class Admissions implements ConnectionFront<FramedConnection> {
  readonly sessions: LiveSessions;
  readonly #elsewhere = new Elsewhere();
  /** Credentials with wills that wait to be spoken, and how many. */
  readonly #speaking = new Map<string, number>();
  readonly #options: AdmissionsOptions;
  readonly #qos2: Qos2Memory;
  readonly #sentBefore: SentBefore;
  readonly #sleeping: SleepingSessions;
  readonly #wills: Wills;
  /** Usernames whose sessions could not be checked against a changed registry yet. */
  readonly #unchecked = new Set<string>();
  #cancelRevalidation: (() => void) | undefined;

  constructor(options: AdmissionsOptions) {
    this.#options = options;
    this.sessions = new LiveSessions(() => options.clock.now());
    this.#qos2 = new Qos2Memory(options.limits.qos2Sessions);
    this.#sentBefore = new SentBefore(options.limits.qos2Sessions);
    this.#sleeping = new SleepingSessions(options.limits.sleepingSessionsPerCredential);
    this.#wills = new Wills({
      intake: options.intake,
      clock: options.clock,
      graceMs: options.limits.willGraceMs,
      voicesOf: ({ id }) => [
        ...this.sessions.of(id).flatMap((live) => voiceOf(live) ?? []),
        ...this.#elsewhere.of(id),
      ],
      onOutcome: (outcome) => options.metrics.will(outcome),
    });
  }

  stop(): void {
    this.#wills.stop();
    this.#cancelRevalidation?.();
    this.#cancelRevalidation = undefined;
  }

  async admit(request: ConnectRequest, connection: FramedConnection): Promise<Admission> {
    const { limits, isStopping, metrics } = this.#options;
    if (isStopping()) return refused(UNAVAILABLE, 'stopping');
    if (request.clientId.length > limits.clientIdLength) return refused(BAD_IDENTIFIER, 'client_id');
    if (connection.peer.isRevoked()) return refused(NOT_AUTHORISED, 'revoked_certificate');
    const visitor = await this.#identify(request, connection.peer.certified);
    if ('refused' in visitor)
      return refused(visitor.refused === 'unavailable' ? UNAVAILABLE : NOT_AUTHORISED, visitor.refused);
    const { credential } = visitor;
    const { will, clean } = request;
    if (will !== undefined && credential !== undefined && !publishRight(credential.principal, will.topic)) {
      metrics.refusedTopic('will');
      return refused(NOT_AUTHORISED, 'foreign_will');
    }
    // A username has no slash, so nobody can name a client id of another credential: nobody evicts another.
    const clientId = `${credential?.username ?? ''}/${request.clientId || randomUUID()}`;
    this.#waiting.get(clientId)?.close('take_over');
    this.#waiting.set(clientId, connection);
    let old = this.#holderOf(clientId);
    while (old !== undefined && !connection.ended) {
      await this.#replace(old);
      old = this.#holderOf(clientId);
    }
    // From here to the beginning of the session nothing may be awaited: another could take the place.
    if (this.#waiting.get(clientId) === connection) this.#waiting.delete(clientId);
    if (isStopping() || connection.ended) return refused(UNAVAILABLE, 'stopping');
    if (credential !== undefined) this.#sleeping.wake(credential.username, clientId);
    const options = {
      clientId,
      clean,
      resumed: this.#keep(clientId, clean),
      handshakes: this.#qos2.begin(clientId, clean),
      onRefused: (action: 'subscribe') => metrics.refusedTopic(action),
      messagesPerSecond: limits.messagesPerSecond,
      mostTopics: limits.topicsPerConnection,
    };
    const framed =
      visitor.credential === undefined
        ? openSession(visitor.authoriser, will, options)
        : principalSession(visitor.credential.principal, options);
    const ourWill = credential === undefined ? undefined : will;
    if (credential !== undefined) this.#makeRoom(credential.username);
    const live = this.sessions.begin({
      credential,
      framed,
      clean,
      will: ourWill,
      sentBefore: this.#sentBefore.begin(clientId, clean),
      connection,
    });
    this.#announce(live);
    if (credential?.untilMs !== undefined) this.#endAt(live, credential.untilMs);
    metrics.connections(this.sessions.size);
    return { session: framed };
  }

  /** The newest is let in, for it is the device that has come back; what a thief leaves open does not keep it out. */
  #makeRoom(username: string): void {
    const { limits, metrics } = this.#options;
    const [oldest, ...others] = this.sessions.of(username);
    if (oldest === undefined || others.length + 1 < limits.connectionsPerCredential) return;
    metrics.limited('connections_per_credential');
    oldest.connection.close('too_many_connections');
  }

  /** The secret it came in with has been replaced, and is good until then. */
  #endAt(live: LiveSession, untilMs: number): void {
    const { clock } = this.#options;
    this.#expiries.get(live)?.();
    this.#expiries.set(
      live,
      clock.setTimer(untilMs - clock.now(), () => live.connection.close('revoked')),
    );
  }
  /** Cancels, of sessions whose secret has an end. */
  readonly #expiries = new Map<LiveSession, () => void>();

  #announce({ credential, framed, epoch, will }: LiveSession): void {
    if (credential === undefined) return;
    const { username } = credential;
    this.#options.onBegan({ clientId: framed.clientId, username, epoch, willTopic: will?.topic });
  }

  /** Other brokers may not have heard of who is here. */
  announceAll(): void {
    for (const live of this.sessions.all()) this.#announce(live);
  }

  /** At another broker: a session of the same client that began here before is taken over [MQTT-3.1.4-2]. */
  beganElsewhere(notice: SessionNotice): void {
    this.sessions.heard(notice.epoch);
    if (this.sessions.has(notice.username) || this.#speaking.has(notice.username))
      this.#elsewhere.heard(notice);
    this.#kept.delete(notice.clientId);
    const live = this.sessions.ofClientId(notice.clientId);
    if (live !== undefined && live.epoch < notice.epoch) live.connection.close('take_over');
  }

  /** Who has this client id, or had it and is still in aedes' books. */
  #holderOf(clientId: string): LiveSession | undefined {
    return this.sessions.ofClientId(clientId) ?? this.#leaving.get(clientId);
  }

  /**
   * Ends a session whose client id is taken over [MQTT-3.1.4-2], and waits until aedes has forgotten it: an end that
   * comes later would strike the successor from its books.
   */
  async #replace(old: LiveSession): Promise<void> {
    old.connection.close('take_over');
    await Promise.race([old.detached, wait(this.#options.clock, DETACH_WITHIN_MS)]);
    this.detached(old.connection);
  }
  /** Who waits for a client id to become free: the newest only. */
  readonly #waiting = new Map<string, FramedConnection>();

  attach(connection: FramedConnection): void {
    const live = this.sessions.ofConnection(connection);
    if (live !== undefined) this.#options.attach(live);
  }

  ended(connection: FramedConnection, reason: CloseReason): void {
    const live = this.sessions.ofConnection(connection);
    if (live === undefined) return;
    const { metrics, onEnd } = this.#options;
    this.#expiries.get(live)?.();
    this.#expiries.delete(live);
    this.sessions.end(live);
    this.#leaving.set(live.framed.clientId, live);
    onEnd(live);
    this.#qos2.end(live.framed.clientId, live.clean, live.framed.handshakes);
    this.#sentBefore.end(live.framed.clientId, live.clean, connection.ledger.unacknowledged);
    metrics.connections(this.sessions.size);
    this.#sleep(live);
    if (!connection.attached) this.detached(connection);
    if (!connection.disconnected && leavesWill(reason)) this.#speakWill(live);
    if (live.credential !== undefined) this.#forgetElsewhere(live.credential.username);
  }

  #forgetElsewhere(username: string): void {
    if (!this.sessions.has(username) && !this.#speaking.has(username)) this.#elsewhere.forget(username);
  }

  #speaks(username: string, more: 1 | -1): void {
    const count = (this.#speaking.get(username) ?? 0) + more;
    if (count > 0) this.#speaking.set(username, count);
    else this.#speaking.delete(username);
  }

  #sleep({ clean, credential, framed }: LiveSession): void {
    if (clean || credential === undefined) return;
    const forgotten = this.#sleeping.sleep(credential.username, framed.clientId);
    if (forgotten === undefined) return;
    this.#kept.delete(forgotten);
    this.#options.onForget(forgotten);
  }

  /** From here on there is a session to come back to, or none; whether there was one. */
  #keep(clientId: string, clean: boolean): boolean {
    const resumed = !clean && this.#kept.has(clientId);
    if (clean) this.#kept.delete(clientId);
    else this.#kept.add(clientId);
    return resumed;
  }
  /** Clients whose session outlives its connection, also one that has subscribed to nothing, which aedes does not know. */
  readonly #kept = new Set<string>();

  /** aedes has forgotten the connection. */
  detached(connection: FramedConnection): void {
    const clientId = connection.session?.clientId ?? '';
    const live = this.#leaving.get(clientId);
    if (live?.connection !== connection) return;
    this.#leaving.delete(clientId);
    live.detach();
  }
  /** Ended, and not yet forgotten by aedes; by client id. */
  readonly #leaving = new Map<string, LiveSession>();

  registryChanged(payload: string): void {
    const [kind, id] = payload.split(':', 2);
    if ((kind !== 'device' && kind !== 'bridge') || id === undefined) return;
    this.#options.credentials.invalidate(id);
    if (this.sessions.of(id).length > 0) this.#revalidate([id]);
  }

  registryUnknown(): void {
    this.#options.credentials.invalidateAll();
    this.#revalidate(this.sessions.usernames());
  }

  /** By the secret that is shown; without one, by the certificate, if it speaks for that name. */
  async #identify(
    { username: given, password }: ConnectRequest,
    certified: readonly string[] | undefined,
  ): Promise<Visitor> {
    const { credentials, openAuthoriser } = this.#options;
    const byCertificate = password === undefined && certified !== undefined;
    const username = given ?? (byCertificate ? certified[0] : undefined);
    if (byCertificate && username !== undefined && !certified.includes(username))
      return { refused: 'foreign_certificate' };
    const checked =
      username === undefined || (password === undefined && !byCertificate)
        ? ({ result: 'anonymous' } as const)
        : await (password === undefined
            ? credentials.checkCertified(username)
            : credentials.check(username, password));
    if (checked.result === 'known' && username !== undefined) {
      const { principal, proof, untilMs } = checked;
      return { credential: { username, principal, proof, untilMs } };
    }
    if (openAuthoriser !== undefined) return { credential: undefined, authoriser: openAuthoriser };
    return { refused: checked.result === 'known' ? 'anonymous' : checked.result };
  }

  /** Ends sessions whose credential has been retired, renewed or moved; those that cannot be checked now are asked again. */
  #revalidate(usernames: readonly string[]): void {
    for (const username of usernames) {
      this.#unchecked.delete(username);
      for (const live of this.sessions.of(username)) void this.#revalidateOne(username, live);
    }
  }

  async #revalidateOne(username: string, live: LiveSession): Promise<void> {
    const { credentials, clock, isStopping } = this.#options;
    if (live.credential === undefined) return;
    const holds = await credentials.stillHolds(username, live.credential.proof, live.credential.principal);
    if (holds === false) live.connection.close('revoked');
    else if (holds?.untilMs !== undefined && !live.connection.ended) this.#endAt(live, holds.untilMs);
    if (holds !== undefined || isStopping()) return;
    this.#unchecked.add(username);
    this.#cancelRevalidation ??= clock.setTimer(REVALIDATE_EVERY_MS, () => {
      this.#cancelRevalidation = undefined;
      this.#revalidate([...this.#unchecked]);
    });
  }

  #speakWill(live: LiveSession): void {
    const { will, credential, connection } = live;
    const voice = voiceOf(live);
    if (will === undefined || credential === undefined || voice === undefined || this.#options.isStopping())
      return;
    const lost = {
      ...voice,
      willTopic: will.topic,
      payload: will.payload,
      qos: will.qos,
      withheld: connection.withheld,
      settled: () => connection.lane.settled(),
    };
    const { principal, username } = credential;
    this.#speaks(username, 1);
    void this.#wills.speak(lost).then((accepted) => {
      this.#speaks(username, -1);
      this.#forgetElsewhere(username);
      if (accepted && publishRight(principal, will.topic) === 'codec')
        this.#options.onWill({
          cmd: 'publish',
          topic: insideNamespace(principal.id, will.topic),
          payload: will.payload,
          qos: will.qos,
          retain: will.retain,
          dup: false,
        });
    });
  }
}

type Visitor =
  | { readonly credential: Credential }
  | { readonly credential: undefined; readonly authoriser: OpenAuthoriser }
  | { readonly refused: 'anonymous' | 'unknown' | 'wrong_secret' | 'foreign_certificate' | 'unavailable' };

const refused = (returnCode: number, result: ConnectResult): Admission => ({ returnCode, result });

const voiceOf = ({ epoch, framed, credential, will }: LiveSession) =>
  credential && {
    epoch,
    clientId: framed.clientId,
    principal: credential.principal,
    willTopic: will?.topic,
  };
