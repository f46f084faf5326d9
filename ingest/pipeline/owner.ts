import type { Fence } from '../store/fence.ts';
import type { Unit } from './unit.ts';

/**
 * Whose homes these are: either all of the database's (`Ownership`), or those of some partitions, which come and go
 * (`Sharing`).
 */
export interface Owner {
  /** Whether anything may be concluded and committed now. */
  readonly owning: boolean;
  /** Names us in the fence; another one after we have lost what we had. */
  readonly epoch: number;
  /** The last number given to anything that was folded. */
  readonly lastSeq: number;
  nextSeq(): number;
  /** Whether new work for the homes of this partition is ours. */
  owns(partition: number): boolean;
  /** Those we own, bit by partition; undefined: all of the database's. */
  readonly partitions: number | undefined;
  /** By partition, what changes whenever it comes to us anew. */
  readonly held: ReadonlyMap<number, number>;
  /** Whether what is done once a database is for us to do. */
  readonly onDuty: boolean;
  /** From when on memory is complete for a partition; ms since the epoch. */
  knownSince(partition: number): number;

  /** Of what was begun under that epoch. */
  fence(epoch: number, units: readonly Unit[]): Fence;
  dutyFence(): Fence;
  /** Whether what was taken up under that epoch is another's by now. */
  disowned(epoch: number): boolean;
  /** After the fence has refused that epoch: resolves when we own something again, or know that we do not. */
  regain(epoch: number): Promise<void>;

  /** Resolves once messages may be accepted. */
  take(withinMs: number, unless?: () => boolean): Promise<void>;
  /** We are about to end: nothing more is taken over. */
  ending(): void;
  release(): Promise<void>;
  /** We accept; everything before `firstUnsaved` is in a snapshot. */
  beat(now: number, firstUnsaved: number): Promise<void>;
  /** Every second, while we accept. */
  watchStreets(now: number): Promise<void>;
  /** All states of the database are saved up to here. */
  savedUpTo(): Promise<number>;
}

/** seq = epoch × 2^32 + counter: grows over restarts, and stays a safe integer for two million of them. */
export const SEQS_OF_EPOCH = 2 ** 32;

/** Numbers what is folded, in one order. */
export class Numbers {
  #base = 0;
  #counter = 0;

  get last(): number {
    return this.#base * SEQS_OF_EPOCH + this.#counter;
  }

  next(): number {
    this.#counter += 1;
    if (this.#counter >= SEQS_OF_EPOCH) throw new Error('this epoch has no more numbers; restart');
    return this.last;
  }

  /** `epoch`: one that nobody has numbered with. */
  from(epoch: number): void {
    this.#base = epoch;
    this.#counter = 0;
  }
}
