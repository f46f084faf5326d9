import { createHash } from 'node:crypto';
import pg from 'pg';
import { plainHomes } from '../devices-sim/load/seed-load.ts';
import type { LoadHome } from '../devices-sim/load/traffic.ts';
import { STREETS } from '../schemas/streets.ts';

/** Every device of a benchmark has it. */
export const BENCH_SECRET = 'a-secret-for-benchmarks';

/**
 * Homes, each with a gateway and its devices, straight into the registry's tables: tens of thousands in a second, where
 * the API takes minutes. With `gateways` nobody but who connects. For a service that has migrated the database and has not heard of these homes.
 */
export async function seedHomes(
  databaseUrl: string,
  count: number,
  seed = 1,
  what: 'all' | 'gateways' = 'all',
): Promise<LoadHome[]> {
  const homes = plainHomes(count, seed).map((home) => ({
    ...home,
    username: home.clientId,
    password: BENCH_SECRET,
  }));
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into homes (id, street, personal, created_at)
       select id, ($2::text[])[1 + (n - 1) % $3], '', now() from unnest($1::text[]) with ordinality as h (id, n)`,
      [homes.map(({ homeId }) => homeId), STREETS.map(({ zh }) => zh), STREETS.length],
    );
    const devices = homes.flatMap(({ homeId, clientId, devices: ofHome }) => [
      { id: clientId, homeId, kind: 'gateway', zone: null },
      ...(what === 'all' ? ofHome : []).map(({ deviceId, kind, zone }) => ({
        id: deviceId,
        homeId,
        kind,
        zone: zone ?? null,
      })),
    ]);
    await client.query(
      `insert into devices (id, home_id, kind, zone, secret_hash, created_at)
       select *, $5::bytea, now() from unnest($1::text[], $2::text[], $3::text[], $4::text[])`,
      [
        devices.map(({ id }) => id),
        devices.map(({ homeId }) => homeId),
        devices.map(({ kind }) => kind),
        devices.map(({ zone }) => zone),
        createHash('sha256').update(BENCH_SECRET).digest(),
      ],
    );
    await client.query('analyze homes');
    await client.query('analyze devices');
  } finally {
    await client.end();
  }
  return homes;
}
