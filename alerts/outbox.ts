import type { Tx } from './store.ts';

/** An event of the operators' stream, numbered, with the object that it is about. */
export interface PublishedEvent {
  readonly no: number;
  readonly type: string;
  readonly ref: string;
  /** Of whose desks it is; null: of the whole district's. */
  readonly street: string | null;
  /** JSON. */
  readonly data: string;
}

/** So many events a transaction of its own numbers at most; after as many, more may wait. */
export const MOST_IN_PASSING = 100;

/**
 * Numbers up to `most` of what waits in the outbox, this transaction's own rows among them, under the row lock of
 * `stream_head`: numbers become visible in order and without gaps, whoever gives them. In a transaction the lock is held
 * until its end, so the commit comes next. `now`: ms; what is stamped as `publishedAt`. The events are to be handed on
 * after the commit, and not before.
 */
export async function numberOutbox(tx: Tx, now: number, most: number): Promise<PublishedEvent[]> {
  const { rows } = await tx.query({
    name: 'stream_publish',
    text: 'select no, type, ref, street, data from stream_publish($1, $2)',
    values: [new Date(now), most],
  });
  return rows as PublishedEvent[];
}
