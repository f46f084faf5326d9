import { Duplex } from 'node:stream';
import { AedesFeed } from './aedes-feed.ts';
import { encodeRefusal, type Forward, markResumed } from './aedes-packets.ts';
import { ClientPackets, type PacketHost } from './client-packets.ts';
import { type ConnectRequest, encodeConnect, type RefusedConnect } from './connect-packet.ts';
import type {
  Admission,
  CloseReason,
  ConnectionContext,
  ConnectionFront,
  FramedSession,
  Peer,
  PublishRoute,
  Wire,
} from './connection-types.ts';
import type { ConnectResult } from '../metrics.ts';
import { DeliveryLedger } from './delivery-ledger.ts';
import { KeepAlive } from './keep-alive.ts';
import { PacketReader } from './packet-reader.ts';
import { PublishLane } from './publish-lane.ts';

const WATER_MARK_BYTES = 64 * 1024;
/** A socket that does not take its last bytes is cut off after this. */
const LINGER_MS = 2_000;
const UNAVAILABLE = 3;

/**
 * One connection, as aedes sees it: a duplex in front of the wire. It reads packets before aedes does, lets nobody in
 * without credentials, closes on what is malformed, too large or foreign, and hands publishes on only once they have
 * been accepted. aedes keeps sessions, subscriptions and the order of acknowledgements.
 */
export class FramedConnection extends Duplex implements PacketHost {
  readonly context: ConnectionContext;
  readonly lane: PublishLane<Forward>;
  readonly ledger = new DeliveryLedger();
  session: FramedSession | undefined;
  readonly peer: Peer;
  readonly #wire: Wire;
  readonly #front: ConnectionFront<FramedConnection>;
  readonly #packets: ClientPackets;
  readonly #reader: PacketReader<PublishRoute>;
  readonly #feed: AedesFeed;
  #state: 'opening' | 'admitting' | 'open' | 'closed' = 'opening';
  #attached = false;
  #ready = false;
  #disconnected = false;
  #withheld = false;
  /** The CONNACK to come is that of a session with a past. */
  #resumes = false;
  #quiet = false;
  #cancelTimeout: () => void;
  #keepAlive: KeepAlive | undefined;
  #cancelThrottle: (() => void) | undefined;

