import { describe, expect, it } from 'vitest';
import { inTransaction, type Transaction } from '../../platform/database.ts';
import { silentLog } from '../../platform/log.ts';
import { until } from '../../tests/support/until.ts';
import { type Harness, startHarness } from '../http/testing/harness.ts';
import { depositVisit } from './ledger.ts';
import { LedgerSealer, sealBlock } from './sealer.ts';
import { LedgerAuditor, verifyLedger } from './verify.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
anewOnRetry(
  async () => {
    h = await startHarness();
    for (const id of ['v1', 'v2', 'v3'])
      await h.admin('POST', '/caregivers', { id, name: '志愿者', role: 'volunteer' });
    await h.admin('POST', '/caregivers', { id: 'v0', name: '志愿者', role: 'volunteer' });
    await h.admin('POST', '/caregivers', { id: 'worker', name: '护理员', role: 'care_worker' });
    // Something sealed, in two blocks.
    await deposit('v0', 30, 'sealed');
    expect((await redeem('v0', 10)).status).toBe(200);
    await seal();
    await deposit('v0', 30);
    await seal();
  },
  () => h.close(),
);

let orders = 0;
const deposit = (caregiverId: string, minutes: number, orderId = `order-${++orders}`): Promise<boolean> =>
  inTransaction(h.pool, (tx) =>
    depositVisit(tx, { orderId, caregiverId, minutes, completedAt: h.clock.now() }),
  );
const redeem = (accountId: string, minutes: number, more: object = {}) =>
  h.admin('POST', '/ledger/redeem', { accountId, minutes, for: '给母亲助浴', ...more });
const seal = () => sealBlock(h.pool, h.clock.now());
const verify = async () => (await h.anonymous('GET', '/ledger/verify')).body;

