import { encodeLength } from './connect-packet.ts';
import type { PublishRoute } from './connection-types.ts';
import type { PublishHead } from './packet-reader.ts';
import type { QoS } from './packet-types.ts';

/**
 * What aedes gets of a publish that the intake has accepted and that is routed to nobody: enough to acknowledge it. The
 * name has a character that no topic from the wire can have.
 */
export const ACCEPTED_TOPIC = '\u0001';

export interface AcceptedPublish {
  readonly kind: 'accepted';
  readonly qos: 1 | 2;
  readonly packetId: number;
}

/** A publish that is routed within the broker, on the topic that it has there. */
export interface RoutedPublish {
  readonly kind: 'routed';
  readonly qos: QoS;
  readonly packetId: number;
  readonly dup: boolean;
  readonly retain: boolean;
  readonly topic: string;
  readonly payload: Buffer;
}

/** What aedes is handed. */
export type Forward =
  | AcceptedPublish
  | RoutedPublish
  | { readonly kind: 'packet'; readonly bytes: Buffer }
  | { readonly kind: 'disconnect' };

/** What of a publish aedes gets; nothing at QoS 0 if it is routed to nobody. */
export function forwardOf(
  head: PublishHead<PublishRoute>,
  payload: Buffer | undefined,
): AcceptedPublish | RoutedPublish | undefined {
  const { route, qos, packetId, dup, retain } = head;
  if (route.routedTopic !== undefined && payload !== undefined)
    return { kind: 'routed', qos, packetId, dup, retain, topic: route.routedTopic, payload };
  return qos === 0 ? undefined : { kind: 'accepted', qos, packetId };
}

const ACCEPTED_BYTES = 7;
const ACCEPTED_CODE = ACCEPTED_TOPIC.charCodeAt(0);

/** PUBLISH packets without a payload, one behind the other. */
export function encodeAccepted(publishes: readonly AcceptedPublish[]): Buffer {
  const out = Buffer.allocUnsafe(publishes.length * ACCEPTED_BYTES);
  let at = 0;
  for (const { qos, packetId } of publishes) {
    out[at] = 0x30 | (qos << 1);
    out[at + 1] = ACCEPTED_BYTES - 2;
    out[at + 2] = 0;
    out[at + 3] = 1;
    out[at + 4] = ACCEPTED_CODE;
    out[at + 5] = packetId >> 8;
    out[at + 6] = packetId & 255;
    at += ACCEPTED_BYTES;
  }
  return out;
}

const PUBACK_BYTES = 4;

/** PUBACK packets, one behind the other. */
export function encodePubacks(publishes: readonly AcceptedPublish[]): Buffer {
  const out = Buffer.allocUnsafe(publishes.length * PUBACK_BYTES);
  let at = 0;
  for (const { packetId } of publishes) {
    out[at] = 0x40;
    out[at + 1] = PUBACK_BYTES - 2;
    out[at + 2] = packetId >> 8;
    out[at + 3] = packetId & 255;
    at += PUBACK_BYTES;
  }
  return out;
}

/** Everything of a PUBLISH packet before its payload. */
export function encodePublishHead(publish: RoutedPublish): Buffer {
  const { qos, packetId, payload } = publish;
  const topic = Buffer.from(publish.topic);
  const idBytes = qos > 0 ? 2 : 0;
  const length = encodeLength(2 + topic.length + idBytes + payload.length);
  const head = Buffer.allocUnsafe(1 + length.length + 2 + topic.length + idBytes);
  head[0] = 0x30 | (publish.dup ? 8 : 0) | (qos << 1) | (publish.retain ? 1 : 0);
  length.copy(head, 1);
  const topicAt = head.writeUInt16BE(topic.length, 1 + length.length);
  topic.copy(head, topicAt);
  if (qos > 0) head.writeUInt16BE(packetId, topicAt + topic.length);
  return head;
}

export const encodeAcknowledgement = (type: number, packetId: number): Buffer =>
  Buffer.from([(type << 4) | (type === 6 ? 2 : 0), 2, packetId >> 8, packetId & 255]);

export const PINGREQ_BYTES = Buffer.from([0xc0, 0]);
export const DISCONNECT_BYTES = Buffer.from([0xe0, 0]);

/** A refusal of ours: aedes does not see connections that are not let in. */
export const encodeRefusal = (returnCode: number): Buffer => Buffer.from([0x20, 2, 0, returnCode]);

/** `bytes` begin with what aedes writes first, a CONNACK: in one that lets in, *session present* is set. */
export function markResumed(bytes: Buffer): void {
  if (bytes[0] === 0x20 && bytes[3] === 0) bytes[2] = 1;
}
