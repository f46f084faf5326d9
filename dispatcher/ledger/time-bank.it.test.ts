import { describe, expect, it } from 'vitest';
import { inTransaction } from '../../platform/database.ts';
import { silentLog } from '../../platform/log.ts';
import { until } from '../../tests/support/until.ts';
import { type Call, type Harness, startHarness } from '../http/testing/harness.ts';
import { applyTimeBankRules, monthsBefore, TimeBankRules } from './apply-rules.ts';
import { blockHash } from './chain.ts';
import { depositVisit } from './ledger.ts';
import { type Anchor, OutsideCheck, type PublicBlock } from './outside-check.ts';
import { sealBlock } from './sealer.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
let admin: Call;
anewOnRetry(
  async () => {
    h = await startHarness();
    admin = h.admin;
    for (const id of ['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7'])
      await admin('POST', '/caregivers', { id, name: '志愿者', role: 'volunteer' });
    await admin('POST', '/homes', { id: 'h1', street: '莲花' });
    await admin('POST', '/residents', { id: 'mum', homeId: 'h1', name: '母亲' });
    await admin('POST', '/residents', { id: 'neighbour', homeId: 'h1', name: '邻居' });
  },
  () => h.close(),
);

let orders = 0;
const deposit = async (caregiverId: string, minutes: number, orderId = `o${++orders}`): Promise<string> => {
  await inTransaction(h.pool, (tx) =>
    depositVisit(tx, { orderId, caregiverId, minutes, completedAt: h.clock.now() }),
  );
  return `visit_${orderId}`;
};
const balance = async (id: string): Promise<number> => (await admin('GET', `/ledger/${id}`)).body.balance;
const redeem = (accountId: string, minutes: number, more: object = {}) =>
  admin('POST', '/ledger/redeem', { accountId, minutes, for: '助浴', ...more });
const ok = async (): Promise<boolean> => (await h.anonymous('GET', '/ledger/verify')).body.ok;
const bankRule = (from: string, more: object) =>
  admin('POST', '/rules', {
    name: 'timeBank',
    from,
    body: {
      expiresAfterMonths: null,
      rewards: [],
      relations: ['self', 'parent'],
      points: { perHour: 10, goodScore: 9, perGoodVisit: 5, perEmergency: 10, perHousehold: 2 },
      ...more,
    },
  });
const DAY_MS = 86_400_000;
/** Time passes, and with it the session. */
async function pass(ms: number): Promise<void> {
  h.clock.set(h.clock.now() + ms);
  admin = h.as(await h.login('admin'));
}

describe('a reversal', () => {
  it('takes back by a mirror image, once, and leaves what was (I12)', async () => {
    const id = await deposit('v1', 90);
    const take = () => admin('POST', '/ledger/reverse', { transactionId: id, reason: '误录' });
    const both = await Promise.all([take(), take()]);
    expect(both.map((answer) => answer.status)).toEqual([200, 200]);
    expect(await balance('v1')).toBe(0);
    const { entries } = (await admin('GET', '/ledger/v1')).body;
    expect(entries.map((e: { kind: string; minutes: number }) => [e.kind, e.minutes])).toEqual(
      expect.arrayContaining([
        ['reverse', -90],
        ['deposit', 90],
      ]),
    );
    expect(entries).toHaveLength(2);
    const reversal = entries.find((e: { kind: string }) => e.kind === 'reverse');
    expect(reversal).toMatchObject({ reverses: id, for: '误录', by: 'admin' });
    const again = { transactionId: reversal.transactionId, reason: 'x' };
    expect((await admin('POST', '/ledger/reverse', again)).status).toBe(409);
    expect((await admin('POST', '/ledger/reverse', { ...again, transactionId: 'none' })).status).toBe(404);
    await sealBlock(h.pool, h.clock.now());
    expect(await ok()).toBe(true);
  });

  it('of a redemption gives the minutes back; of a spent deposit leaves the account to be levelled first', async () => {
    const paid = await deposit('v2', 60);
    const spent = (await redeem('v2', 40)).body.transactionId;
    await admin('POST', '/ledger/reverse', { transactionId: spent, reason: '未服务' });
    expect(await balance('v2')).toBe(60);
    await redeem('v2', 50);
    await admin('POST', '/ledger/reverse', { transactionId: paid, reason: '误录' });
    expect(await balance('v2')).toBe(-50);
    await deposit('v2', 40);
    expect((await redeem('v2', 1)).status).toBe(409);
  });

  it('is a chief’s', async () => {
    const { call } = await h.userOf('operator');
    expect((await call('POST', '/ledger/reverse', { transactionId: 'x', reason: 'y' })).status).toBe(403);
  });
});

