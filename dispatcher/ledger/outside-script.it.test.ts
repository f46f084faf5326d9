import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { inTransaction } from '../../platform/database.ts';
import { startHarness } from '../http/testing/harness.ts';
import { depositVisit } from './ledger.ts';
import type { PublicBlock } from './outside-check.ts';
import { sealBlock } from './sealer.ts';

const SCRIPT = resolve(import.meta.dirname, '../../ops/check-time-bank.mjs');

const run = (...words: string[]) =>
  new Promise<{ code: unknown; out: string }>((done) => {
    execFile(process.execPath, [SCRIPT, ...words], (error, out, err) =>
      done({ code: error ? error.code : 0, out: out + err }),
    );
  });

it('I12: somebody outside checks the chain with one file, the public blocks and an anchor', async () => {
  const h = await startHarness();
  const folder = mkdtempSync(join(tmpdir(), 'yinling-outside-'));
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  try {
    await h.admin('POST', '/caregivers', { id: 'v1', name: '志愿者', role: 'volunteer' });
    for (const orderId of ['o1', 'o2', 'o3']) {
      const visit = { orderId, caregiverId: 'v1', minutes: 60, completedAt: h.clock.now() };
      await inTransaction(h.pool, (tx) => depositVisit(tx, visit));
      await sealBlock(h.pool, h.clock.now());
    }
    const pages: { items: PublicBlock[] }[] = [];
    for (let after: number | null = 0; after !== null;) {
      const { body } = await h.anonymous('GET', `/ledger/blocks?after=${after}&limit=2`);
      pages.push(body);
      after = body.next;
    }
    const saved = (name: string, given = pages) =>
      file(name, given.map((page) => JSON.stringify(page)).join('\n'));
    const anchor = file('anchor', JSON.stringify((await h.anonymous('GET', '/ledger/anchor')).body));
    const good = await run('--blocks', saved('good'), '--anchor', anchor, '--save', join(folder, 'kept'));
    expect(good.code).toBe(0);
    expect(JSON.parse(good.out)).toMatchObject({ ok: true, blocks: 3, transactions: 3, problems: [] });
    expect(JSON.parse(readFileSync(join(folder, 'kept'), 'utf8'))).toEqual(
      JSON.parse(readFileSync(anchor, 'utf8')),
    );

    const changed = structuredClone(pages);
    const [first] = changed[0]?.items ?? [];
    if (first !== undefined) first.digests = [first.digests[0]?.replace(/^./, 'x') ?? ''];
    expect(await run('--blocks', saved('bad', changed))).toMatchObject({
      code: 1,
      out: expect.stringContaining('block 1 has been changed'),
    });
    const cut = pages.slice(0, 1);
    expect(await run('--blocks', saved('cut', cut), '--anchor', anchor)).toMatchObject({
      code: 1,
      out: expect.stringContaining('block 3 was anchored and is gone'),
    });
    expect((await run('--blocks', saved('cut', cut))).code).toBe(0);
    expect((await run('--blocks', join(folder, 'nothing'))).code).toBe(2);
    expect((await run('--url')).code).toBe(2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await h.close();
  }
});
