import { type Clock } from '../../platform/clock.ts';
import { inTransaction, type Pool, type Transaction } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import { appendBlock, type ChainTables, type SealedBlock } from './append-block.ts';
import { transactionDigest } from './chain.ts';
import { transactionsById } from './stored-transactions.ts';

/** Transactions in one block at most; what is left waits for the next one, at once. */
export const BLOCK_SIZE = 5_000;
const SEAL_EVERY_MS = 1_000;
const SEALING_LOCK = 7_107_204_100_01;
const LEDGER: ChainTables = { name: 'ledger', idColumn: 'transaction_id', idType: 'text' };

/**
 * Seals what waits into one block. Deposits and redemptions never touch the chain's head, so they do not wait for one
 * another; only sealers do, and one that finds another at work leaves it to that one.
 */
export async function sealBlock(pool: Pool, nowAt: number): Promise<SealedBlock | undefined> {
  return inTransaction(pool, async (tx) => {
    const lock = await tx.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
      SEALING_LOCK,
    ]);
    if (lock.rows[0]?.mine !== true) return undefined;
    const waiting = await tx.query<{ transaction_id: string }>(
      'select transaction_id from ledger_waiting order by transaction_id limit $1',
      [BLOCK_SIZE],
    );
    const ids = waiting.rows.map((row) => row.transaction_id);
    return ids.length === 0 ? undefined : await writeBlock(tx, ids, nowAt);
  });
}

async function writeBlock(tx: Transaction, ids: readonly string[], nowAt: number): Promise<SealedBlock> {
  const transactions = await transactionsById(tx, ids);
  const digests = ids.map((id) => {
    const transaction = transactions.get(id);
    if (transaction === undefined) throw new Error(`ledger transaction ${id} waits for sealing and is gone`);
    return transactionDigest(transaction);
  });
  return appendBlock(tx, LEDGER, ids, digests, nowAt);
}

/** Seals each second for as long as it runs (the ledger, or another chain); a failure is logged and tried again. */
export class LedgerSealer {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #sealBlock: typeof sealBlock;
  #cancel: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(pool: Pool, clock: Clock, log: Log, seal: typeof sealBlock = sealBlock) {
    this.#pool = pool;
    this.#clock = clock;
    this.#log = log;
    this.#sealBlock = seal;
  }

  start(): void {
    this.#stopped = false;
    this.#arm();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#cancel = this.#clock.setTimer(SEAL_EVERY_MS, () => {
      this.#running = this.#seal().finally(() => this.#arm());
    });
  }

  async #seal(): Promise<void> {
    try {
      for (
        let block = await this.#sealBlock(this.#pool, this.#clock.now());
        block?.size === BLOCK_SIZE && !this.#stopped;
      )
        block = await this.#sealBlock(this.#pool, this.#clock.now());
    } catch (error) {
      this.#log.warn({ err: error }, 'not sealed; trying again');
    }
  }
}
