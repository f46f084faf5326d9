import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/support/postgres.ts';
import { writeAudit } from '../registry/audit-log.ts';
import { sealAudit } from './seal.ts';
import { verifyAudit } from './verify.ts';

let db: TestDatabase;
const AT = Date.parse('2026-03-01T08:00:00.123Z');
const who = { username: 'op', role: 'operator', address: '10.0.0.1' };
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

/** As somebody would who has the database in hand. */
async function tamper(sql: string): Promise<void> {
  await db.pool.query(`begin; set local session_replication_role = replica; ${sql}; commit`);
}
const look = (n: number) =>
  writeAudit(db.pool, who, AT + n, {
    action: 'resident.view',
    object: `resident:${n}`,
    detail: { n, z: 1.5 },
  });

beforeEach(async () => {
  await tamper('truncate audit_block_items, audit_blocks, audit_waiting, audit');
});

it('every entry is in a block of the chain, each block goes on from the one before', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, n) => look(n)));
  expect(await verifyAudit(db.pool)).toMatchObject({
    ok: true,
    blocks: 0,
    entries: 20,
    waiting: 20,
    head: null,
  });
  expect(await sealAudit(db.pool, AT)).toEqual({ no: 1, size: 20 });
  await look(21);
  await sealAudit(db.pool, AT + 1000);
  expect(await sealAudit(db.pool, AT + 2000)).toBeUndefined();
  expect(await verifyAudit(db.pool)).toMatchObject({
    ok: true,
    blocks: 2,
    entries: 21,
    waiting: 0,
    problems: [],
  });
});

it.each([
  ['a word changed', `update audit set who = 'somebody' where object = 'resident:1'`, 'has been changed'],
  [
    'a time moved by a microsecond',
    `update audit set at = at + interval '1 us' where object = 'resident:1'`,
    'has been changed',
  ],
  ['an entry removed', `delete from audit where object = 'resident:1'`, 'is gone'],
  [
    'an entry removed with its place',
    `delete from audit_block_items where position = 2; delete from audit where object = 'resident:1'`,
    'block 1',
  ],
  [
    'a block removed',
    `delete from audit_block_items where block_no = 1; delete from audit_blocks where no = 1`,
    'block 1 is missing',
  ],
  ['a hash rewritten', `update audit_blocks set hash = '\\x00' where no = 1`, 'block 1 has been changed'],
  [
    'an entry slipped in',
    `insert into audit (at, who, role, action, object) values (now(), 'x', 'admin', 'a.b', 'c:d')`,
    'covered by no block',
  ],
])('the check finds %s', async (_what, sql, problem) => {
  for (const n of [0, 1, 2]) await look(n);
  await sealAudit(db.pool, AT);
  await look(3);
  await sealAudit(db.pool, AT + 1000);
  await tamper(sql);
  const verdict = await verifyAudit(db.pool);
  expect(verdict.ok).toBe(false);
  expect(verdict.problems.join('\n')).toContain(problem);
});

it('nobody changes the log or its blocks through the service', async () => {
  await look(1);
  await sealAudit(db.pool, AT);
  for (const sql of [
    'delete from audit',
    'update audit_blocks set size = 0',
    'delete from audit_block_items',
  ])
    await expect(db.pool.query(sql)).rejects.toMatchObject({ code: '42501' });
});
