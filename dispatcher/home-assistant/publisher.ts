import { connect, type MqttClient } from 'mqtt';
import type { Clock } from '../../platform/clock.ts';
import type { Pool, Queryable } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { StreamEvent } from '../ports.ts';
import { healthOf, UNKNOWN_HEALTH } from '../registry/device-health.ts';
import { AVAILABILITY_TOPIC, discoveryOf, type Retained, type SeenHome, stateOf } from './discovery.ts';

export interface HomeAssistantOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  /** Home Assistant's own broker, with credentials in it. */
  readonly url: string;
  readonly homeIds: readonly string[];
  readonly subscribe: (listener: (event: Pick<StreamEvent, 'type' | 'data'>) => void) => () => void;
}

/** Modes, batteries and silent devices are no events of the stream. */
const LOOK_EVERY_MS = 60_000;

/**
 * Shows homes to a Home Assistant over its MQTT broker: whether help has been called for and where that stands, the
 * mode, which devices are heard. It only publishes; nothing can be said to us that way.
 */
export class HomeAssistant {
  readonly #options: HomeAssistantOptions;
  readonly #told = new Map<string, string>();
  #client: MqttClient | undefined;
  #cancel: () => void = () => undefined;
  #unsubscribe: () => void = () => undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = true;

  constructor(options: HomeAssistantOptions) {
    this.#options = options;
  }

  start(): void {
    const { url, log, homeIds, subscribe } = this.#options;
    this.#stopped = false;
    const client = connect(url, {
      will: { topic: AVAILABILITY_TOPIC, payload: Buffer.from('offline'), qos: 1, retain: true },
    });
    client.on('connect', () => {
      this.#told.clear();
      this.#tell({ topic: AVAILABILITY_TOPIC, payload: 'online' });
      this.#look();
    });
    client.on('error', (err) => log.warn({ err }, 'Home Assistant’s broker cannot be reached'));
    this.#client = client;
    this.#unsubscribe = subscribe(({ type, data }) => {
      if (type === 'alert' && homeIds.some((homeId) => data.includes(`"${homeId}"`))) this.#look();
    });
    this.#lookLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    this.#unsubscribe();
    await this.#looking;
    if (this.#client?.connected === true)
      await this.#client.publishAsync(AVAILABILITY_TOPIC, 'offline', { qos: 1, retain: true });
    await this.#client?.endAsync(true);
  }

  #lookLater(): void {
    this.#cancel = this.#options.clock.setTimer(LOOK_EVERY_MS, () => {
      this.#look();
      if (!this.#stopped) this.#lookLater();
    });
  }

  /** What has changed is told; of many calls at once one look comes. */
  #look(): void {
    this.#again = true;
    this.#looking ??= this.#lookOn().finally(() => {
      this.#looking = undefined;
    });
  }

  async #lookOn(): Promise<void> {
    const { pool, clock, homeIds, log } = this.#options;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        for (const home of await seenHomes(pool, homeIds, clock.now())) {
          this.#tell(discoveryOf(home));
          this.#tell(stateOf(home));
        }
      } catch (error) {
        log.warn({ err: error }, 'homes were not shown to Home Assistant; again within a minute');
      }
    }
  }

  #tell({ topic, payload }: Retained): void {
    if (this.#told.get(topic) === payload || this.#client?.connected !== true) return;
    this.#told.set(topic, payload);
    this.#client
      .publishAsync(topic, payload, { qos: 1, retain: true })
      .catch(() => void this.#told.delete(topic));
  }
}

interface HomeRow {
  id: string;
  mode: string;
  alarm: SeenHome['alarm'];
  devices: { id: string; kind: string; zone: string | null }[];
}

async function seenHomes(db: Queryable, homeIds: readonly string[], nowAt: number): Promise<SeenHome[]> {
  const { rows } = await db.query<HomeRow>({
    name: 'home_assistant_homes',
    text: `select h.id,
        coalesce((select case when r.mode_until <= $2 then 'home' else r.mode end from residents r
                  where r.home_id = h.id and r.retired_at is null order by r.id limit 1), 'home') as mode,
        (select jsonb_build_object('kind', a.kind, 'state', a.state) from alerts a
         where a.home_id = h.id and a.state <> 'resolved' and a.priority <= 2 and not a.test
         order by a.priority, a.opened_at limit 1) as alarm,
        coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'kind', d.kind, 'zone', d.zone) order by d.id)
                  from devices d where d.home_id = h.id and d.retired_at is null), '[]') as devices
      from homes h where h.id = any($1) and h.retired_at is null and not h.synthetic`,
    values: [homeIds, new Date(nowAt)],
  });
  const devices = rows.flatMap((row) => row.devices.map(({ id }) => ({ id, homeId: row.id })));
  const health = await healthOf(db, devices, nowAt);
  return rows.map(({ id, mode, alarm, devices: own }) => ({
    homeId: id,
    mode,
    alarm,
    devices: own.map((device) => {
      const { online, battery } = health.get(device.id) ?? UNKNOWN_HEALTH;
      return { ...device, online, battery };
    }),
  }));
}
