import type { Client } from 'aedes';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { CommandPayload } from '../schemas/channels.ts';
import type { Intake } from '../schemas/inbound.ts';
import { commandTopic } from '../schemas/topics.ts';
import { Admissions } from './admissions.ts';
import { CareBroker } from './care-broker.ts';
import { CommandRoutes } from './command-routes.ts';
import type { Credentials } from './credentials.ts';
import { AddressBook } from './address-book.ts';
import type { Peer, Wire } from './framing/connection-types.ts';
import { FramedConnection } from './framing/framed-connection.ts';
import { SharedPressure } from './framing/shared-pressure.ts';
import { type BrokerLimits, DEFAULT_LIMITS } from './limits.ts';
import { type Addresses, type ListenerOptions, listenForMqtt, type Listeners } from './listeners.ts';
import type { LiveSession } from './live-sessions.ts';
import { type BrokerMetrics, noMetrics } from './metrics.ts';
import { ALONE, type Neighbours } from './neighbours.ts';
import { type Granted, grantedQos } from './granted-qos.ts';
import type { OpenAuthoriser } from './session.ts';

export interface BrokerOptions extends ListenerOptions {
  readonly intake: Intake;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error' | 'debug'>;
  readonly metrics?: BrokerMetrics | undefined;
  readonly limits?: Partial<BrokerLimits> | undefined;
  /** Lets clients without a credential in, on topics outside the contract; for conformance runs only. */
  readonly openAuthoriser?: OpenAuthoriser | undefined;
  /** Other brokers of the district; default: none. */
  readonly neighbours?: Neighbours | undefined;
  /** Somebody listens for commands to this device now (`+`: to every device of the home). */
  readonly onCommandListener?: ((homeId: string, deviceId: string) => void) | undefined;
}

export interface Broker {
  start(): Promise<void>;
  /** No new connections, no new packets; what the intake has is acknowledged if it is accepted in time. No wills. */
  stop(): Promise<void>;
  /** Rejects with `NobodyListens` if no connection takes commands for that device. */
  publishCommand(homeId: string, deviceId: string, command: CommandPayload): Promise<void>;
  /** Whether it was written to anybody; what a lost connection has not confirmed by `expiresAt` is not sent again. */
  sendCommand(homeId: string, deviceId: string, body: unknown, expiresAt: number): boolean;
  /** Payload of NOTIFY `registry`: `device:ID`, `bridge:ID`, `home:ID`. */
  registryChanged(payload: string): void;
  /** Client certificates have been taken back: who has come in with one of them is cut off. */
  certificatesRevoked(): void;
  /** Notifications may have been missed: everything is looked up again. */
  registryUnknown(): void;
  readonly addresses: Addresses;
  readonly connectedCount: number;
}

export class NobodyListens extends Error {
  readonly code = 'NOBODY_LISTENS';
  constructor() {
    super('no connection takes commands for this device');
  }
}

/** Commands given without a time of their own are not sent again after this. */
const COMMAND_LIVES_MS = 60_000;

