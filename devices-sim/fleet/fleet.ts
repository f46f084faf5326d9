import { upTopic, commandTopic } from '../../schemas/topics.ts';
import { ASKING_KINDS } from '../../schemas/registry.ts';
import { inParallel } from '../api/pool.ts';
import type { SimHome } from '../world/population.ts';
import { type Link, openLink } from './link.ts';

export interface FleetOptions {
  brokerUrl: string;
  /** Username and password of a device or gateway; undefined: connect without. */
  credentialOf(deviceId: string): { username: string; password: string } | undefined;
  /** A `cmd` for one of the devices. */
  onCommand(home: SimHome, deviceId: string, payload: Buffer): void;
  /** A device or gateway is connected again after the network failed. */
  onReconnect(home: SimHome, deviceId: string): void;
  onError(error: Error): void;
}

const CONNECTING_AT_ONCE = 24;

/** Every connection of the neighbourhood: one per device, or one per home that has a gateway. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #links = new Map<string, Link>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get connections(): number {
    return this.#links.size;
  }

  async connect(homes: readonly SimHome[]): Promise<void> {
    const wanted = homes.flatMap((home) => speakersOf(home).map((deviceId) => ({ home, deviceId })));
    await inParallel(wanted, CONNECTING_AT_ONCE, ({ home, deviceId }) => this.open(home, deviceId));
  }

  /** Who speaks for the device: itself, or its home's gateway. */
  speakerFor(home: SimHome, deviceId: string): string {
    return home.gatewayId ?? deviceId;
  }

  /** The link that carries the device's messages; undefined while it is gone. */
  link(home: SimHome, deviceId: string): Link | undefined {
    return this.#links.get(this.speakerFor(home, deviceId));
  }

  async open(home: SimHome, deviceId: string): Promise<void> {
    const homeId = home.home.id;
    const credential = this.#options.credentialOf(deviceId);
    const link = await openLink({
      brokerUrl: this.#options.brokerUrl,
      clientId: deviceId,
      ...credential,
      will: { topic: upTopic(homeId, deviceId, 'status'), payload: '{"online":false}' },
      subscribe: listensTo(home, deviceId),
      onMessage: (topic, payload) => {
        const target = topic.split('/')[3];
        if (target !== undefined) this.#options.onCommand(home, target, payload);
      },
      onReconnect: () => this.#options.onReconnect(home, deviceId),
      onError: (error) => this.#options.onError(error),
    });
    this.#links.set(deviceId, link);
  }

  /** The device's battery falls out: its will goes out, and it is not there until `open`. */
  die(deviceId: string): void {
    this.#links.get(deviceId)?.die();
    this.#links.delete(deviceId);
  }

  async close(): Promise<void> {
    const links = [...this.#links.values()];
    this.#links.clear();
    await Promise.allSettled(links.map((link) => link.close()));
  }
}

/** Credentials that connect for a home. */
export const speakersOf = (home: SimHome): string[] =>
  home.gatewayId === undefined ? home.devices.map((device) => device.id) : [home.gatewayId];

function listensTo(home: SimHome, deviceId: string): string[] {
  const homeId = home.home.id;
  if (deviceId === home.gatewayId) return [`care/v1/${homeId}/+/cmd`];
  const kind = home.devices.find((device) => device.id === deviceId)?.kind ?? '';
  return ASKING_KINDS.includes(kind) ? [commandTopic(homeId, deviceId)] : [];
}
