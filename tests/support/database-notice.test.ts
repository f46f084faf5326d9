import { expect, it } from 'vitest';
import { databaseLines, type ServerFacts } from './database-notice.ts';

const server: ServerFacts = {
  version: '15.14',
  timescale: { available: '2.22.1', loaded: true },
  settings: {
    max_connections: '300',
    max_locks_per_transaction: '256',
    'timescaledb.max_background_workers': '0',
  },
  mayCreateDatabases: true,
};

it('the suite says on what it ran, and that there was no TimescaleDB where there was none', () => {
  expect(databaseLines(server)[0]).toBe('ran on TimescaleDB 2.22.1, PostgreSQL 15.14');
  expect(databaseLines(undefined)[0]).toMatch(
    /^ran on plain PostgreSQL, the embedded one; no TimescaleDB can be had here/,
  );
  const plain = { ...server, timescale: { available: null, loaded: false } };
  expect(databaseLines(plain)[0]).toMatch(/^ran on plain PostgreSQL 15\.14; no TimescaleDB can be had there/);
  const unloaded = { ...server, timescale: { available: '2.22.1', loaded: false } };
  expect(databaseLines(unloaded)[0]).toMatch(/nothing can run there/);
});

it('what the server lacks for the suite is named, and nothing else', () => {
  expect(databaseLines(server)).toHaveLength(2);
  const poor = databaseLines({
    ...server,
    mayCreateDatabases: false,
    settings: { max_connections: '100', 'timescaledb.max_background_workers': '16' },
  }).slice(2);
  expect(poor.map((line) => line.split(' ')[0])).toEqual([
    'max_connections',
    'max_locks_per_transaction',
    'timescaledb.max_background_workers',
    'the',
  ]);
});
