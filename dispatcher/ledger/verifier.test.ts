import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockHash, GENESIS_HASH, type LedgerTransaction, noteDigest, transactionDigest } from './chain.ts';
import { type LedgerTotals, LedgerVerifier, type StoredBlock } from './verifier.ts';

const transaction = (id: string, minutes: number): LedgerTransaction => ({
  id,
  kind: 'deposit',
  at: '2026-01-12T00:00:00.000Z',
  ref: `order-${id}`,
  by: 'system',
  noteDigest: null,
  entries: [
    ['system:issued', -minutes],
    ['v1', minutes],
  ],
});

function chain(sizes: readonly number[]): StoredBlock[] {
  const blocks: StoredBlock[] = [];
  for (const [index, size] of sizes.entries()) {
    const items = Array.from({ length: size }, (_, i) => {
      const t = transaction(`t${index}-${i}`, 30 + i);
      return { transactionId: t.id, digest: transactionDigest(t), transaction: t };
    });
    const head = {
      no: index + 1,
      sealedAt: '2026-01-12T00:00:01.000Z',
      prevHash: blocks.at(-1)?.hash ?? GENESIS_HASH,
    };
    blocks.push({
      ...head,
      hash: blockHash(
        head,
        items.map((i) => i.digest),
      ),
      size,
      items,
    });
  }
  return blocks;
}

const totals: LedgerTotals = {
  transactions: 0,
  entries: 0,
  minutes: 0,
  uncovered: [],
  waiting: 0,
  orphans: 0,
};
function verify(blocks: readonly StoredBlock[], anchors: { no: number; hash: string }[] = [], more = {}) {
  const verifier = new LedgerVerifier(anchors);
  for (const block of blocks) verifier.block(block);
  return verifier.finish({ ...totals, ...more });
}

describe('I12: the chain of the ledger', () => {
  it('is whole when nobody touched it, and its head is the last hash', () => {
    const blocks = chain([2, 1, 3]);
    expect(verify(blocks)).toMatchObject({ ok: true, blocks: 3, head: blocks[2]?.hash, problems: [] });
    expect(verify([])).toMatchObject({ ok: true, blocks: 0, head: null });
  });

  it('breaks at any single change of anything that is stored', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), fc.constantFrom(...TAMPERINGS), (given, a, b, tamper) => {
        const blocks = chain(given);
        const no = a % (blocks.length - 1); // the last block can only be told from an anchor where it is cut off
        const block = blocks[no]!;
        tamper(blocks, no, b % block.items.length);
        expect(verify(blocks).ok).toBe(false);
      }),
    );
  });

  it('cut or rewritten as a whole differs from an anchor', () => {
    const whole = chain([1, 1, 1]);
    const anchor = { no: 3, hash: whole[2]!.hash };
    expect(verify(whole, [anchor]).ok).toBe(true);
    expect(verify(whole.slice(0, 2), [anchor]).problems).toEqual(['block 3 was anchored and is gone']);
    expect(verify(chain([1, 1, 2]), [anchor]).problems).toEqual(['block 3 is not the one that was anchored']);
  });

  it('is not all: accounts off balance, uncovered transactions and orphans are told', () => {
    const { problems } = verify([], [], { minutes: 5, uncovered: ['t9'], orphans: 1 });
    expect(problems).toHaveLength(3);
  });

  it('names at most a hundred problems', () => {
    const { problems } = verify([], [], { uncovered: Array.from({ length: 150 }, (_, i) => `t${i}`) });
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toBe('and 50 more');
  });

  it('binds a note by salt and content', () => {
    expect(noteDigest('a', { for: '母亲' })).not.toBe(noteDigest('b', { for: '母亲' }));
    expect(noteDigest('a', { for: '母亲' })).not.toBe(noteDigest('a', { for: '父亲' }));
  });
});

type Tamper = (blocks: StoredBlock[], no: number, item: number) => void;
const changeItem = (change: (t: LedgerTransaction) => LedgerTransaction): Tamper => {
  return (blocks, no, index) => {
    const block = blocks[no]!;
    const items = block.items.map((item, i) =>
      i === index && item.transaction ? { ...item, transaction: change(item.transaction) } : item,
    );
    blocks[no] = { ...block, items };
  };
};
const TAMPERINGS: Tamper[] = [
  changeItem((t) => ({
    ...t,
    entries: t.entries.map(([account, minutes]) => [account, minutes * 2] as const),
  })),
  changeItem((t) => ({ ...t, entries: t.entries.map(([, minutes]) => ['v2', minutes] as const) })),
  changeItem((t) => ({ ...t, at: '2026-01-11T00:00:00.000Z' })),
  changeItem((t) => ({ ...t, ref: null })),
  changeItem((t) => ({ ...t, by: 'mallory' })),
  (blocks, no) => void blocks.splice(no, 1),
  (blocks, no, index) => {
    const block = blocks[no]!;
    blocks[no] = { ...block, items: block.items.filter((_, i) => i !== index) };
  },
  (blocks, no) => {
    const block = blocks[no]!;
    const forged = { ...block, sealedAt: '2026-01-10T00:00:00.000Z' };
    blocks[no] = {
      ...forged,
      hash: blockHash(
        forged,
        forged.items.map((i) => i.digest),
      ),
    };
  },
  (blocks, no) => {
    const added = transaction('forged', 600);
    const block = blocks[no]!;
    const item = { transactionId: 'forged', digest: transactionDigest(added), transaction: added };
    blocks[no] = { ...block, size: block.size + 1, items: [...block.items, item] };
  },
];
