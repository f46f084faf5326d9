import type { InboundMessage } from '../../schemas/inbound.ts';
import { encodeAcknowledgement, type Forward, forwardOf, PINGREQ_BYTES } from './aedes-packets.ts';
import { type ConnectRequest, readConnect, type RefusedConnect } from './connect-packet.ts';
import type { CloseReason, ConnectionContext, FramedSession, PublishRoute } from './connection-types.ts';
import type { DeliveryLedger } from './delivery-ledger.ts';
import { MessageRate } from './message-rate.ts';
import { isTopicName, readText } from './mqtt-text.ts';
import type { PacketSink, PublishHead } from './packet-reader.ts';
import * as types from './packet-types.ts';
import type { PublishLane } from './publish-lane.ts';
import { digestOf } from './qos2-handshakes.ts';
import { encodeSubscribe, encodeUnsubscribe, readSubscribe, readUnsubscribe } from './subscribe-packets.ts';

/** The connection whose packets these are. */
export interface PacketHost {
  readonly context: ConnectionContext;
  readonly lane: PublishLane<Forward>;
  readonly ledger: DeliveryLedger;
  /** Nothing is read behind it until it has been decided. */
  connect(request: ConnectRequest | RefusedConnect): void;
  /** The client is done. */
  leave(): void;
  /** Nothing more is read until the lane has room. */
  hold(): void;
  /** Nothing more is read for so long. */
  throttle(ms: number): void;
  close(reason: CloseReason): void;
}

/** Topics of a bridge's connection whose way is remembered. */
const MOST_ROUTES = 10_000;
/** Remaining length of packets that have two bytes or none; whether it is right is seen when they are read. */
const SHORT_BYTES = 64;
const EMPTY = Buffer.alloc(0);

/**
 * What becomes of each packet from a client: publishes go to the lane, and what else aedes needs behind or past them;
 * what is malformed, foreign or too large ends the connection.
 */
export class ClientPackets implements PacketSink<PublishRoute> {
  publishBound = -1;
  readonly #host: PacketHost;
  readonly #routes = new Map<string, PublishRoute>();
  #session: FramedSession | undefined;
  #rate: MessageRate | undefined;
  #protocol: 3 | 4 = 4;

  constructor(host: PacketHost) {
    this.#host = host;
  }

  /** From now on it is known who speaks. */
  begin(session: FramedSession, protocol: 3 | 4): void {
    this.#session = session;
    this.#protocol = protocol;
    this.publishBound = 2 + 0xffff + 2 + session.largestPayloadBytes;
    const { messagesPerSecond } = session;
    if (Number.isFinite(messagesPerSecond))
      this.#rate = new MessageRate(messagesPerSecond, this.#host.context.clock.now());
  }

  bound(type: number): number {
    const { limits } = this.#host.context;
    if (this.#session === undefined) return type === types.CONNECT ? limits.connectBytes : -1;
    switch (type) {
      case types.SUBSCRIBE:
      case types.UNSUBSCRIBE:
        return limits.subscribeBytes;
      case types.PUBACK:
      case types.PUBREC:
      case types.PUBREL:
      case types.PUBCOMP:
      case types.PINGREQ:
      case types.DISCONNECT:
        return SHORT_BYTES;
      default:
        return -1;
    }
  }

  malformed(reason: types.MalformedReason): void {
    this.#host.context.metrics.malformed(reason);
    this.#host.close('malformed');
  }

  tooLarge(): void {
    this.#host.close('too_large');
  }

  packet(type: number, flags: number, body: Buffer): void {
    switch (type) {
      case types.CONNECT:
        return this.#connect(flags, body);
      case types.SUBSCRIBE:
        return this.#flagsFit(flags) ? this.#subscribe(body) : this.malformed('flags');
      case types.UNSUBSCRIBE:
        return this.#flagsFit(flags) ? this.#unsubscribe(body) : this.malformed('flags');
      case types.PUBREL:
        return this.#flagsFit(flags) ? this.#acknowledgement(type, body) : this.malformed('flags');
      case types.PINGREQ:
      case types.DISCONNECT:
        if (flags !== 0) return this.malformed('flags');
        if (body.length !== 0) return this.malformed('length');
        return type === types.PINGREQ ? this.#send(PINGREQ_BYTES) : this.#host.leave();
      default:
        return flags === 0 ? this.#acknowledgement(type, body) : this.malformed('flags');
    }
  }

  /** These packets have one bit set [MQTT-2.2.2-2]; MQTT 3.1 let clients mark them as repeats, too. */
  #flagsFit = (flags: number): boolean => flags === 2 || (this.#protocol === 3 && flags === 10);

  #connect(flags: number, body: Buffer): void {
    const request = readConnect(flags, body);
    if ('malformed' in request) this.malformed(request.malformed);
    else this.#host.connect(request);
  }