  constructor(wire: Wire, peer: Peer, front: ConnectionFront<FramedConnection>, context: ConnectionContext) {
    super({ readableHighWaterMark: WATER_MARK_BYTES, writableHighWaterMark: WATER_MARK_BYTES });
    const { intake, pressure, clock, limits } = context;
    this.context = context;
    this.peer = peer;
    this.#wire = wire;
    this.#front = front;
    this.lane = new PublishLane<Forward>({
      intake,
      limits: limits.window,
      pressure,
      now: () => clock.now(),
      onReady: () => this.#feed.flush(),
      onRoom: () => this.#readOn(),
      onRejected: () => this.close('intake_closed'),
    });
    this.#feed = new AedesFeed(
      this.lane,
      (bytes) => this.push(bytes),
      (bytes) => this.#answer(bytes),
    );
    this.#packets = new ClientPackets(this);
    this.#reader = new PacketReader<PublishRoute>(this.#packets);
    this.#cancelTimeout = clock.setTimer(limits.connectTimeoutMs, () => this.close('connect_timeout'));
    wire.on('data', (chunk: Buffer) => this.#received(chunk));
    for (const event of ['end', 'close', 'error']) wire.on(event, () => this.#wireEnded());
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

  /** Ends the connection, once; what was said before is still written. */
  close(reason: CloseReason): void {
    if (this.#state === 'closed') return;
    const { clock, limits, metrics } = this.context;
    const { submitted, held, slowAt } = this.lane;
    this.#withheld =
      submitted > 0 || held > 0 || this.#reader.held || clock.now() - slowAt < limits.willGraceMs;
    this.#state = 'closed';
    this.#cancelTimeout();
    this.#cancelThrottle?.();
    this.#keepAlive?.stop();
    this.#reader.stop();
    this.lane.drop();
    this.#feed.close();
    this.#closeWire();
    metrics.closed(reason);
    this.#front.ended(this, reason);
    // aedes forgets a client only if it knew it: one that is destroyed while it is being let in stays in its books.
    if (!this.#attached || this.#ready) this.destroy();
  }

  /** No more is read; what the intake has may still be acknowledged. */
  quiesce(): void {
    this.#quiet = true;
    this.lane.quiesce();
    this.hold();
    this.#wire.pause();
  }

  /** aedes has sent the CONNACK. */
  opened(): void {
    this.#ready = true;
    if (this.#state === 'closed') this.destroy();
    else this.#feed.open();
  }

  /** Whether the publish that aedes is about to acknowledge has been accepted. */
  takeReceipt(packetId: number, qos: number): boolean {
    return this.#feed.takeReceipt(packetId, qos);
  }

  // For the packets ---------------------------------------------------------------------------------------------

  connect(request: ConnectRequest | RefusedConnect): void {
    if ('returnCode' in request)
      return this.#refuse(request.returnCode, request.returnCode === 2 ? 'client_id' : 'protocol');
    this.#state = 'admitting';
    // What is pipelined behind it waits here: aedes drops what comes before its CONNACK beyond `queueLimit`.
    this.hold();
    this.#front.admit(request, this).then(
      (admission) => this.#admitted(request, admission),
      () => this.#refuse(UNAVAILABLE, 'unavailable'),
    );
  }

  leave(): void {
    this.#disconnected = true;
    this.#reader.stop();
    this.lane.finish({ kind: 'disconnect' });
  }

  hold(): void {
    this.#reader.hold();
  }

  throttle(ms: number): void {
    this.hold();
    this.#cancelThrottle ??= this.context.clock.setTimer(ms, () => {
      this.#cancelThrottle = undefined;
      if (!this.lane.full) this.#readOn();
    });
  }

  // The wire ----------------------------------------------------------------------------------------------------

  #received(chunk: Buffer): void {
    this.#keepAlive?.heard();
    this.#reader.feed(chunk);
    if (this.#reader.held) this.#wire.pause();
  }

  #readOn(): void {
    if (this.#state !== 'open' || this.#quiet || this.#cancelThrottle !== undefined) return;
    this.#reader.release();
    if (!this.#reader.held) this.#wire.resume();
  }

  #wireEnded(): void {
    if (this.#disconnected && this.ready && !this.lane.waiting) {
      // The DISCONNECT is on its way to aedes, which ends the connection as it should be.
      this.#cancelTimeout();
      this.#cancelTimeout = this.context.clock.setTimer(LINGER_MS, () => this.close('disconnect'));
    } else this.close(this.#disconnected ? 'disconnect' : 'gone');
  }

  #admitted(request: ConnectRequest, admission: Admission): void {
    if (this.#state !== 'admitting') return;
    if (!('session' in admission)) return this.#refuse(admission.returnCode, admission.result);
    const { protocol, clean, keepAliveS } = request;
    const { session } = admission;
    this.#cancelTimeout();
    this.session = session;
    this.#resumes = session.resumed && protocol === 4;
    this.#packets.begin(session, protocol);
    this.#state = 'open';
    this.#attached = true;
    this.context.metrics.connect('accepted');
    if (keepAliveS > 0)
      this.#keepAlive = new KeepAlive(keepAliveS, this.context.clock, {
        waits: () => this.#reader.held,
        onSilent: () => this.close('keep_alive'),
      });
    this.#front.attach(this);
    this.push(encodeConnect({ protocol, clean, clientId: session.clientId, will: session.will }));
    this.#readOn();
  }

  #refuse(returnCode: number | undefined, result: ConnectResult): void {
    if (this.#state === 'closed') return;
    this.context.metrics.connect(result);
    if (returnCode !== undefined) this.#wire.write(encodeRefusal(returnCode));
    this.close('refused');
  }

  /** Lets the wire take what has been written, for a while. */
  #closeWire(): void {
    const wire = this.#wire;
    if (wire.destroySoon) wire.destroySoon();
    else wire.end();
    if (wire.destroyed) return;
    const cancel = this.context.clock.setTimer(LINGER_MS, () => wire.destroy());
    wire.once('close', cancel);
  }

  // aedes' side -------------------------------------------------------------------------------------------------

  override _read(): void {
    this.#feed.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#out(chunk, done);
  }

  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#out(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  /**
   * Straight to the wire while nothing of aedes' is on its way, as nearly always: the way through this stream costs as
   * much again. Else behind it, so that no packet is cut in two.
   */
  #answer(bytes: Buffer): boolean {
    if (this.#state !== 'open' || !this.writable) return false;
    if (this.writableLength === 0 && !this.#wire.writableNeedDrain) {
      this.#wire.write(bytes);
      return true;
    }
    if (this.writableNeedDrain) return false;
    this.write(bytes);
    return true;
  }

  #out(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (this.#state === 'closed') return done();
    if (this.#resumes) markResumed(bytes);
    this.#resumes = false;
    this.ledger.sent(bytes);
    this.#wire.write(bytes, () => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const reason = error?.message === 'drain timeout' ? 'drain_timeout' : 'broker';
    this.close(this.#disconnected ? 'disconnect' : reason);
    done(null);
  }
}
