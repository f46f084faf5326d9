import { inTransaction, type Pool } from '../../platform/database.ts';

const AT_ONCE = 200;

/** Comments of the time before they were sealed: sealed, and taken out of their orders' documents. Gives how many. */
export async function sealOldComments(pool: Pool, seal: (text: string) => Uint8Array): Promise<number> {
  let sealed = 0;
  for (;;) {
    const done = await inTransaction(pool, async (tx) => {
      const { rows } = await tx.query<{ order_id: string; comment: string }>(
        `select order_id, comment from ratings where comment is not null limit $1 for update skip locked`,
        [AT_ONCE],
      );
      for (const { order_id, comment } of rows) {
        await tx.query('update ratings set sealed_comment = $2, comment = null where order_id = $1', [
          order_id,
          seal(comment),
        ]);
        await tx.query(
          `update orders set doc = jsonb_set(doc, '{rating,comment}', 'null')
           where id = $1 and doc #>> '{rating,comment}' is not null`,
          [order_id],
        );
      }
      return rows.length;
    });
    sealed += done;
    if (done < AT_ONCE) return sealed;
  }
}