describe('redemption by relatives', () => {
  it('needs a recorded direct relation, which is written down with it', async () => {
    await deposit('v3', 100);
    expect((await redeem('v3', 10, { residentId: 'mum' })).body.problems[0].field).toBe('residentId');
    const record = await admin('POST', '/ledger/v3/relatives', { residentId: 'mum', relation: 'parent' });
    expect(record).toMatchObject({ status: 201, body: { relation: 'parent', recordedBy: 'admin' } });
    expect((await redeem('v3', 10, { residentId: 'mum' })).status).toBe(200);
    const { entries } = (await admin('GET', '/ledger/v3')).body;
    expect(entries.find((e: { kind: string }) => e.kind === 'redeem')).toMatchObject({
      relation: 'parent',
      residentId: 'mum',
    });
    expect((await redeem('v3', 10, { residentId: 'neighbour' })).status).toBe(400);
  });

  it.each([
    ['母亲', 200],
    ['Mother', 200],
    ['本人', 200],
    ['邻居', 400],
    ['friend', 400],
    ['sibling', 400],
  ])('for whom is said in words: %s %i', async (relation, status) => {
    await deposit('v3', 1);
    expect((await redeem('v3', 1, { relation })).status).toBe(status);
  });

  it('ends with the relation, and a volunteer sees their own', async () => {
    const of = { relation: 'parent' };
    await deposit('v7', 10);
    expect((await admin('POST', '/ledger/v7/relatives', { residentId: 'mum', ...of })).status).toBe(201);
    expect((await redeem('v7', 1, { residentId: 'mum' })).status).toBe(200);
    const { call } = await h.userOf('caregiver', { caregiverId: 'v7' });
    expect((await call('GET', '/ledger/v7/relatives')).body.items).toMatchObject([{ residentId: 'mum' }]);
    expect((await call('GET', '/ledger/v1/relatives')).status).toBe(404);
    expect((await call('POST', '/ledger/v7/relatives', { residentId: 'neighbour', ...of })).status).toBe(403);
    expect((await admin('DELETE', '/ledger/v7/relatives/mum')).status).toBe(204);
    expect((await admin('DELETE', '/ledger/v7/relatives/mum')).status).toBe(404);
    expect((await redeem('v7', 1, { residentId: 'mum' })).status).toBe(400);
    expect((await admin('POST', '/ledger/ghost/relatives', { residentId: 'mum', ...of })).status).toBe(404);
    expect((await admin('POST', '/ledger/v7/relatives', { residentId: 'ghost', ...of })).status).toBe(400);
  });
});

describe('the rules of the time bank', () => {
  it('let minutes lapse, the oldest being spent first, once a day however often they are applied', async () => {
    const apply = () => applyTimeBankRules(h.pool, h.clock.now(), 'Asia/Shanghai');
    await deposit('v4', 100);
    await redeem('v4', 30);
    await pass(200 * DAY_MS);
    await deposit('v4', 50);
    expect(await apply()).toEqual({ expired: 0, rewarded: 0 });
    await pass(180 * DAY_MS);
    await bankRule('2020-01-01', { expiresAfterMonths: 12 });
    const before = await balance('v4');
    await Promise.all([apply(), apply()]);
    await apply();
    expect([before, await balance('v4')]).toEqual([120, 50]);
    expect((await admin('GET', '/ledger/v4')).body.entries[0]).toMatchObject({
      kind: 'expire',
      minutes: -70,
    });
    await pass(200 * DAY_MS);
    await apply();
    expect(await balance('v4')).toBe(0);
    await sealBlock(h.pool, h.clock.now());
    expect(await ok()).toBe(true);
  });

  it('add rewards for what is earned since they are in force, each once, not for what was taken back', async () => {
    await deposit('v5', 500);
    await pass(2 * DAY_MS);
    const today = new Date(h.clock.now()).toISOString().slice(0, 10);
    await bankRule(today, { rewards: [{ everyMinutes: 600, bonusMinutes: 60 }] });
    await pass(DAY_MS);
    const wrong = await deposit('v5', 700);
    await admin('POST', '/ledger/reverse', { transactionId: wrong, reason: '误录' });
    await deposit('v5', 1_250);
    const rules = new TimeBankRules({
      pool: h.pool,
      clock: h.clock,
      log: silentLog(),
      timeZone: 'Asia/Shanghai',
    });
    rules.start();
    await until('rewards', async () => (await balance('v5')) === 500 + 1_250 + 120);
    await rules.stop();
    await applyTimeBankRules(h.pool, h.clock.now(), 'Asia/Shanghai');
    expect(await balance('v5')).toBe(1_870);
  });

  it('count months as people do', () => {
    const at = (text: string) => Date.parse(text);
    expect(monthsBefore(at('2026-03-31T10:00:00Z'), 1)).toBe(at('2026-02-28T10:00:00Z'));
    expect(monthsBefore(at('2026-01-15T10:00:00Z'), 12)).toBe(at('2025-01-15T10:00:00Z'));
  });
});

