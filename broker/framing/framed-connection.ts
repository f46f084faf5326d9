import { Duplex } from 'node:stream';
import type { Clock } from '../../platform/clock.ts';
import type { InboundMessage, Intake, Principal } from '../../schemas/inbound.ts';
import type { BrokerLimits } from '../limits.ts';
import type { BrokerMetrics, ConnectResult } from '../metrics.ts';
import {
  type AcceptedPublish,
  DISCONNECT_BYTES,
  encodeAccepted,
  encodeAcknowledgement,
  encodePublishHead,
  encodeRefusal,
  PINGREQ_BYTES,
  type RoutedPublish,
} from './aedes-packets.ts';
import { type ConnectRequest, encodeConnect, readConnect, type Will } from './connect-packet.ts';
import { DeliveryLedger } from './delivery-ledger.ts';
import { Fifo } from './fifo.ts';
import { KeepAlive } from './keep-alive.ts';
import { readText } from './mqtt-text.ts';
import { PacketReader, type PacketSink, type PayloadBounds, type PublishHead } from './packet-reader.ts';
import * as types from './packet-types.ts';
import { PublishLane } from './publish-lane.ts';
import { digestOf, type Qos2Handshakes } from './qos2-handshakes.ts';
import type { SharedPressure } from './shared-pressure.ts';
import {
  encodeSubscribe,
  encodeUnsubscribe,
  readSubscribe,
  readUnsubscribe,
  type Subscription,
} from './subscribe-packets.ts';

/** Where a topic of this connection leads. */
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
  /** Left to aedes; undefined: none, or kept with us. */
  readonly will: Will | undefined;
  readonly handshakes: Qos2Handshakes;
  /** Largest payload of any of its topics. */
  readonly largestPayloadBytes: number;
  /** undefined: not its own. */
  route(topic: string): PublishRoute | undefined;
  /** What aedes is asked for in its place: filters within the broker, as many as there were. */
  subscriptions(wanted: readonly Subscription[]): readonly Subscription[];
  unsubscriptions(filters: readonly string[]): readonly string[];
}

export type Admission =
  { readonly session: FramedSession } | { readonly returnCode: number; readonly result: ConnectResult };

/** What the broker does for a connection. */
export interface ConnectionFront {
  admit(request: ConnectRequest, connection: FramedConnection): Promise<Admission>;
  /** The session has begun: aedes is to take the connection. */
  attach(connection: FramedConnection): void;
  /** Nothing more comes of this connection; called once, after `attach` or without it. */
  ended(connection: FramedConnection, reason: CloseReason): void;
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
  | 'broker';

export interface ConnectionOptions {
  /** Raw socket, TLS socket or WebSocket stream. */
  readonly wire: Wire;
  readonly front: ConnectionFront;
  readonly intake: Intake;
  readonly pressure: SharedPressure;
  readonly limits: BrokerLimits;
  readonly clock: Clock;
  readonly metrics: BrokerMetrics;
}
export type Wire = Duplex & { destroySoon?(): void };

type Forward =
  | AcceptedPublish
  | RoutedPublish
  | { readonly kind: 'packet'; readonly bytes: Buffer }
  | { readonly kind: 'disconnect' };

/** What `authorizePublish` must find for each publish that aedes sees (I1, held a second time). */
export interface Receipt {
  readonly qos: types.QoS;
  readonly packetId: number;
}

/** Topics of one connection whose way is remembered; a device has a handful. */
const MOST_ROUTES = 256;
const WATER_MARK_BYTES = 64 * 1024;
/** A socket that does not take its last bytes is cut off after this. */
const LINGER_MS = 2_000;
const NO_KEEP_ALIVE_BOUND = 64;

/**
 * One connection, as aedes sees it: a duplex in front of the wire. It reads packets before aedes does, lets nobody in
 * without credentials, closes on what is malformed, too large or foreign, and hands publishes on only once they have
 * been accepted. aedes keeps sessions, subscriptions and the order of acknowledgements.
 */
export class FramedConnection extends Duplex implements PacketSink<PublishRoute> {
  session: FramedSession | undefined;
  publishBound = -1;
  readonly #options: ConnectionOptions;
  readonly #wire: Wire;
  readonly #reader: PacketReader<PublishRoute>;
  readonly #lane: PublishLane<Forward>;
  readonly #ledger = new DeliveryLedger();
  readonly #routes = new Map<string, PublishRoute>();
  readonly #receipts = new Fifo<Receipt>();
  /** Packets that do not wait for publishes. */
  #ahead: Buffer[] = [];
  #state: 'opening' | 'admitting' | 'open' | 'closed' = 'opening';
  #protocol: 3 | 4 = 4;
  #attached = false;
  /** aedes has sent its CONNACK: what it is given from now on it handles. */
  #ready = false;
  /** aedes reads more slowly than we accept. */
  #blocked = false;
  #disconnecting = false;
  #disconnected = false;
  #withheld = false;
  #quiet = false;
  #cancelTimeout: () => void;
  #keepAlive: KeepAlive | undefined;