describe('the time bank', () => {
  it('gives a volunteer the minutes of a visit, once per order, however often it is told', async () => {
    expect(await deposit('v1', 90, 'once')).toBe(true);
    expect(await deposit('v1', 90, 'once')).toBe(false);
    const both = await Promise.all([deposit('v1', 30, 'twice'), deposit('v1', 30, 'twice')]);
    expect(both.toSorted()).toEqual([false, true]);
    const { body } = await h.admin('GET', '/ledger/v1');
    expect(body).toMatchObject({ accountId: 'v1', balance: 120, deposited: 120, redeemed: 0 });
    expect(
      body.entries.map((e: { orderId: string; minutes: number }) => [e.orderId, e.minutes]).sort(),
    ).toEqual([
      ['once', 90],
      ['twice', 30],
    ]);
  });

  it('pays nobody who is no volunteer', async () => {
    expect(await deposit('worker', 60)).toBe(false);
    expect(await deposit('stranger', 60)).toBe(false);
    expect((await h.admin('GET', '/ledger/worker')).body).toMatchObject({ balance: 0, entries: [] });
    expect((await h.admin('GET', '/ledger/stranger')).status).toBe(404);
  });

  it('is drawn on, to what there is and no further', async () => {
    await deposit('v2', 100);
    const drawn = await redeem('v2', 40, { relation: 'mother' });
    expect(drawn).toMatchObject({ status: 200, body: { accountId: 'v2', minutes: 40, balance: 60 } });
    expect(await redeem('v2', 61)).toMatchObject({ status: 409, body: { code: 'conflict', balance: 60 } });
    expect((await redeem('stranger', 1)).status).toBe(404);
    const { body } = await h.admin('GET', '/ledger/v2');
    expect(body).toMatchObject({ balance: 60, deposited: 100, redeemed: 40 });
    const spent = body.entries.find((entry: { kind: string }) => entry.kind === 'redeem');
    expect(spent).toMatchObject({ minutes: -40, for: '给母亲助浴', relation: 'mother', by: 'admin' });
  });

  it('keeps what is personal of a redemption sealed', async () => {
    const { rows } = await h.pool.query('select * from ledger_notes');
    expect(rows).not.toHaveLength(0);
    expect(JSON.stringify(rows.map((row) => String(row.personal)))).not.toContain('母亲');
  });

  it('is never overdrawn, by any number of redemptions at once (I12)', async () => {
    await deposit('v3', 50);
    const answers = await Promise.all(Array.from({ length: 12 }, () => redeem('v3', 10)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([
      ...Array.from({ length: 5 }, () => 200),
      ...Array.from({ length: 7 }, () => 409),
    ]);
    expect((await h.admin('GET', '/ledger/v3')).body.balance).toBe(0);
  });

  it('takes a retry with the same id for the same redemption', async () => {
    await deposit('v1', 60);
    const first = await redeem('v1', 20, { id: 'retry' });
    const second = await redeem('v1', 20, { id: 'retry' });
    expect([first.status, second.status, second.body.balance]).toEqual([200, 200, first.body.balance]);
    expect((await redeem('v1', 30, { id: 'retry' })).status).toBe(409);
  });

  it('refuses bad amounts by name', async () => {
    for (const minutes of [0, -5, 1.5, '10', null])
      expect(await redeem('v1', minutes as number)).toMatchObject({
        status: 400,
        body: { problems: [{ field: 'minutes' }] },
      });
    expect((await redeem('v1', 1, { to: 'me' })).body.problems).toEqual([
      { field: 'to', message: 'unknown field' },
    ]);
  });

  it('lets a caregiver see and spend their own account only', async () => {
    const { call } = await h.userOf('caregiver', { caregiverId: 'v1' });
    expect((await call('GET', '/ledger/v1')).status).toBe(200);
    expect((await call('GET', '/ledger/v2')).status).toBe(404);
    expect((await call('POST', '/ledger/redeem', { accountId: 'v2', minutes: 1, for: 'x' })).status).toBe(
      403,
    );
  });

  it('is paged', async () => {
    const before = (await h.admin('GET', '/ledger/v2?limit=100')).body.entries.length;
    for (let i = 0; i < 5; i++) {
      h.clock.set(h.clock.now() + 1000);
      await deposit('v2', 1);
    }
    const seen: string[] = [];
    let path = '/ledger/v2?limit=3';
    while (path !== '') {
      const { body } = await h.admin('GET', path);
      seen.push(...body.entries.map((e: { transactionId: string }) => e.transactionId));
      path = body.nextCursor === null ? '' : `/ledger/v2?limit=3&cursor=${body.nextCursor}`;
    }
    expect([seen.length, new Set(seen).size]).toEqual([before + 5, before + 5]);
  });
});

describe('I12: the ledger only grows', () => {
  it('the database refuses to change or remove anything', async () => {
    await seal();
    for (const table of ['ledger_transactions', 'ledger_entries', 'ledger_blocks', 'ledger_block_items'])
      for (const statement of [`delete from ${table}`, `truncate ${table} cascade`])
        await expect(h.pool.query(statement)).rejects.toThrow('append-only');
    await expect(h.pool.query('update ledger_entries set minutes = 0')).rejects.toThrow('append-only');
  });

  it('the database refuses a transaction that does not sum to zero', async () => {
    const lopsided = inTransaction(h.pool, async (tx) => {
      await tx.query(
        `insert into ledger_transactions (id, kind, at, by_whom) values ('lop', 'deposit', now(), 'x')`,
      );
      await tx.query(`insert into ledger_entries values ('lop', 1, 'v1', 500)`);
    });
    await expect(lopsided).rejects.toThrow('sum to zero');
  });

  it('every entry is covered by a block after the next sealing, under concurrent deposits and sealers', async () => {
    const work = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? seal() : deposit('v1', 1)));
    await Promise.all(work);
    await seal();
    const verdict = await verify();
    expect(verdict).toMatchObject({
      ok: true,
      waiting: 0,
      problems: [],
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const { rows } = await h.pool.query('select count(*)::int as n from ledger_entries');
    expect(verdict.entries).toBe(rows[0].n);
  });

  it('is sealed each second by itself', async () => {
    const sealer = new LedgerSealer(h.pool, h.clock, silentLog());
    sealer.start();
    await deposit('v1', 1);
    expect((await verify()).waiting).toBe(1);
    h.clock.advance(1_000);
    await until('the block', async () => (await verify()).waiting === 0);
    await sealer.stop();
  });

  it('anyone can check it, without a login, as often as they like', async () => {
    const verdicts = await Promise.all(Array.from({ length: 10 }, verify));
    expect(verdicts.every((verdict) => verdict.ok)).toBe(true);
  });

  /** Does what only somebody with the keys to the database can do. */
  const tampering = async (statement: string): Promise<string[]> => {
    const client = await h.pool.connect();
    try {
      await client.query('begin');
      await client.query('set local session_replication_role = replica'); // triggers are off
      await client.query(statement);
      const verdict = await verifyWithin(client);
      await client.query('rollback');
      return verdict;
    } finally {
      client.release();
    }
  };
  it.each([
    ['an amount', `update ledger_entries set minutes = minutes * 2`],
    [
      'one amount',
      `update ledger_entries set minutes = 9999 where (transaction_id, line) = (select transaction_id, line from ledger_entries order by 1, 2 limit 1)`,
    ],
    ['an account', `update ledger_entries set account_id = 'thief' where account_id = 'v0'`],
    ['a time', `update ledger_transactions set at = at - interval '1 day'`],
    ['an order', `update ledger_transactions set ref = 'other' where ref = 'sealed'`],
    ['a note’s digest', `update ledger_transactions set note_digest = '\\x00' where note_digest is not null`],
    ['a removed entry', `delete from ledger_entries where line = 2 and account_id = 'v0'`],
    [
      'a removed transaction',
      `delete from ledger_entries where transaction_id = 'visit_sealed'; delete from ledger_transactions where id = 'visit_sealed'`,
    ],
    [
      'an added entry',
      `insert into ledger_entries values ('visit_sealed', 3, 'thief', 60), ('visit_sealed', 4, 'bank:issued', -60)`,
    ],
    [
      'an added transaction',
      `insert into ledger_transactions values ('forged', 'deposit', now(), null, 'x'); insert into ledger_entries values ('forged', 1, 'bank:issued', -60), ('forged', 2, 'thief', 60)`,
    ],
    [
      'a removed block',
      `delete from ledger_block_items where block_no = 1; delete from ledger_blocks where no = 1`,
    ],
    ['a block’s time', `update ledger_blocks set sealed_at = sealed_at + interval '1 s' where no = 1`],
    ['a block’s hash', `update ledger_blocks set hash = '\\x00' where no = 1`],
    ['a digest', `update ledger_block_items set digest = '\\x00' where block_no = 1`],
    ['an orphan', `insert into ledger_entries values ('nothing', 1, 'thief', 60), ('nothing', 2, 'x', -60)`],
  ])('finds %s that was tampered with', async (_, statement) => {
    expect(await tampering(statement)).not.toEqual([]);
  });

  it('finds that the end was cut off, for as long as it has seen it', async () => {
    const auditor = new LedgerAuditor(h.pool);
    expect((await auditor.verify()).ok).toBe(true);
    const client = await h.pool.connect();
    await client.query('set session_replication_role = replica');
    const last = 'select max(no) from ledger_blocks';
    await client.query(
      `delete from ledger_entries where transaction_id in (select transaction_id from ledger_block_items where block_no = (${last}))`,
    );
    await client.query(
      `delete from ledger_transactions where id in (select transaction_id from ledger_block_items where block_no = (${last}))`,
    );
    await client.query(`delete from ledger_block_items where block_no = (${last})`);
    await client.query(`delete from ledger_blocks where no = (${last})`);
    await client.query('set session_replication_role = origin');
    client.release();
    expect((await new LedgerAuditor(h.pool).verify()).ok).toBe(true); // nobody who had not seen it can know
    expect((await auditor.verify()).problems[0]).toMatch(/was anchored and is gone/);
  });
});

/** `verifyLedger` as seen by a transaction that has not committed. */
async function verifyWithin(client: Transaction): Promise<string[]> {
  const inside = {
    connect: () =>
      Promise.resolve({
        query: (text: string, params?: unknown[]) =>
          /^(begin|commit|rollback|set transaction)/.test(text)
            ? Promise.resolve({ command: 'COMMIT', rows: [] })
            : client.query(text, params),
        release: () => undefined,
      }),
  };
  return (await verifyLedger(inside as unknown as Harness['pool'])).problems;
}