/** MQTT 3.1.1 for devices, gateways and bridges: aedes behind the framing, the intake before every acknowledgement (I1). */
export function createBroker(options: BrokerOptions): Broker {
  const { intake, clock, log, metrics = noMetrics, neighbours = ALONE } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const pressure = new SharedPressure(intake, limits.totalWaitingBytes, clock);
  const context = { intake, pressure, limits, clock, metrics };
  const routes = new CommandRoutes<LiveSession>();
  const clients = new Map<LiveSession, Client>();
  const wires = new Set<FramedConnection>();
  const addresses = new AddressBook(limits.connectionsPerAddress);
  let listeners: Listeners | undefined;
  let stopping = false;

  const admissions = new Admissions({
    ...options,
    limits,
    metrics,
    isStopping: () => stopping,
    attach: (live) => void clients.set(live, aedes.handle(live.connection)),
    onEnd: (live) => {
      routes.removeAll(live);
      clients.delete(live);
    },
    onBegan: (notice) => neighbours.announce(notice),
    onForget: (clientId) =>
      void aedes
        .forget(clientId)
        .catch((error: unknown) => log.warn({ err: error }, 'session not forgotten')),
    onWill: (packet) => aedes.publish(packet, () => undefined),
  });
  const { sessions } = admissions;
  const liveOf = (client: Client): LiveSession | undefined =>
    client.conn instanceof FramedConnection ? sessions.ofConnection(client.conn) : undefined;

  const aedes: CareBroker = new CareBroker(
    {
      // Ours come first: credentials, keep-alive, time limits and sizes are the framing's.
      connectTimeout: limits.connectTimeoutMs,
      drainTimeout: limits.drainTimeoutMs,
      maxInflightInbound: limits.qos2PerSession,
      maxClientsIdLength: Infinity,
      preConnect: (client, _packet, done) => done(null, isAdmitted(client)),
      authenticate: (client, _username, _password, done) => done(null, isAdmitted(client)),
      authorizePublish(client, packet, done) {
        const connection = client?.conn;
        if (!(connection instanceof FramedConnection)) return done(new Error('publish of nobody'));
        const { session } = connection;
        // A will that was left to aedes belongs to a session without a credential; nothing of it is stored.
        if (session?.will !== undefined && connection.ended) return done(null);
        const has = connection.takeReceipt(packet.messageId ?? 0, packet.qos);
        done(has ? null : new Error('publish without a receipt'));
      },
      authorizeSubscribe(client, subscription, done) {
        const live = liveOf(client);
        const grant = live?.framed.grant(subscription.topic);
        if (live === undefined || grant === undefined) return done(null, null);
        if (tooMany(client)) {
          metrics.limited('subscriptions');
          return done(null, null);
        }
        if (grant !== 'plain') {
          routes.add(live, grant, subscription.qos > 0 ? 1 : 0);
          if (live.connection.ready) options.onCommandListener?.(grant.homeId, grant.deviceId);
        }
        done(null, subscription);
      },
      authorizeForward(client, packet) {
        const topic = liveOf(client)?.framed.outside(packet.topic);
        if (topic === undefined) return null;
        if ('messageExpiry' in packet && packet.messageExpiry <= clock.now()) {
          metrics.command('expired');
          return null;
        }
        // One that has an id already comes out of a session's store
        if (packet.messageId !== undefined && liveOf(client)?.sentBefore.has(packet.messageId) === true)
          packet.dup = true;
        const granted = grantedQos(subscriptionsOf(client), packet.topic);
        if (granted !== undefined && granted < packet.qos) packet.qos = granted;
        // In place: for messages of a session that has come back aedes sends the packet that it asked about.
        packet.topic = topic;
        return packet;
      },
    },
    limits.retainedBytesPerGateway,
    neighbours,
  );
  const tooMany = (client: Client): boolean =>
    Object.keys(subscriptionsOf(client)).length >= limits.subscriptionsPerConnection;

  function opened(connection: FramedConnection, live: LiveSession | undefined): void {
    connection.opened();
    // A session that has come back listens from now on for what it once subscribed to.
    if (live !== undefined && connection.ready)
      for (const { homeId, deviceId } of routes.filtersOf(live))
        options.onCommandListener?.(homeId, deviceId);
  }

  aedes.on('connackSent', (packet, client) => {
    const live = liveOf(client);
    // A session without a past counts its messages from 1; aedes begins anywhere, 0 included [MQTT-2.3.1-1].
    const counter = client as unknown as { _nextId: number };
    const resumed = 'sessionPresent' in packet && packet.sessionPresent;
    if (!resumed || counter._nextId === 0) counter._nextId = 1;
    if (client.conn instanceof FramedConnection) setImmediate(opened, client.conn, live);
  });
  aedes.on('clientDisconnect', (client) => {
    if (client.conn instanceof FramedConnection) admissions.detached(client.conn);
  });
  aedes.on('unsubscribe', (filters, client) => {
    const live = liveOf(client);
    if (live !== undefined) for (const filter of filters) routes.remove(live, filter);
  });
  aedes.on('clientError', (_client, error) => log.debug({ err: error }, 'client ended by an error'));
  aedes.on('connectionError', (_client, error) => log.debug({ err: error }, 'connection ended by an error'));
  aedes.addListener('error', (error: unknown) => log.error({ err: error }, 'broker failed'));

  function onWire(wire: Wire, peer: Peer): void {
    if (stopping) return void wire.destroy();
    if (!addresses.enter(peer.address)) {
      metrics.limited('connections_per_address');
      return void wire.destroy();
    }
    wire.once('close', () => addresses.leave(peer.address));
    const connection = new FramedConnection(wire, peer, admissions, context);
    wires.add(connection);
    connection.once('close', () => wires.delete(connection));
  }

  function sendCommand(homeId: string, deviceId: string, body: unknown, expiresAt: number): boolean {
    const payload = Buffer.from(JSON.stringify(body));
    let sent = false;
    for (const [live, qos] of routes.of(homeId, deviceId)) {
      const { connection } = live;
      if (!connection.ready) continue;
      if (connection.ledger.size >= limits.commandsInFlight) {
        metrics.limited('commands_in_flight');
        continue;
      }
      const topic = commandTopic(homeId, deviceId);
      const packet = { cmd: 'publish' as const, topic, payload, qos, retain: false, dup: false };
      clients.get(live)?.publish(Object.assign(packet, { messageExpiry: expiresAt }), () => undefined);
      metrics.command('sent');
      sent = true;
    }
    return sent;
  }

  return {
    async start() {
      await aedes.listen();
      await neighbours.start({
        began: (notices) => notices.forEach((notice) => admissions.beganElsewhere(notice)),
        relayed: (packet) => aedes.relayed(packet),
        reached() {
          admissions.announceAll();
          aedes.holdAgain(
            sessions.all().flatMap(({ clean, framed }) => (clean ? [] : [{ id: framed.clientId }])),
          );
        },
      });
      listeners = await listenForMqtt(options, onWire);
      log.info({ addresses: listeners.addresses }, 'listening for MQTT');
    },
    async stop() {
      stopping = true;
      listeners?.close();
      admissions.stop();
      for (const connection of wires) connection.quiesce();
      const settled = Promise.all([...wires].map((connection) => connection.lane.settled()));
      await within(clock, limits.stopWithinMs, settled);
      // Acknowledgements of what has just been accepted are written in this turn.
      await new Promise((resolve) => setImmediate(resolve));
      for (const connection of wires) connection.close('stopping');
      pressure.stop();
      await neighbours.stop();
      if (!aedes.closed) await new Promise<void>((resolve) => aedes.close(resolve));
    },
    publishCommand(homeId, deviceId, command) {
      const sent = sendCommand(homeId, deviceId, command, clock.now() + COMMAND_LIVES_MS);
      return sent ? Promise.resolve() : Promise.reject(new NobodyListens());
    },
    sendCommand,
    registryChanged: (payload) => admissions.registryChanged(payload),
    certificatesRevoked() {
      for (const connection of wires) if (connection.peer.isRevoked()) connection.close('revoked');
    },
    registryUnknown: () => admissions.registryUnknown(),
    get addresses() {
      if (listeners === undefined) throw new Error('the broker has not been started');
      return listeners.addresses;
    },
    get connectedCount() {
      return sessions.size;
    },
  };
}

/** As they are within the broker: filter → what was granted. */
const subscriptionsOf = (client: Client): Granted =>
  (client as unknown as { subscriptions: Granted }).subscriptions;

/** Asked of the connection, not of the live sessions: one that has ended meanwhile must still come to its end in aedes. */
const isAdmitted = ({ conn }: Client): boolean =>
  conn instanceof FramedConnection && conn.session !== undefined;

function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.setTimer(ms, resolve);
    void work.finally(() => {
      cancel();
      resolve();
    });
  });
}
