import { applyRetention } from '../dispatcher/personal/retention.ts';
import { createPool, type Pool } from '../platform/database.ts';
import { startEmbeddedPostgres } from '../platform/embedded-postgres/start.ts';
import { maintainHypertables } from '../platform/hypertables.ts';
import { createMaintenance } from '../platform/maintenance.ts';
import { migrate } from '../platform/migrate.ts';
import { measureResources } from '../platform/resource-metrics.ts';
import { rollUp } from '../platform/rollups.ts';
import { type Assembly, needed } from './parts.ts';

const MAINTENANCE_MS = 3_600_000;
const ROLL_UP_MS = 900_000;

/** PostgreSQL, its tables, and what keeps them in order. */
export function addStore({ config, parts, lifecycle, clock, log, metrics, child }: Assembly): void {
  if (config.databaseUrl === undefined) {
    let server: Awaited<ReturnType<typeof startEmbeddedPostgres>> | undefined;
    lifecycle.add(
      'postgresql',
      {
        async start() {
          server = await startEmbeddedPostgres({ dataDir: config.dataDir, log: child('postgresql'), clock });
          parts.databaseUrl = server.url;
        },
        stop: () => server?.stop(),
      },
      30_000,
    );
  }

  let maintain = (): Promise<void> => Promise.resolve();
  lifecycle.add('database', {
    async start() {
      const { databaseUrl: url } = parts;
      await migrate({ url, clock, log: child('migrate') });
      const pool = createPool(url, { applicationName: 'yinling', log: child('database'), max: 16, min: 6 });
      parts.pool = pool;
      measureResources(metrics, pool, config.dataDir);
      maintain = createMaintenance({ pool, clock, log: child('partitions'), metrics });
      await maintain();
    },
    stop: () => parts.pool?.end(),
  });

  let cancelMaintenance = (): void => undefined;
  let cancelRollUp = (): void => undefined;
  let patient: Pool | undefined;
  lifecycle.add('maintenance', {
    start() {
      const pool = needed(parts.pool, 'the database');
      // Rolling up an hour and compressing a day take as long as they take; nobody waits for them
      const long = createPool(parts.databaseUrl, {
        applicationName: 'yinling maintenance',
        log: child('database'),
        max: 2,
        statementTimeoutMs: 0,
      });
      patient = long;
      const rollUps = { pool: long, clock, log: child('rollups') };
      const armRollUp = (): void => {
        cancelRollUp = clock.setTimer(ROLL_UP_MS, () => {
          rollUp(rollUps)
            .catch((err: unknown) => log.error({ err }, 'readings could not be rolled up'))
            .finally(armRollUp);
        });
      };
      armRollUp();
      const arm = (): void => {
        cancelMaintenance = clock.setTimer(MAINTENANCE_MS, () => {
          maintain()
            .catch((err: unknown) => log.error({ err }, 'partitions could not be maintained'))
            .then(() => applyRetention({ pool, clock, log: child('retention'), retention: config.retention }))
            .catch((err: unknown) => log.error({ err }, 'retention could not be applied'))
            .then(() => maintainHypertables({ pool: long, clock, log: child('hypertables') }))
            .catch((err: unknown) => log.error({ err }, 'hypertables could not be maintained'))
            .finally(arm);
        });
      };
      arm();
    },
    async stop() {
      cancelMaintenance();
      cancelRollUp();
      await patient?.end();
    },
  });
}
