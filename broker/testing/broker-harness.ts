import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import type { Principal } from '../../schemas/inbound.ts';
import { type Broker, type BrokerOptions, createBroker } from '../broker.ts';
import { Credentials } from '../credentials.ts';
import type { BrokerMetrics } from '../metrics.ts';
import { FakeIntake } from './fake-intake.ts';
import { FakeRegistry } from './fake-registry.ts';
import type { ConnectFields } from './packets.ts';
import { RawClient } from './raw-client.ts';

export const SECRET = 'secret';
export const device = (id = 'd1', homeId = 'h1'): Principal => ({ type: 'device', id, homeId });
export const gateway = (id = 'g1', homeId = 'h1'): Principal => ({
  type: 'gateway',
  id,
  homeId,
  codec: 'zigbee2mqtt',
});
export const bridge = (id = 'b1', homes = ['h1', 'h2']): Principal => ({ type: 'bridge', id, homes });

/** A broker on a free port, with an intake and a registry that the test controls. */
export class BrokerHarness {
  readonly intake = new FakeIntake();
  readonly registry = new FakeRegistry();
  /** What was counted, as `name:label`. */
  readonly counted: string[] = [];
  readonly broker: Broker;
  readonly #clients: RawClient[] = [];
  #stopped = false;

  private constructor(options: Partial<BrokerOptions>) {
    for (const principal of [
      device(),
      device('d2'),
      device('d3', 'h3'),
      gateway(),
      gateway('g2', 'h2'),
      bridge(),
    ])
      this.registry.set(principal, SECRET);
    this.broker = createBroker({
      host: '127.0.0.1',
      mqttPort: 0,
      intake: this.intake,
      credentials: new Credentials({ lookup: this.registry.lookup, clock: systemClock }),
      clock: systemClock,
      log: silentLog(),
      metrics: this.#metrics(),
      ...options,
    });
  }

  static async start(options: Partial<BrokerOptions> = {}): Promise<BrokerHarness> {
    const harness = new BrokerHarness(options);
    await harness.broker.start();
    return harness;
  }

  get port(): number {
    return this.broker.addresses.mqtt.port;
  }

  /** A client that is let in as `username`; its client id is `c` unless given. */
  async client(username = 'd1', fields: ConnectFields = {}): Promise<RawClient> {
    const client = await RawClient.connected(this.port, { username, password: SECRET, ...fields });
    this.#clients.push(client);
    return client;
  }

  async open(): Promise<RawClient> {
    const client = await RawClient.open(this.port);
    this.#clients.push(client);
    return client;
  }

  count(what: string): number {
    return this.counted.filter((one) => one === what).length;
  }

  /** Submitted topics, in order. */
  get topics(): string[] {
    return this.intake.messages.map(({ topic }) => topic);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.intake.open();
    for (const client of this.#clients) client.cut();
    await this.broker.stop();
  }

  #metrics(): BrokerMetrics {
    const note = (name: string) => (label: string | number) => void this.counted.push(`${name}:${label}`);
    return {
      connections: () => undefined,
      connect: note('connect'),
      closed: note('closed'),
      malformed: note('malformed'),
      published: note('published'),
      refusedTopic: note('refused'),
      limited: note('limited'),
      will: note('will'),
      command: note('command'),
    };
  }
}
