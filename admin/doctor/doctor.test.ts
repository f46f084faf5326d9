import { describe, expect, it } from 'vitest';
import type { TimescaleFacts } from '../../platform/timescale-choice.ts';
import {
  judgeConnections,
  judgeDurability,
  judgeHousekeeping,
  judgeMigrations,
  judgeSkew,
  judgeTimescale,
  judgeVersion,
} from './database.ts';
import { findingsText, ok, warn } from './finding.ts';
import { judgeCertificate, judgeDisk, judgeFiles } from './machine.ts';
import { judgeRedis } from './redis.ts';
import { judgeCanary, judgeMeasurements, parseSamples, reachable } from './running.ts';

const GIB = 2 ** 30;
const DAY = 86_400_000;
const migration = (name: string) => ({ name, sha256: name, sql: '' });

describe('the doctor', () => {
  it.each([
    [{ fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' }, 'ok'],
    [{ fsync: 'on', full_page_writes: 'on', synchronous_commit: 'remote_apply' }, 'ok'],
    [{ fsync: 'off', full_page_writes: 'on', synchronous_commit: 'on' }, 'fail'],
    [{ fsync: 'on', full_page_writes: 'off', synchronous_commit: 'on' }, 'fail'],
    [{ fsync: 'on', full_page_writes: 'on', synchronous_commit: 'off' }, 'fail'],
    [{}, 'fail'],
  ])('durability %j is %s', (settings, level) => {
    expect(judgeDurability(settings)).toMatchObject({ level });
  });

  it('an old PostgreSQL fails, 15 does not', () => {
    expect(judgeVersion({ versionNo: 140_011, version: '14.11' })).toMatchObject({ level: 'fail' });
    expect(judgeVersion({ versionNo: 150_000, version: '15.0' })).toMatchObject({ level: 'ok' });
  });

  it('migrations to come are to be seen to, a database newer than the code fails', () => {
    const files = [migration('0001_a.sql'), migration('0002_b.sql')];
    expect(judgeMigrations(files, files)).toMatchObject({ level: 'ok' });
    expect(judgeMigrations(files, files.slice(0, 1))).toMatchObject({ level: 'warn' });
    expect(judgeMigrations(files, undefined)).toMatchObject({ level: 'warn' });
    expect(judgeMigrations(files.slice(0, 1), files)).toMatchObject({ level: 'fail' });
  });

  it('clocks half a second apart are to be seen to, five seconds fail, either way', () => {
    expect([499, -499, 500, -4_999, 5_000, -5_000].map((ms) => judgeSkew(ms).level)).toEqual([
      'ok',
      'ok',
      'warn',
      'warn',
      'fail',
      'fail',
    ]);
  });

  it('a full disk is told by size and by share', () => {
    const look = (free: number, all: number) => judgeDisk('/data', free * GIB, all * GIB).level;
    expect([look(50, 100), look(9, 100), look(1.9, 4), look(0.4, 4), look(2, 100)]).toEqual([
      'ok',
      'warn',
      'warn',
      'fail',
      'fail',
    ]);
  });

  it('few open files, few connections', () => {
    expect([512, 1_024, 65_536].map((most) => judgeFiles(most, 'it').level)).toEqual(['fail', 'warn', 'ok']);
    expect(judgeConnections({ max_connections: '20' })).toMatchObject({ level: 'warn' });
    expect(judgeConnections({ max_connections: '100' })).toMatchObject({ level: 'ok' });
  });

  it('a certificate is renewed three weeks before its end', () => {
    const look = (days: number) => judgeCertificate('TLS_CERT', days * DAY, 0).level;
    expect([look(22), look(20), look(0), look(-3)]).toEqual(['ok', 'warn', 'fail', 'fail']);
  });

  it('a Redis that evicts fails', () => {
    const look = (version: string, policy: string | undefined) =>
      judgeRedis({ version, maxmemoryPolicy: policy, appendOnly: '1' }).map(({ level }) => level);
    expect(look('7.2.4', 'noeviction')).toEqual(['ok', 'ok']);
    expect(look('7.2.4', 'allkeys-lru')).toEqual(['ok', 'fail']);
    expect(look('6.0.16', undefined)).toEqual(['warn', 'fail']);
  });

  it('what holds the database up is named', () => {
    const well = { settings: { autovacuum: 'on' }, idleSlots: [], oldestTransactionS: 5, xidsLeft: 2e9 };
    expect(judgeHousekeeping(well)).toMatchObject([{ level: 'ok' }]);
    expect(
      judgeHousekeeping({
        settings: { autovacuum: 'off' },
        idleSlots: ['standby1'],
        oldestTransactionS: 3_600,
        xidsLeft: 4e8,
      }).map(({ check, level }) => `${check} ${level}`),
    ).toEqual(['autovacuum fail', 'replication warn', 'transactions warn', 'transactions fail']);
  });

  it('TimescaleDB is a matter of what the server has, loads, and is told for this database', () => {
    const none: TimescaleFacts = {
      database: 'd',
      available: null,
      installed: null,
      loaded: false,
      choice: '',
    };
    const there: TimescaleFacts = { ...none, available: '2.22.1', loaded: true };
    const applied = [{ name: '0001_ground.sql', sha256: '' }];
    const said = (facts: TimescaleFacts, before = applied): string => {
      const { level, found } = judgeTimescale(facts, before);
      return `${level}: ${found}`;
    };
    expect(said(none)).toBe('ok: not there: native partitions by day');
    expect(said({ ...there, installed: '2.22.1' })).toBe('ok: 2.22.1: hypertables');
    expect(said(there, [])).toBe('ok: 2.22.1 can be had: there will be hypertables');
    expect(said(there)).toMatch(/^warn: is on the server, not in this database/);
    expect(said({ ...there, choice: 'off' })).toMatch(/^ok: switched off/);
    expect(said({ ...there, loaded: false }, [])).toMatch(/^fail: .* not loaded by it/);
    expect(said({ ...there, installed: '2.22.1', loaded: false })).toMatch(/^fail: .*does not load/);
  });

  it('a failing canary is named by its street, one that does not run is to be seen to', () => {
    const seen = parseSamples(
      'yinling_canary_failing{street="莲花"} 0\nyinling_canary_failing{street="福田"} 1\n',
    );
    expect(judgeCanary(seen)).toMatchObject({ level: 'fail', found: 'not seen through 福田' });
    expect(judgeCanary(new Map())).toMatchObject({ level: 'warn' });
  });

  it('overdue deadlines and the limits of the running service are read from its measurements', () => {
    const text = 'process_max_fds 512\nyinling_dispatch_overdue{what="offer_overdue"} 2\n# a comment\n';
    expect(judgeMeasurements(parseSamples(text)).map(({ check, level }) => `${check} ${level}`)).toEqual([
      'open files fail',
      'deadlines fail',
      'canary warn',
    ]);
  });

  it('everything that is not ok says what to do', () => {
    const text = findingsText([ok('disk', 'wide'), warn('clock', 'off', 'run chrony')]);
    expect(text).toContain('ok    disk');
    expect(text).toContain('→ run chrony');
    expect(text).toContain('1 ok, 1 to see to, 0 failed');
    expect(reachable('0.0.0.0')).toBe('127.0.0.1');
    expect(reachable('::1')).toBe('[::1]');
  });
});
