import {
  blockHash,
  type BlockHead,
  GENESIS_HASH,
  type LedgerTransaction,
  transactionDigest,
} from './chain.ts';

/** A block as found in the database; a transaction that has vanished is undefined. */
export interface StoredBlock extends BlockHead {
  size: number;
  items: readonly { transactionId: string; digest: string; transaction: LedgerTransaction | undefined }[];
}

/** What the database holds besides the chain. */
export interface LedgerTotals {
  transactions: number;
  entries: number;
  /** Over all accounts. */
  minutes: number;
  /** Neither in a block nor waiting for one. */
  uncovered: readonly string[];
  waiting: number;
  /** Entries whose transaction is gone. */
  orphans: number;
}

export interface LedgerVerdict {
  ok: boolean;
  blocks: number;
  transactions: number;
  entries: number;
  /** Transactions not yet sealed: younger than a second or two, unless the service is down. */
  waiting: number;
  /** Hash of the last block, the anchor to keep outside; null without any. */
  head: string | null;
  problems: string[];
}

/** Enough to act on; a ledger broken in ten thousand places says so in one line more. */
const MAX_PROBLEMS = 100;

/** Checks a chain handed over block by block, in order. Pure: what it is not shown it cannot find. */
export class LedgerVerifier {
  readonly #problems: string[] = [];
  #found = 0;
  #head: BlockHead | undefined;
  #blocks = 0;
  /** Heads known from elsewhere, by number: a chain that was cut or rewritten as a whole differs from them. */
  readonly #anchors: Map<number, string>;

  constructor(anchors: readonly Pick<BlockHead, 'no' | 'hash'>[] = []) {
    this.#anchors = new Map(anchors.map(({ no, hash }) => [no, hash]));
  }

  block(block: StoredBlock): void {
    const expectedNo = (this.#head?.no ?? 0) + 1;
    if (block.no !== expectedNo) this.#problem(`block ${expectedNo} is missing before block ${block.no}`);
    if (block.prevHash !== (this.#head?.hash ?? GENESIS_HASH))
      this.#problem(`block ${block.no} does not continue the block before it`);
    if (block.size !== block.items.length)
      this.#problem(`block ${block.no} holds ${block.items.length} transactions, not ${block.size}`);
    for (const item of block.items) this.#item(block.no, item);
    // Over the digests as stored: each is compared with its transaction above.
    const digests = block.items.map((item) => item.digest);
    if (blockHash(block, digests) !== block.hash) this.#problem(`block ${block.no} has been changed`);
    const anchor = this.#anchors.get(block.no);
    if (anchor !== undefined && anchor !== block.hash)
      this.#problem(`block ${block.no} is not the one that was anchored`);
    this.#anchors.delete(block.no);
    this.#head = block;
    this.#blocks += 1;
  }

  finish(totals: LedgerTotals): LedgerVerdict {
    for (const no of this.#anchors.keys()) this.#problem(`block ${no} was anchored and is gone`);
    for (const id of totals.uncovered) this.#problem(`transaction ${id} is covered by no block`);
    if (totals.minutes !== 0) this.#problem(`the accounts sum to ${totals.minutes} minutes, not to zero`);
    if (totals.orphans !== 0) this.#problem(`${totals.orphans} entries belong to no transaction`);
    const more = this.#found - this.#problems.length;
    return {
      ok: this.#found === 0,
      blocks: this.#blocks,
      transactions: totals.transactions,
      entries: totals.entries,
      waiting: totals.waiting,
      head: this.#head?.hash ?? null,
      problems: more > 0 ? [...this.#problems, `and ${more} more`] : this.#problems,
    };
  }

  #item(no: number, item: StoredBlock['items'][number]): void {
    const { transaction, transactionId } = item;
    if (transaction === undefined) {
      this.#problem(`transaction ${transactionId} of block ${no} is gone`);
      return;
    }
    if (transactionDigest(transaction) !== item.digest)
      this.#problem(`transaction ${transactionId} of block ${no} has been changed`);
    if (transaction.entries.reduce((sum, [, minutes]) => sum + minutes, 0) !== 0)
      this.#problem(`transaction ${transactionId} does not sum to zero`);
  }

  #problem(text: string): void {
    this.#found += 1;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(text);
  }
}
