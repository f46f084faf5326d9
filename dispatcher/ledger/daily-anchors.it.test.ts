import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { inTransaction } from '../../platform/database.ts';
import { silentLog } from '../../platform/log.ts';
import { startHarness } from '../http/testing/harness.ts';
import { anchorFolder } from './anchor-folder.ts';
import { DailyAnchors, makeAnchors } from './daily-anchors.ts';
import { depositVisit } from './ledger.ts';
import { sealBlock } from './sealer.ts';

const SCRIPT = resolve(import.meta.dirname, '../../ops/check-time-bank.mjs');
const DAY_MS = 86_400_000;
const ZONE = 'Asia/Shanghai';

it('I12: each day’s anchor is published by itself, to anyone and into a folder, and is checked from outside with it', async () => {
  const h = await startHarness();
  const folder = mkdtempSync(join(tmpdir(), 'yinling-anchors-'));
  const earn = async (orderId: string): Promise<void> => {
    const visit = { orderId, caregiverId: 'v1', minutes: 60, completedAt: h.clock.now() };
    await inTransaction(h.pool, (tx) => depositVisit(tx, visit));
    await sealBlock(h.pool, h.clock.now());
  };
  const daily = async (): Promise<void> => {
    const anchors = new DailyAnchors({
      pool: h.pool,
      clock: h.clock,
      log: silentLog(),
      timeZone: ZONE,
      shelf: anchorFolder(join(folder, 'shelf')),
    });
    anchors.start();
    await anchors.stop();
  };
  try {
    await h.admin('POST', '/caregivers', { id: 'v1', name: '志愿者', role: 'volunteer' });
    h.clock.set(Date.parse('2026-03-02T10:00:00Z'));
    await daily();
    expect((await h.anonymous('GET', '/ledger/anchors')).body).toEqual({ items: [], next: null });

    await earn('o1');
    // Not before the local day is over: 15:59Z is 23:59 in Shenzhen.
    h.clock.set(Date.parse('2026-03-02T15:59:00Z'));
    expect(await makeAnchors(h.pool, h.clock.now(), ZONE)).toEqual([]);
    h.clock.set(Date.parse('2026-03-02T16:01:00Z'));
    await earn('o2');
    await daily();
    await daily();
    // Two days nobody was running: they are made up for.
    h.clock.advance(3 * DAY_MS);
    await daily();
    const { items } = (await h.anonymous('GET', '/ledger/anchors?limit=10')).body;
    expect(
      items.map((item: { date: string; no: number; transactions: number }) => [
        item.date,
        item.no,
        item.transactions,
      ]),
    ).toEqual([
      ['2026-03-05', 2, 2],
      ['2026-03-04', 2, 2],
      ['2026-03-03', 2, 2],
      ['2026-03-02', 1, 1],
    ]);
    expect((await h.anonymous('GET', '/ledger/anchors?before=2026-03-04&limit=1')).body).toMatchObject({
      items: [{ date: '2026-03-03' }],
      next: '2026-03-03',
    });

    const files = readdirSync(join(folder, 'shelf')).sort();
    expect(files).toEqual(['02', '03', '04', '05'].map((day) => `anchor-2026-03-${day}.json`));
    const blocks = join(folder, 'blocks');
    writeFileSync(blocks, JSON.stringify((await h.anonymous('GET', '/ledger/blocks')).body));
    const words = files.flatMap((file) => ['--anchor', join(folder, 'shelf', file)]);
    const outside = await new Promise<unknown>((done) => {
      execFile(process.execPath, [SCRIPT, '--blocks', blocks, ...words], (error) => done(error?.code ?? 0));
    });
    expect(outside).toBe(0);

    // A file that says otherwise is never written over.
    const first = join(folder, 'shelf', 'anchor-2026-03-02.json');
    const forged = readFileSync(first, 'utf8').replace('"no": 1', '"no": 7');
    writeFileSync(first, forged);
    await daily();
    expect(readFileSync(first, 'utf8')).toBe(forged);
    await expect(h.pool.query('delete from ledger_anchors')).rejects.toThrow('append-only');
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await h.close();
  }
});

it('I12: a chain that was rewritten as a whole is found by the anchors, also by a service started anew', async () => {
  const h = await startHarness();
  try {
    await h.admin('POST', '/caregivers', { id: 'v1', name: '志愿者', role: 'volunteer' });
    h.clock.set(Date.parse('2026-03-02T10:00:00Z'));
    const visit = { orderId: 'o1', caregiverId: 'v1', minutes: 60, completedAt: h.clock.now() };
    await inTransaction(h.pool, (tx) => depositVisit(tx, visit));
    await sealBlock(h.pool, h.clock.now());
    await makeAnchors(h.pool, h.clock.now() + DAY_MS, ZONE);
    // Somebody with the database in their hands takes the chain away and seals it again.
    for (const table of ['ledger_blocks', 'ledger_block_items'])
      await h.pool.query(`alter table ${table} disable trigger user`);
    await h.pool.query('truncate ledger_blocks, ledger_block_items');
    await h.pool.query('insert into ledger_waiting select id from ledger_transactions');
    for (const table of ['ledger_blocks', 'ledger_block_items'])
      await h.pool.query(`alter table ${table} enable trigger user`);
    await sealBlock(h.pool, h.clock.now() + 5_000);
    expect((await h.anonymous('GET', '/ledger/verify')).body).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('anchored')],
    });
  } finally {
    await h.close();
  }
});
