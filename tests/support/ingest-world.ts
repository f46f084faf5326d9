import { createIngest } from '../../ingest/ingest.ts';
import type { Ingest, IngestDeps } from '../../ingest/ingest-port.ts';
import { systemClock } from '../../platform/clock.ts';
import { idSource } from '../../platform/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { createMetrics, type Metrics } from '../../platform/metrics.ts';
import type { InboundMessage, Outcome, Principal } from '../../schemas/inbound.ts';
import type { TestDatabase } from './postgres.ts';

/** A home with the devices that tests need; ids are `${homeId}-button` and so on. */
export const DEVICE_KINDS = {
  button: 'sos_button',
  pir: 'pir',
  watch: 'wearable',
  monitor: 'health_monitor',
  gw: 'gateway',
  screen: 'smart_screen',
} as const;

export async function registerHome(
  db: TestDatabase,
  homeId: string,
  devices: Readonly<Record<string, string>> = DEVICE_KINDS,
  street = '莲花',
): Promise<void> {
  const at = new Date('2026-01-01T00:00:00Z');
  await db.pool.query({
    text: `insert into homes (id, street, personal, created_at) values ($1, $2, '', $3)`,
    values: [homeId, street, at],
  });
  await db.pool.query({
    text: `insert into residents (id, home_id, personal, created_at) values ($1, $2, '', $3)`,
    values: [`${homeId}-r`, homeId, at],
  });
  for (const [name, kind] of Object.entries(devices)) await registerDevice(db, homeId, name, kind);
}

export async function registerDevice(
  db: TestDatabase,
  homeId: string,
  name: string,
  kind: string,
): Promise<void> {
  await db.pool.query({
    text: `insert into devices (id, home_id, kind, zone, codec, external_id, secret_hash, created_at)
      values ($1, $2, $3, $4, $5, $6, '', $7)`,
    values: [
      `${homeId}-${name}`,
      homeId,
      kind,
      kind === 'pir' ? 'bathroom' : null,
      kind === 'gateway' ? 'zigbee2mqtt' : null,
      `ext-${name}`,
      new Date('2026-01-01T00:00:00Z'),
    ],
  });
}

export interface World {
  readonly ingest: Ingest;
  readonly metrics: Metrics;
  /** As the home's gateway, which may speak for all of its devices. */
  send(
    homeId: string,
    device: string,
    channel: string,
    payload: unknown,
    more?: Partial<InboundMessage>,
  ): Promise<Outcome>;
}

/** An ingest on this database, started. */
export async function startWorld(db: TestDatabase, more: Partial<IngestDeps> = {}): Promise<World> {
  const world = worldOf(db, more);
  await world.ingest.start();
  return world;
}

export function worldOf(db: TestDatabase, more: Partial<IngestDeps> = {}): World {
  const metrics = createMetrics({ process: false });
  const clock = more.clock ?? systemClock;
  const ingest = createIngest({
    databaseUrl: db.url,
    pool: db.pool,
    clock,
    log: silentLog(),
    metrics,
    newId: idSource(clock),
    timeZone: 'Asia/Shanghai',
    ...more,
  });
  return {
    ingest,
    metrics,
    send: (homeId, device, channel, payload, rest) =>
      ingest.intake.accept(
        messageOf(`care/v1/${homeId}/${homeId}-${device}/${channel}`, payload, {
          principal: gatewayOf(homeId),
          receivedAt: clock.now(),
          ...rest,
        }),
      ),
  };
}

export const gatewayOf = (homeId: string): Principal => ({
  type: 'gateway',
  id: `${homeId}-gw`,
  homeId,
  codec: 'zigbee2mqtt',
});

export function messageOf(
  topic: string,
  payload: unknown,
  more: Pick<InboundMessage, 'principal' | 'receivedAt'> & Partial<InboundMessage>,
): InboundMessage {
  const bytes =
    payload instanceof Uint8Array
      ? payload
      : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { topic, payload: bytes, size: bytes.length, qos: 1, ...more };
}
