import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';
import memoryPersistence from 'aedes-persistence';
import mqemitter from 'mqemitter';
import { ACCEPTED_TOPIC } from './framing/aedes-packets.ts';
import { ALONE, type GatewayPacket, type HeldSubscription, type Neighbours } from './neighbours.ts';
import { gatewayOf, isInNamespace, RetainedBudget } from './gateway-namespace.ts';

type Done = (error?: Error) => void;

/** aedes calls its own `publish` with the client in the middle, which its types leave out. */
interface Publishing {
  publish(packet: PublishPacket, clientOrDone: Client | null | Done, done?: Done): void;
}
const Base = Aedes as unknown as new (options: AedesOptions) => Omit<Aedes, 'publish'> & Publishing;

/** What we use of the persistence beside aedes itself. */
interface Store {
  storeRetained(packet: PublishPacket): Promise<void>;
  cleanSubscriptions(client: { id: string }): Promise<void>;
  cleanIncoming(client: { id: string }): Promise<void>;
  outgoingStream(client: { id: string }): AsyncIterable<PublishPacket>;
  outgoingClearMessageId(client: { id: string }, packet: PublishPacket): Promise<unknown>;
  /** These of persistent sessions only: aedes stores nothing of others. */
  addSubscriptions(client: { id: string }, subscriptions: readonly HeldSubscription[]): Promise<void>;
  removeSubscriptions(client: { id: string }, topics: readonly string[]): Promise<void>;
  subscriptionsByClient(client: { id: string }): Promise<readonly HeldSubscription[]>;
}

interface RoamingStore extends Store {
  /** As this broker knows them. */
  ownSubscriptions(client: { id: string }): Promise<readonly HeldSubscription[]>;
}

const makePersistence = memoryPersistence as unknown as () => Store;

/**
 * aedes with routing cut to what is needed. Accepted up publishes go to nobody and cost nothing beyond their
 * acknowledgement. A gateway's own topics are handed to its listeners at once, without the queue for absent ones, and
 * without aedes' numbering of messages before they are stored: it drops what arrives out of its order. aedes' chatter
 * on `$SYS` is for clusters, and is left out.
 */
export class CareBroker extends Base {
  readonly #emitter: mqemitter.MQEmitter;
  readonly #store: RoamingStore;
  readonly #budget: RetainedBudget;

  readonly #neighbours: Neighbours;

  constructor(options: AedesOptions, retainedBytesPerGateway: number, neighbours: Neighbours = ALONE) {
    // Unbounded: with a bound, the listeners that one frozen client holds up hold up everybody's (aedes #1060).
    const emitter = mqemitter({ concurrency: 0, matchEmptyLevels: true });
    const persistence = roaming(makePersistence(), neighbours);
    super({ ...options, mq: emitter, persistence });
    this.#emitter = emitter;
    this.#store = persistence;
    this.#neighbours = neighbours;
    this.#budget = new RetainedBudget(retainedBytesPerGateway);
  }

  override publish(packet: PublishPacket, clientOrDone: Client | null | Done, done?: Done): void {
    const whenDone = typeof clientOrDone === 'function' ? clientOrDone : (done ?? noop);
    const { topic } = packet;
    if (topic === ACCEPTED_TOPIC || topic.startsWith('$SYS/')) whenDone();
    else if (isInNamespace(topic)) this.#publishInNamespace(packet, whenDone);
    else super.publish(packet, clientOrDone, done);
  }

  /** Nothing of this client's session is left. */
  async forget(id: string): Promise<void> {
    await this.#store.cleanSubscriptions({ id });
    await this.#store.cleanIncoming({ id });
    for await (const packet of this.#store.outgoingStream({ id }))
      await this.#store.outgoingClearMessageId({ id }, packet);
  }

  #publishInNamespace(packet: PublishPacket, done: Done): void {
    const { topic, payload, retain } = packet;
    const qos = packet.qos > 0 ? 1 : 0;
    const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
    const own: GatewayPacket = { topic, payload: bytes, qos, retain };
    this.#neighbours.relay(own);
    this.#hand(own, done);
  }

  /** What another broker has been told by a gateway: to its listeners here. */
  relayed(packet: GatewayPacket): void {
    this.#hand(packet, noop);
  }

  /** What these sessions have subscribed to, for the other brokers. */
  holdAgain(clients: readonly { id: string }[]): void {
    for (const client of clients)
      this.#store.ownSubscriptions(client).then((held) => this.#neighbours.hold(client.id, held), noop);
  }

  #hand({ topic, payload, qos, retain }: GatewayPacket, done: Done): void {
    const copy = { cmd: 'publish' as const, topic, payload, qos, retain, dup: false } satisfies PublishPacket;
    if (retain && this.#budget.admit(gatewayOf(topic), topic, payload.length))
      this.#store.storeRetained(copy).catch(noop);
    this.#emitter.emit(copy, (error) => done(error ?? undefined));
  }
}

/** Sessions that outlive their connection are known to all brokers; each keeps a copy, for when the others cannot be asked. */
function roaming(store: Store, neighbours: Neighbours): RoamingStore {
  const { addSubscriptions, removeSubscriptions, subscriptionsByClient, cleanSubscriptions } = store;
  return Object.assign(store, {
    ownSubscriptions: (client: { id: string }) => subscriptionsByClient.call(store, client),
    async addSubscriptions(client: { id: string }, subscriptions: readonly HeldSubscription[]) {
      await addSubscriptions.call(store, client, subscriptions);
      neighbours.hold(client.id, subscriptions);
    },
    async removeSubscriptions(client: { id: string }, topics: readonly string[]) {
      await removeSubscriptions.call(store, client, topics);
      neighbours.letGo(client.id, topics);
    },
    async subscriptionsByClient(client: { id: string }) {
      return (await neighbours.held(client.id)) ?? subscriptionsByClient.call(store, client);
    },
    async cleanSubscriptions(client: { id: string }) {
      await cleanSubscriptions.call(store, client);
      neighbours.letGo(client.id);
    },
  } satisfies Partial<RoamingStore>);
}

const noop = (): void => undefined;
