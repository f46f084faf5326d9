import type { Channel, Payload } from './channels.ts';

/** Who speaks: the credential that a connection or an HTTP request has shown. */
export interface Principal {
  /** `broker`: an external broker, which has authenticated and authorised the device itself (`MQTT_URL`). */
  type: 'device' | 'gateway' | 'bridge' | 'broker';
  /** The credential's username. */
  id: string;
  /** Home of a device or gateway; absent for a bridge. */
  homeId?: string;
  /** Homes of a bridge. */
  homes?: readonly string[];
  /** Codec of a gateway whose devices keep their own topics, e.g. `zigbee2mqtt`. */
  codec?: string;
}

/** One message as it reached us, before anybody looked inside. */
export interface InboundMessage {
  principal: Principal;
  /** Contract topic, or a codec's own (without any prefix of ours). */
  topic: string;
  /** Absent when it was too large to be taken (then `size` and `sha256` tell). */
  payload: Uint8Array | undefined;
  size: number;
  sha256?: Uint8Array;
  qos: 0 | 1 | 2;
  /** A last will that the broker speaks for a device that is gone. */
  will?: boolean;
  /** Delivered with the retain flag by an external broker: state, never an event. */
  retained?: boolean;
  /** ms since the epoch, taken when the packet was complete. */
  receivedAt: number;
}

/** What became of a message, known only after the commit (I1). */
export type Outcome =
  | { result: 'reading'; messageId: string; alertIds?: readonly string[] }
  | { result: 'duplicate'; messageId: string }
  | { result: 'dead_letter'; reason: DeadLetterReason; detail?: string }
  /** Nothing to store and nothing lost: a codec's bridge chatter, a will that a newer session overtook. */
  | { result: 'ignored'; reason: string };

export const DEAD_LETTER_REASONS = [
  'not_json',
  'schema',
  'unknown_channel',
  'unknown_device',
  'unknown_home',
  'too_large',
  'media',
  'consent',
  'database_refused',
  'codec',
  'topic',
] as const;
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

/** The port between broker (or HTTP, or an external broker's consumer) and ingest. */
export interface Intake {
  /**
   * Resolves after the commit of the transaction that stores the message, or its dead letter. Does not reject while
   * the database is away: it waits. Rejects only with `IntakeClosed`, when the service stops first.
   */
  accept(message: InboundMessage): Promise<Outcome>;
  /** The same for whoever brings tens of thousands a second: a promise for each is dear. Absent: there is only `accept`. */
  submit?(message: InboundMessage, receipt: Receipt): void;
  /** Whether to go on reading from sockets; false while more waits than the intake is willing to hold. */
  readonly saturated: boolean;
}

/** Is told once what `accept` would resolve or reject with, many in a row: must neither throw nor submit anything then. */
export interface Receipt {
  accepted(outcome: Outcome): void;
  refused(error: Error): void;
}

export class IntakeClosed extends Error {
  readonly code = 'INTAKE_CLOSED';
  constructor() {
    super('the intake has been closed');
  }
}

/** What the device's clock was worth; everything but `ok` and `late` is counted. */
export type ClockVerdict = 'ok' | 'late' | 'absent' | 'ahead' | 'unit' | 'unreadable';

/** A valid message, decoded: what detectors see. Immutable. */
export interface DeviceEvent<C extends Channel = Channel> {
  homeId: string;
  deviceId: string;
  /** Kind from the registry; `unknown` for a press of an unregistered device of a known home. */
  deviceKind: string;
  channel: C;
  payload: Payload<C>;
  /** The device's `id`, or one we made. */
  messageId: string;
  /** ms since the epoch: device time after the clock's rule, broker time, both on our clock. */
  occurredAt: number;
  receivedAt: number;
  clock: ClockVerdict;
  /** Zone from the registry, when the payload has none. */
  zone?: string;
  /** What is odd about it and should be shown as such, e.g. `unreadable`, `unregistered_device`, `id_conflict`, `bad_field:battery`. */
  marks: readonly string[];
  will?: boolean;
}
