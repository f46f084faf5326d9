import { createHash } from 'node:crypto';

/**
 * The hash chain over the ledger's transactions (I12), apart from SQL. A digest covers everything a transaction says,
 * by pseudonyms only; a block covers the digests in order, its number, its time and the block before it. Whoever
 * changes, removes, adds or moves anything breaks a digest, a block, or the link to the next one.
 */
export interface LedgerTransaction {
  id: string;
  kind: string;
  /** ISO, ms. */
  at: string;
  ref: string | null;
  by: string;
  /** Hex; binds the erasable note. */
  noteDigest: string | null;
  /** In the order of their lines. */
  entries: readonly (readonly [accountId: string, minutes: number])[];
}

export interface BlockHead {
  no: number;
  /** ISO, ms. */
  sealedAt: string;
  prevHash: string;
  hash: string;
}

/** What stands before block 1. */
export const GENESIS_HASH = '0'.repeat(64);

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** JSON of an array: one text for one content, and no two contents share it. */
export const transactionDigest = (t: LedgerTransaction): string =>
  sha256(JSON.stringify(['yinling-ledger-1', t.id, t.kind, t.at, t.ref, t.by, t.noteDigest, t.entries]));

export const blockHash = (
  block: Pick<BlockHead, 'no' | 'sealedAt' | 'prevHash'>,
  digests: readonly string[],
): string => sha256(JSON.stringify(['yinling-block-1', block.no, block.sealedAt, block.prevHash, digests]));

/** `salt` keeps a short note from being guessed from its digest. */
export const noteDigest = (salt: string, note: unknown): string =>
  sha256(JSON.stringify(['yinling-note-1', salt, note]));