  constructor(options: ConnectionOptions) {
    super({ readableHighWaterMark: WATER_MARK_BYTES, writableHighWaterMark: WATER_MARK_BYTES });
    this.#options = options;
    this.#wire = options.wire;
    this.#reader = new PacketReader<PublishRoute>(this);
    this.#lane = new PublishLane<Forward>({
      intake: options.intake,
      limits: options.limits.window,
      pressure: options.pressure,
      now: () => options.clock.now(),
      onReady: () => this.#flush(),
      onRoom: () => this.#readOn(),
      onRejected: () => this.close('intake_closed'),
    });
    this.#cancelTimeout = options.clock.setTimer(options.limits.connectTimeoutMs, () =>
      this.close('connect_timeout'),
    );
    const wire = this.#wire;
    wire.on('data', (chunk: Buffer) => this.#received(chunk));
    wire.on('end', () => this.#wireEnded());
    wire.on('close', () => this.#wireEnded());
    wire.on('error', () => this.#wireEnded());
  }

  get ended(): boolean {
    return this.#state === 'closed';
  }
  /** Whether it ends as the client wished it: with a DISCONNECT, which takes the will with it [MQTT-3.14.4-3]. */
  get disconnected(): boolean {
    return this.#disconnected;
  }
  get attached(): boolean {
    return this.#attached;
  }
  /** Whether acknowledgements were withheld at its end, or just before, or the socket not read: reasons of ours to go. */
  get withheld(): boolean {
    return this.#withheld;
  }
  /** Whether commands may be written to it. */
  get ready(): boolean {
    return this.#ready && this.#state === 'open';
  }
  get unacknowledgedDeliveries(): number {
    return this.#ledger.size;
  }
  /** Resolves when the intake has nothing of it any more. */
  settled(): Promise<void> {
    return this.#lane.settled();
  }

  /** Ends the connection, once; what was said before is still written. */
  close(reason: CloseReason): void {
    if (this.#state === 'closed') return;
    this.#withheld =
      this.#lane.submitted > 0 ||
      this.#lane.held > 0 ||
      this.#reader.held ||
      this.#options.clock.now() - this.#lane.slowAt < this.#options.limits.willGraceMs;
    this.#state = 'closed';
    this.#cancelTimeout();
    this.#keepAlive?.stop();
    this.#reader.stop();
    this.#lane.drop();
    this.#ahead = [];
    this.#closeWire();
    this.#options.metrics.closed(reason);
    this.#options.front.ended(this, reason);
    // aedes forgets a client only if it knew it: one that is destroyed while it is being let in stays in its books.
    if (!this.#attached || this.#ready) this.destroy();
  }

  /** No more is read; what the intake has may still be acknowledged. */
  quiesce(): void {
    this.#quiet = true;
    this.#reader.hold();
    this.#wire.pause();
  }

  /** aedes has sent the CONNACK. */
  opened(): void {
    this.#ready = true;
    if (this.#state === 'closed') this.destroy();
    else this.#flush();
  }

  /** The receipt for the publish that aedes is about to acknowledge. */
  takeReceipt(packetId: number, qos: number): boolean {
    const receipt = this.#receipts.shift();
    if (this.#disconnecting && this.#receipts.size === 0) this.#disconnect();
    return receipt !== undefined && receipt.packetId === packetId && receipt.qos === qos;
  }

  // From the wire -----------------------------------------------------------------------------------------------

  #received(chunk: Buffer): void {
    this.#keepAlive?.heard();
    this.#reader.feed(chunk);
    if (this.#reader.held) this.#wire.pause();
  }

  #readOn(): void {
    if (this.#state !== 'open' || this.#quiet) return;
    this.#reader.release();
    if (!this.#reader.held) this.#wire.resume();
  }

  #wireEnded(): void {
    if (this.#disconnected && this.#ready && !this.#lane.waiting && this.#state === 'open') {
      // The DISCONNECT is on its way to aedes, which ends the connection as it should be.
      this.#cancelTimeout();
      this.#cancelTimeout = this.#options.clock.setTimer(LINGER_MS, () => this.close('disconnect'));
    } else this.close(this.#disconnected ? 'disconnect' : 'gone');
  }

  bound(type: number): number {
    const { limits } = this.#options;
    if (this.#state === 'opening') return type === types.CONNECT ? limits.connectBytes : -1;
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
        return NO_KEEP_ALIVE_BOUND;
      default:
        return -1;
    }
  }

  malformed(reason: types.MalformedReason): void {
    this.#options.metrics.malformed(reason);
    this.close('malformed');
  }

  tooLarge(): void {
    this.close('too_large');
  }

  packet(type: number, flags: number, body: Buffer): void {
    switch (type) {
      case types.CONNECT:
        return this.#connect(flags, body);
      case types.SUBSCRIBE:
        return this.#flagsFit(flags, 2) ? this.#subscribe(body) : this.malformed('flags');
      case types.UNSUBSCRIBE:
        return this.#flagsFit(flags, 2) ? this.#unsubscribe(body) : this.malformed('flags');
      case types.PUBREL:
        return this.#flagsFit(flags, 2) ? this.#acknowledgement(type, body) : this.malformed('flags');
      case types.PINGREQ:
      case types.DISCONNECT:
        if (flags !== 0) return this.malformed('flags');
        if (body.length !== 0) return this.malformed('length');
        return type === types.PINGREQ ? this.#send(PINGREQ_BYTES) : this.#leave();
      default:
        return flags === 0 ? this.#acknowledgement(type, body) : this.malformed('flags');
    }
  }

  /** MQTT 3.1 let clients mark these packets as repeats. */
  #flagsFit = (flags: number, wanted: number): boolean =>
    flags === wanted || (this.#protocol === 3 && flags === (wanted | 8));

  #connect(flags: number, body: Buffer): void {
    const request = readConnect(flags, body);
    if ('malformed' in request) return this.malformed(request.malformed);
    if ('returnCode' in request)
      return this.#refuse(request.returnCode, request.returnCode === 2 ? 'client_id' : 'protocol');
    this.#state = 'admitting';
    this.#protocol = request.protocol;
    // What is pipelined behind it waits here: aedes drops what comes before its CONNACK beyond `queueLimit`.
    this.#reader.hold();
    const { front } = this.#options;
    front.admit(request, this).then(
      (admission) => this.#admitted(request, admission),
      () => this.#refuse(3, 'unavailable'),
    );
  }

  #admitted(request: ConnectRequest, admission: Admission): void {
    if (this.#state !== 'admitting') return;
    if (!('session' in admission)) return this.#refuse(admission.returnCode, admission.result);
    const { session } = admission;
    const { clock, metrics, front } = this.#options;
    this.#cancelTimeout();
    this.session = session;
    this.publishBound = 2 + 0xffff + 2 + session.largestPayloadBytes;
    this.#state = 'open';
    this.#attached = true;
    metrics.connect('accepted');
    if (request.keepAliveS > 0)
      this.#keepAlive = new KeepAlive(request.keepAliveS, clock, {
        waits: () => !this.#disconnected && this.#reader.held,
        onSilent: () => this.close('keep_alive'),
      });
    front.attach(this);
    this.push(
      encodeConnect({
        protocol: request.protocol,
        clean: request.clean,
        clientId: session.clientId,
        will: session.will,
      }),
    );
    this.#readOn();
  }

  #refuse(returnCode: number | undefined, result: ConnectResult): void {
    if (this.#state === 'closed') return;
    this.#options.metrics.connect(result);
    if (returnCode !== undefined) this.#wire.write(encodeRefusal(returnCode));
    this.close('refused');
  }

  route(topicKey: string): PublishRoute | undefined {
    const known = this.#routes.get(topicKey);
    if (known !== undefined) return known;
    const bytes = Buffer.from(topicKey, 'latin1');
    const topic = readText(bytes, 0, bytes.length);
    if (topic === undefined) return this.#nowhere('text');
    if (topic.includes('+') || topic.includes('#')) return this.#nowhere('topic_name');
    const route = this.session?.route(topic);
    if (route === undefined) {
      this.#options.metrics.refusedTopic('publish');
      this.close('foreign_topic');
      return undefined;
    }
    if (this.#routes.size >= MOST_ROUTES) this.#routes.clear();
    this.#routes.set(topicKey, route);
    return route;
  }

  #nowhere(reason: types.MalformedReason): undefined {
    this.malformed(reason);
    return undefined;
  }

  publish(head: PublishHead<PublishRoute>, payload: Buffer): void {
    this.#publish(head, payload, undefined);
  }

  oversized(head: PublishHead<PublishRoute>, sha256: Buffer): void {
    this.#publish(head, undefined, sha256);
  }

  #publish(head: PublishHead<PublishRoute>, payload: Buffer | undefined, sha256: Buffer | undefined): void {
    const { route, qos, packetId } = head;
    const { metrics, clock, limits } = this.#options;
    const session = this.session;
    if (session === undefined) return;
    metrics.published(qos);
    const forward = forwardOf(head, payload);
    if (!route.accept) {
      if (forward !== undefined) this.#lane.append(forward);
    } else {
      const message: InboundMessage = {
        principal: session.principal,
        topic: route.topic,
        payload,
        size: head.payloadBytes,
        ...(sha256 && { sha256 }),
        qos,
        receivedAt: clock.now(),
      };
      const urgent = this.#lane.congested(payload?.length ?? 0) && route.urgent(payload ?? EMPTY);
      if (qos !== 2) this.#lane.take(message, urgent, forward);
      else {
        const digest = sha256?.toString('base64') ?? digestOf(route.topic, payload ?? EMPTY);
        const { handshakes } = session;
        const acceptance = handshakes.find(packetId, head.dup, digest);
        if (acceptance !== undefined && forward !== undefined) this.#lane.follow(acceptance, forward);
        else if (handshakes.size >= limits.qos2PerSession) return this.close('too_many_handshakes');
        else
          this.#lane.take(message, urgent, forward, (accepting) =>
            handshakes.remember(packetId, digest, accepting),
          );
      }
    }
    if (this.#lane.full) this.#reader.hold();
  }

  #subscribe(body: Buffer): void {
    const request = readSubscribe(body);
    if ('malformed' in request) return this.malformed(request.malformed);
    const subscriptions = this.session?.subscriptions(request.subscriptions) ?? [];
    this.#send(encodeSubscribe({ packetId: request.packetId, subscriptions }));
  }

  #unsubscribe(body: Buffer): void {
    const request = readUnsubscribe(body);
    if ('malformed' in request) return this.malformed(request.malformed);
    const filters = this.session?.unsubscriptions(request.filters) ?? [];
    this.#send(encodeUnsubscribe({ packetId: request.packetId, filters }));
  }

  #acknowledgement(type: number, body: Buffer): void {
    if (body.length !== 2) return this.malformed('length');
    const packetId = body.readUInt16BE(0);
    if (packetId === 0) return this.malformed('packet_id_0');
    const bytes = encodeAcknowledgement(type, packetId);
    if (type === types.PUBREL) {
      this.session?.handshakes.released(packetId);
      this.#lane.append({ kind: 'packet', bytes });
    } else if (this.#ledger.acknowledged(type, packetId)) this.#send(bytes);
    else this.malformed('acknowledgement');
  }

  #leave(): void {
    this.#disconnected = true;
    this.#reader.stop();
    this.#wire.resume();
    this.#lane.append({ kind: 'disconnect' });
  }

  // To aedes ----------------------------------------------------------------------------------------------------

  /** Packets keep their order among themselves, and behind publishes as long as none of these waits for its acceptance. */
  #send(bytes: Buffer): void {
    if (this.#lane.waiting) {
      this.#ahead.push(bytes);
      this.#flush();
    } else this.#lane.append({ kind: 'packet', bytes });
  }

  override _read(): void {
    this.#blocked = false;
    this.#flush();
  }

  #flush(): void {
    if (!this.#ready || this.#state === 'closed') return;
    while (!this.#blocked) {
      const bytes = this.#ahead.shift();
      if (bytes === undefined) break;
      this.#push(bytes);
    }
    let accepted: AcceptedPublish[] = [];
    while (!this.#blocked) {
      const forward = accepted.length < MOST_AT_ONCE ? this.#lane.next() : undefined;
      if (forward?.kind === 'accepted') {
        accepted.push(forward);
        this.#receipts.push(forward);
        continue;
      }
      if (accepted.length > 0) this.#push(encodeAccepted(accepted));
      else if (forward === undefined) return;
      accepted = [];
      if (forward !== undefined) this.#forward(forward);
    }
  }

  #forward(forward: Exclude<Forward, AcceptedPublish>): void {
    if (forward.kind === 'packet') this.#push(forward.bytes);
    else if (forward.kind === 'routed') {
      this.#receipts.push(forward);
      this.#push(encodePublishHead(forward));
      if (forward.payload.length > 0) this.#push(forward.payload);
    } else {
      this.#disconnecting = true;
      if (this.#receipts.size === 0) this.#disconnect();
    }
  }

  #push(bytes: Buffer): void {
    if (!this.push(bytes)) this.#blocked = true;
  }

  /** Acknowledgements are written at the end of aedes' turn; its way to obey a DISCONNECT is to destroy the connection. */
  #disconnect(): void {
    this.#disconnecting = false;
    setImmediate(() => {
      if (this.#state !== 'closed') this.push(DISCONNECT_BYTES);
    });
  }

  // From aedes --------------------------------------------------------------------------------------------------

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#out(chunk, done);
  }

  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#out(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  #out(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (this.#state === 'closed') return done();
    this.#ledger.sent(bytes);
    this.#wire.write(bytes, () => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.close(
      this.#disconnected ? 'disconnect' : error?.message === 'drain timeout' ? 'drain_timeout' : 'broker',
    );
    done(null);
  }

  #closeWire(): void {
    const wire = this.#wire;
    if (wire.writableLength === 0 && wire.destroySoon === undefined) wire.destroy();
    else {
      if (wire.destroySoon) wire.destroySoon();
      else wire.end();
      const cancel = this.#options.clock.setTimer(LINGER_MS, () => wire.destroy());
      wire.once('close', cancel);
    }
  }
}

const MOST_AT_ONCE = 256;
const EMPTY = Buffer.alloc(0);

/** What of a publish aedes gets; nothing at QoS 0 if it is routed to nobody. */
function forwardOf(
  head: PublishHead<PublishRoute>,
  payload: Buffer | undefined,
): AcceptedPublish | RoutedPublish | undefined {
  const { route, qos, packetId, dup, retain } = head;
  if (route.routedTopic !== undefined && payload !== undefined)
    return { kind: 'routed', qos, packetId, dup, retain, topic: route.routedTopic, payload };
  return qos === 0 ? undefined : { kind: 'accepted', qos, packetId };
}
