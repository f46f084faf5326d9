import type { Duplex } from 'node:stream';
import type { Clock } from '../../platform/clock.ts';
import type { Intake, Principal } from '../../schemas/inbound.ts';
import type { BrokerLimits } from '../limits.ts';
import type { BrokerMetrics, ConnectResult } from '../metrics.ts';
import type { ConnectRequest, Will } from './connect-packet.ts';
import type { PayloadBounds } from './packet-reader.ts';
import type { Qos2Handshakes } from './qos2-handshakes.ts';
import type { SharedPressure } from './shared-pressure.ts';
import type { Subscription } from './subscribe-packets.ts';

/** A raw socket, a TLS socket or a WebSocket stream. */
export type Wire = Duplex & { destroySoon?(): void };

/** Who is at the other end of a wire, as far as the wire tells. */
export interface Peer {
  readonly address: string;
  /** Usernames that its certificate speaks for; undefined: it has shown none. */
  readonly certified: readonly string[] | undefined;
  /** Whether a certificate that it has shown, or one above it, has been taken back by now. */
  isRevoked(): boolean;
}

/** Where a topic of a connection leads. */
export interface PublishRoute extends PayloadBounds {
  /** As the client wrote it. */
  readonly topic: string;
  /** Goes to the intake, and is acknowledged only once accepted. */
  readonly accept: boolean;
  /** The topic within the broker; undefined: routed to nobody. */
  readonly routedTopic: string | undefined;
  /** Whether a payload may pass while telemetry is held back. */
  urgent(payload: Buffer): boolean;
}

/** What a connection may do, once it has shown who it is. */
export interface FramedSession {
  /** As aedes knows it: unique over all credentials. */
  readonly clientId: string;
  readonly principal: Principal;
  /** Something is kept of a former session of this client: its CONNACK says so, subscriptions or not [MQTT-3.2.2-2]. */
  readonly resumed: boolean;
  /** Left to aedes; undefined: none, or kept with us. */
  readonly will: Will | undefined;
  readonly handshakes: Qos2Handshakes;
  /** Largest payload of any of its topics. */
  readonly largestPayloadBytes: number;
  /** Infinity: as many as it likes. */
  readonly messagesPerSecond: number;
  readonly mostTopics: number;
  /** undefined: not its own. */
  route(topic: string): PublishRoute | undefined;
  /** What aedes is asked for in its place: filters within the broker, as many as there were. */
  subscriptions(wanted: readonly Subscription[]): readonly Subscription[];
  unsubscriptions(filters: readonly string[]): readonly string[];
}

export type Admission =
  | { readonly session: FramedSession }
  /** Of the CONNACK. */
  | { readonly returnCode: number; readonly result: ConnectResult };

/** What the broker does for its connections. */
export interface ConnectionFront<C> {
  admit(request: ConnectRequest, connection: C): Promise<Admission>;
  /** The session has begun: aedes is to take the connection. */
  attach(connection: C): void;
  /** Nothing more comes of this connection; called once, after `attach` or without it. */
  ended(connection: C, reason: CloseReason): void;
}

/** Why a connection ended; a label of `/metrics`. */
export type CloseReason =
  | 'disconnect'
  | 'gone'
  | 'malformed'
  | 'too_large'
  | 'foreign_topic'
  | 'keep_alive'
  | 'connect_timeout'
  | 'refused'
  | 'revoked'
  | 'take_over'
  | 'stopping'
  | 'intake_closed'
  | 'drain_timeout'
  | 'too_many_handshakes'
  | 'too_many_topics'
  /** Of its credential there were too many; it was the oldest. */
  | 'too_many_connections'
  /** aedes gave it up: a publish without a receipt, or an error of its own. */
  | 'broker';

/** What all connections of a broker have in common. */
export interface ConnectionContext {
  readonly intake: Intake;
  readonly pressure: SharedPressure;
  readonly limits: BrokerLimits;
  readonly clock: Clock;
  readonly metrics: BrokerMetrics;
}
