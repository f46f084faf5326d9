import { encodeLength, sized } from './connect-packet.ts';
import { FieldReader, isTopicFilter } from './mqtt-text.ts';
import { malformed, type Malformed, type QoS } from './packet-types.ts';

export interface Subscription {
  readonly filter: string;
  readonly qos: QoS;
}
export interface SubscribeRequest {
  readonly packetId: number;
  readonly subscriptions: readonly Subscription[];
}
export interface UnsubscribeRequest {
  readonly packetId: number;
  readonly filters: readonly string[];
}

export function readSubscribe(body: Buffer): SubscribeRequest | Malformed {
  const fields = new FieldReader(body);
  const packetId = fields.takeUint16();
  if (packetId === undefined) return malformed('length');
  if (packetId === 0) return malformed('packet_id_0');
  if (fields.done) return malformed('no_topics');
  const subscriptions: Subscription[] = [];
  while (!fields.done) {
    const filter = takeFilter(fields);
    if (typeof filter !== 'string') return filter;
    const qos = fields.takeByte();
    if (qos === undefined) return malformed('length');
    if (qos !== 0 && qos !== 1 && qos !== 2) return malformed('subscription_options');
    subscriptions.push({ filter, qos });
  }
  return { packetId, subscriptions };
}

export function readUnsubscribe(body: Buffer): UnsubscribeRequest | Malformed {
  const fields = new FieldReader(body);
  const packetId = fields.takeUint16();
  if (packetId === undefined) return malformed('length');
  if (packetId === 0) return malformed('packet_id_0');
  if (fields.done) return malformed('no_topics');
  const filters: string[] = [];
  while (!fields.done) {
    const filter = takeFilter(fields);
    if (typeof filter !== 'string') return filter;
    filters.push(filter);
  }
  return { packetId, filters };
}

function takeFilter(fields: FieldReader): string | Malformed {
  const filter = fields.takeText();
  if (filter === undefined) return malformed('length');
  if (filter === null) return malformed('text');
  return isTopicFilter(filter) ? filter : malformed('topic_filter');
}

export function encodeSubscribe(request: SubscribeRequest): Buffer {
  const topics = request.subscriptions.flatMap(({ filter, qos }) => [
    sized(Buffer.from(filter)),
    Buffer.from([qos]),
  ]);
  return encode(0x82, request.packetId, topics);
}

export const encodeUnsubscribe = (request: UnsubscribeRequest): Buffer =>
  encode(
    0xa2,
    request.packetId,
    request.filters.map((filter) => sized(Buffer.from(filter))),
  );

function encode(first: number, packetId: number, topics: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from([packetId >> 8, packetId & 255]), ...topics]);
  return Buffer.concat([Buffer.from([first]), encodeLength(body.length), body]);
}
