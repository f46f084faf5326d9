import { defineConfig } from 'vitest/config';

const isolated = { testTimeout: 20_000, hookTimeout: 120_000 };
/** Shows that every integration test can be tried again where it has failed: see the file. */
const drill = Number(process.env['RETRY_DRILL'] ?? 0);
const outside = ['**/node_modules/**', '**/dist/**'];

/**
 * `unit`: beside the code, no I/O, all of it in seconds. `integration`: `*.it.test.ts`, on a real PostgreSQL
 * (and, where the machine has them, Redis, mosquitto, Chromium).
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...isolated,
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...outside, '**/*.it.test.ts'],
        },
      },
      {
        test: {
          ...isolated,
          name: 'integration',
          include: ['**/*.it.test.ts'],
          exclude: outside,
          testTimeout: 90_000,
          hookTimeout: 300_000,
          // A condition is waited for as long as a busy machine may need, not as long as a quick one does.
          expect: { poll: { timeout: 20_000, interval: 25 } },
          // Real processes on a shared machine: one stall is not a failure, two are.
          retry: drill || (process.env['CI'] === 'true' ? 1 : 0),
          setupFiles: drill > 0 ? ['tests/support/retry-drill.ts'] : [],
          pool: 'forks',
          maxWorkers: 2,
          globalSetup: ['tests/support/postgres-server.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
