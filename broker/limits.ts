import type { MqttLimits } from '../platform/config.ts';
import { MAX_PAYLOAD_BYTES } from '../schemas/channels.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** How much one connection may have waiting for its acceptance. All inclusive. */
export interface WindowLimits {
  /** Beyond this much submitted to the intake and not accepted, telemetry is held back. */
  readonly messages: number;
  readonly bytes: number;
  /** Beyond this much waiting altogether the socket is no longer read, not even for presses. */
  readonly lookAheadMessages: number;
  readonly lookAheadBytes: number;
}

export interface BrokerLimits {
  readonly window: WindowLimits;
  /** Waiting payloads of all connections together; beyond it nobody is read ahead. */
  readonly totalWaitingBytes: number;
  /** From the opening of the socket to a complete CONNECT. */
  readonly connectTimeoutMs: number;
  /** A client that does not take what we write is let go after this. */
  readonly drainTimeoutMs: number;
  /** Remaining length of a CONNECT: a will of the largest payload, and names. */
  readonly connectBytes: number;
  /** Remaining length of a SUBSCRIBE or UNSUBSCRIBE. */
  readonly subscribeBytes: number;
  readonly clientIdLength: number;
  readonly subscriptionsPerConnection: number;
  /** Different topics that one connection publishes to; bridges speak for whole districts and have no such bound. */
  readonly topicsPerConnection: number;
  /** Messages a second of one connection; beyond it the socket is not read. Bridges have no such bound. */
  readonly messagesPerSecond: number;
  /** Beyond it the oldest connection of that credential is closed: a device that comes back anew is let in. */
  readonly connectionsPerCredential: number;
  /** Beyond it an address is not listened to. */
  readonly connectionsPerAddress: number;
  /** Commands sent to one session that its client has not acknowledged. */
  readonly commandsInFlight: number;
  readonly retainedBytesPerGateway: number;
  /** QoS 2 handshakes that one session may leave open. */
  readonly qos2PerSession: number;
  /** Sessions without a connection whose open QoS 2 handshakes are remembered. */
  readonly qos2Sessions: number;
  /**
   * How long a will waits for its device to come back when our own withholding of acknowledgements may have been what
   * made it go.
   */
  readonly willGraceMs: number;
  /** Persistent sessions without a connection that are kept of one credential. */
  readonly sleepingSessionsPerCredential: number;
  /** How long a stop waits for acceptances under way. */
  readonly stopWithinMs: number;
}

export const DEFAULT_LIMITS: BrokerLimits = {
  window: { messages: 100, bytes: 256 * KIB, lookAheadMessages: 1_000, lookAheadBytes: MIB },
  totalWaitingBytes: 256 * MIB,
  connectTimeoutMs: 10_000,
  drainTimeoutMs: 5_000,
  connectBytes: MAX_PAYLOAD_BYTES + 4 * KIB,
  subscribeBytes: 64 * KIB,
  clientIdLength: 1_024,
  subscriptionsPerConnection: 1_000,
  topicsPerConnection: 10_000,
  messagesPerSecond: 10_000,
  connectionsPerCredential: 1_000,
  // A whole street may stand behind one address.
  connectionsPerAddress: 30_000,
  commandsInFlight: 100,
  retainedBytesPerGateway: 16 * MIB,
  qos2PerSession: 1_000,
  qos2Sessions: 10_000,
  willGraceMs: 15_000,
  sleepingSessionsPerCredential: 32,
  stopWithinMs: 5_000,
};

/** Those that are configured; the others stay as they are. */
export function limitsOf(given: MqttLimits): Partial<BrokerLimits> {
  const {
    messagesPerSecond,
    topics,
    subscriptions,
    connectionsPerCredential,
    connectionsPerAddress,
    inFlight,
  } = given;
  const { window } = DEFAULT_LIMITS;
  return {
    ...(messagesPerSecond !== undefined && { messagesPerSecond }),
    ...(topics !== undefined && { topicsPerConnection: topics }),
    ...(subscriptions !== undefined && { subscriptionsPerConnection: subscriptions }),
    ...(connectionsPerCredential !== undefined && { connectionsPerCredential }),
    ...(connectionsPerAddress !== undefined && { connectionsPerAddress }),
    ...(inFlight !== undefined && {
      window: {
        ...window,
        messages: inFlight,
        // Presses are looked for behind what is held back, as far beyond it as by default.
        lookAheadMessages: inFlight * (window.lookAheadMessages / window.messages),
      },
    }),
  };
}