describe('the honours list', () => {
  it('ranks by points, and names the best in hours, quality and mutual help', async () => {
    await pass(1_000);
    const since = new Date(h.clock.now()).toISOString();
    const visit = async (
      id: string,
      by: string,
      minutes: number,
      score: number,
      home: string,
      urgent = false,
    ) => {
      await h.pool.query(
        `insert into orders (id, home_id, street, service, emergency, state, created_at, version, doc)
         values ($1, $2, '莲花', 'care', $3, 'completed', now(), 1, '{}')`,
        [id, home, urgent],
      );
      await h.pool.query(
        `insert into visits (order_id, service, home_id, caregiver_id, street, began_at, ended_at, minutes)
         values ($1, 'care', $2, $3, '莲花', now(), now(), $4)`,
        [id, home, by, minutes],
      );
      await h.pool.query(`insert into ratings values ($1, $2, null, now(), 'op')`, [id, score]);
      return deposit(by, minutes, id);
    };
    await visit('d1', 'v1', 300, 7, 'h1');
    await visit('d2', 'v2', 60, 10, 'h1');
    await visit('d3', 'v2', 60, 10, 'h2');
    await visit('d4', 'v6', 30, 9, 'h1', true);
    const wrong = await visit('d5', 'v6', 6_000, 10, 'h9');
    await admin('POST', '/ledger/reverse', { transactionId: wrong, reason: '误录' });
    const { body } = await admin('GET', `/ledger/honours?from=${since}`);
    expect(body.items.map((i: { accountId: string; points: number }) => [i.accountId, i.points])).toEqual([
      ['v1', 52],
      ['v2', 34],
      ['v6', 22],
    ]);
    expect(body.awards).toEqual({
      hours: ['v1', 'v2', 'v6'],
      quality: ['v2', 'v6', 'v1'],
      mutualHelp: ['v6', 'v2', 'v1'],
    });
  });
});

describe('I12: somebody outside', () => {
  const blocks = async (): Promise<PublicBlock[]> => {
    const all: PublicBlock[] = [];
    for (let after: number | null = 0; after !== null;) {
      const { body } = await h.anonymous('GET', `/ledger/blocks?after=${after}&limit=2`);
      all.push(...body.items);
      after = body.next;
    }
    return all;
  };
  const check = (chain: PublicBlock[], ...anchors: Anchor[]): string[] => {
    const outside = new OutsideCheck(anchors);
    for (const block of chain) outside.block(block);
    return outside.finish().problems;
  };

  it('checks the chain against yesterday’s anchor with nothing but public blocks', async () => {
    await deposit('v1', 5);
    await sealBlock(h.pool, h.clock.now());
    const yesterday = new Date(h.clock.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    await pass(DAY_MS);
    const kept = (await h.anonymous('GET', `/ledger/anchor?date=${yesterday}`)).body as Anchor;
    await deposit('v1', 6);
    await sealBlock(h.pool, h.clock.now());
    const chain = await blocks();
    expect(chain.length).toBe(kept.no + 1);
    expect(check(chain, kept)).toEqual([]);
    expect((await h.anonymous('GET', '/ledger/anchor')).body.no).toBe(kept.no + 1);
    expect((await h.anonymous('GET', `/ledger/anchor?date=${yesterday}`)).body).toEqual(kept);
    expect((await h.anonymous('GET', '/ledger/anchor?date=1999-01-01')).status).toBe(404);
    expect(JSON.stringify(chain)).not.toContain('v1');

    // Somebody with the keys rewrites the whole chain from block 1 on, hashes and all.
    let prevHash = chain[0]?.prevHash ?? '';
    const rewritten = chain.map((block, i) => {
      const digests = i === 0 ? block.digests.map((digest) => digest.replace(/^./, '0')) : block.digests;
      const head = { no: block.no, sealedAt: block.sealedAt, prevHash };
      const hash = blockHash(head, digests);
      prevHash = hash;
      return { ...head, hash, digests };
    });
    expect(check(rewritten)).toEqual([]);
    expect(check(rewritten, kept)).toEqual([`block ${kept.no} is not the one that was anchored`]);
    expect(check(chain.slice(0, kept.no - 1), kept)).toEqual([`block ${kept.no} was anchored and is gone`]);
    expect(check(chain.slice(1))).not.toEqual([]);
    expect(check(chain.map((b, i) => (i === 1 ? { ...b, digests: b.digests.slice(1) } : b)))).not.toEqual([]);
  });
});