  route(topicKey: string): PublishRoute | undefined {
    const known = this.#routes.get(topicKey);
    if (known !== undefined) return known;
    const bytes = Buffer.from(topicKey, 'latin1');
    const topic = readText(bytes, 0, bytes.length);
    const route = topic === undefined ? undefined : this.#session?.route(topic);
    if (topic === undefined) this.malformed('text');
    else if (!isTopicName(topic)) this.malformed('topic_name');
    else if (route === undefined) {
      this.#host.context.metrics.refusedTopic('publish');
      this.#host.close('foreign_topic');
    } else if (this.#routes.size >= (this.#session?.mostTopics ?? 0)) {
      this.#host.context.metrics.limited('topics');
      this.#host.close('too_many_topics');
    } else {
      if (this.#routes.size >= MOST_ROUTES && this.#session?.mostTopics === Infinity) this.#routes.clear();
      this.#routes.set(topicKey, route);
      return route;
    }
    return undefined;
  }

  publish(head: PublishHead<PublishRoute>, payload: Buffer): void {
    this.#publish(head, payload, undefined);
  }

  oversized(head: PublishHead<PublishRoute>, sha256: Buffer): void {
    this.#publish(head, undefined, sha256);
  }

  #publish(head: PublishHead<PublishRoute>, payload: Buffer | undefined, sha256: Buffer | undefined): void {
    const { context, lane } = this.#host;
    const session = this.#session;
    if (session === undefined) return;
    context.metrics.published(head.qos);
    const forward = forwardOf(head, payload);
    const receivedAt = context.clock.now();
    if (head.route.accept) {
      const message: InboundMessage = {
        principal: session.principal,
        topic: head.route.topic,
        payload,
        size: head.payloadBytes,
        ...(sha256 && { sha256 }),
        qos: head.qos,
        receivedAt,
      };
      const congested = lane.congested(payload?.length ?? 0);
      const urgent = congested && head.route.urgent(payload ?? EMPTY);
      if (congested && !urgent) context.metrics.limited('window');
      if (head.qos === 2 && forward !== undefined) this.#takeOnce(session, head, message, urgent, forward);
      else lane.take(message, urgent, forward);
    } else if (forward !== undefined) lane.append(forward);
    this.#holdIfFull();
    const waitMs = this.#rate?.take(receivedAt) ?? 0;
    if (waitMs > 0) {
      context.metrics.limited('rate');
      this.#host.throttle(waitMs);
    }
  }

  /** QoS 2: a repeat of what the intake already has is acknowledged again, and not accepted again. */
  #takeOnce(
    { handshakes }: FramedSession,
    { packetId, dup }: PublishHead<PublishRoute>,
    message: InboundMessage,
    urgent: boolean,
    forward: Forward,
  ): void {
    const { lane, context } = this.#host;
    const { topic, payload, sha256 } = message;
    const digest =
      sha256 === undefined ? digestOf(topic, payload ?? EMPTY) : Buffer.from(sha256).toString('base64');
    const acceptance = handshakes.find(packetId, dup, digest);
    if (acceptance !== undefined) lane.follow(acceptance, forward);
    else if (handshakes.size >= context.limits.qos2PerSession) this.#host.close('too_many_handshakes');
    else lane.take(message, urgent, forward, (accepting) => handshakes.remember(packetId, digest, accepting));
  }

  #subscribe(body: Buffer): void {
    const request = readSubscribe(body);
    if ('malformed' in request) return this.malformed(request.malformed);
    const subscriptions = this.#session?.subscriptions(request.subscriptions) ?? [];
    this.#send(encodeSubscribe({ packetId: request.packetId, subscriptions }));
  }

  #unsubscribe(body: Buffer): void {
    const request = readUnsubscribe(body);
    if ('malformed' in request) return this.malformed(request.malformed);
    const filters = this.#session?.unsubscriptions(request.filters) ?? [];
    this.#send(encodeUnsubscribe({ packetId: request.packetId, filters }));
  }

  #acknowledgement(type: number, body: Buffer): void {
    if (body.length !== 2) return this.malformed('length');
    const packetId = body.readUInt16BE(0);
    if (packetId === 0) return this.malformed('packet_id_0');
    if (type === types.PUBREL) this.#session?.handshakes.released(packetId);
    else if (!this.#host.ledger.acknowledged(type, packetId)) return this.malformed('acknowledgement');
    this.#send(encodeAcknowledgement(type, packetId));
  }

  /** Does not wait for acceptances. A client sends PUBREL only once it has its PUBREC, so that may pass as well. */
  #send(bytes: Buffer): void {
    this.#host.lane.pass({ kind: 'packet', bytes });
    this.#holdIfFull();
  }

  #holdIfFull(): void {
    if (this.#host.lane.full) this.#host.hold();
  }
}
