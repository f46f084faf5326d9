import { blockHash, type BlockHead, GENESIS_HASH } from './chain.ts';

/** A block as the service shows it to anyone: what its hash covers, by digests. */
export interface PublicBlock extends BlockHead {
  digests: readonly string[];
}
/** The chain's head as it was once, kept by somebody outside. */
export interface Anchor {
  format: 'yinling-anchor-1';
  no: number;
  hash: string;
  sealedAt: string;
  /** In all blocks up to it. */
  transactions: number;
}

/**
 * What somebody outside can check with nothing but the public blocks and an anchor kept at home: that the hashes are
 * right, that each block continues the one before, and that the chain still is the one that was anchored. Pure.
 */
export class OutsideCheck {
  readonly #anchors: Map<number, Anchor>;
  readonly problems: string[] = [];
  #no = 0;
  #hash = GENESIS_HASH;
  #transactions = 0;

  constructor(anchors: readonly Anchor[]) {
    this.#anchors = new Map(anchors.map((anchor) => [anchor.no, anchor]));
  }

  block(block: PublicBlock): void {
    if (block.no !== this.#no + 1) this.problems.push(`block ${this.#no + 1} is missing`);
    if (block.prevHash !== this.#hash)
      this.problems.push(`block ${block.no} does not continue the one before`);
    if (blockHash(block, block.digests) !== block.hash)
      this.problems.push(`block ${block.no} has been changed`);
    this.#no = block.no;
    this.#hash = block.hash;
    this.#transactions += block.digests.length;
    const anchor = this.#anchors.get(block.no);
    if (anchor === undefined) return;
    this.#anchors.delete(block.no);
    if (anchor.hash !== block.hash) this.problems.push(`block ${block.no} is not the one that was anchored`);
    if (anchor.transactions !== this.#transactions)
      this.problems.push(
        `up to block ${block.no} there are ${this.#transactions} transactions, not ${anchor.transactions}`,
      );
  }

  finish(): { ok: boolean; blocks: number; transactions: number; head: string | null; problems: string[] } {
    for (const no of this.#anchors.keys()) this.problems.push(`block ${no} was anchored and is gone`);
    return {
      ok: this.problems.length === 0,
      blocks: this.#no,
      transactions: this.#transactions,
      head: this.#no === 0 ? null : this.#hash,
      problems: this.problems,
    };
  }
}
