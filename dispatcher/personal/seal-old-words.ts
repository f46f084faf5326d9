import { inTransaction, type Pool } from '../../platform/database.ts';
import { sealedThroughout } from './sealable.ts';
import type { Words } from './words.ts';

const AT_ONCE = 100;

/** A table whose words stand in one column, and what orders its rows. */
interface Source {
  readonly name: 'alerts' | 'alert_events' | 'orders' | 'offers';
  readonly keys: readonly string[];
  readonly column: string;
  /** Rows that may have any. */
  readonly where: string;
}

const SOURCES: readonly Source[] = [
  { name: 'alerts', keys: ['id'], column: 'doc', where: 'not synthetic and erased_at is null' },
  { name: 'orders', keys: ['id'], column: 'doc', where: 'true' },
  { name: 'alert_events', keys: ['alert_id', 'version'], column: 'body', where: 'true' },
  { name: 'offers', keys: ['id'], column: 'to_jsonb(reason)', where: 'reason is not null' },
];

/** How many rows (and plans) were in the clear, by table. */
export type SealedOld = Record<string, number>;

/**
 * Seals what people wrote before such words were sealed, and titles of regular visits, wherever they stand but on the
 * stream, which forgets within a week. Each table is gone through once, in the order of its keys, and where a run stopped the
 * next goes on. A row that changes meanwhile is looked at again; nothing waits for a lock of ours but that row.
 */
export async function sealOldWords(pool: Pool, words: Words): Promise<SealedOld> {
  const sealed: SealedOld = {};
  for (const source of SOURCES) sealed[source.name] = await sealSource(pool, words, source);
  sealed['visit_plans'] = await sealTitles(pool, words);
  return sealed;
}

async function sealSource(pool: Pool, words: Words, source: Source): Promise<number> {
  const { name, keys, column, where } = source;
  await pool.query('insert into word_sealing (source) values ($1) on conflict do nothing', [name]);
  const { rows: states } = await pool.query<{ up_to: string[]; done_at: Date | null }>(
    'select up_to, done_at from word_sealing where source = $1',
    [name],
  );
  const [state] = states;
  if (state === undefined || state.done_at !== null) return 0;
  let sealed = 0;
  for (let upTo = state.up_to; ;) {
    const { rows } = await pool.query<{ at: string[]; held: unknown }>(
      `select array[${keys.map((key) => `${key}::text`).join(', ')}] as at, ${column} as held from ${name}
       where (${where}) ${upTo.length > 0 ? `and (${keys.join(', ')}) > (${placesOf(keys, 1)})` : ''}
       order by ${keys.join(', ')} limit ${AT_ONCE}`,
      upTo,
    );
    for (const { at, held } of rows) if (await sealRow(pool, words, source, at, held)) sealed += 1;
    upTo = rows.at(-1)?.at ?? upTo;
    await pool.query(
      'update word_sealing set up_to = $2, done_at = case when $3 then now() end where source = $1',
      [name, upTo, rows.length < AT_ONCE],
    );
    if (rows.length < AT_ONCE) return sealed;
  }
}

const placesOf = (keys: readonly string[], from: number): string =>
  keys.map((_, i) => `$${from + i}`).join(', ');

/** False if there is nothing to seal in it. Only what was read is replaced, so a change meanwhile is not undone. */
async function sealRow(
  pool: Pool,
  words: Words,
  { name, keys, column }: Source,
  at: readonly string[],
  first: unknown,
): Promise<boolean> {
  const byKey = `(${keys.join(', ')}) = (${placesOf(keys, 1)})`;
  const [now$, held$] = [`$${keys.length + 1}::jsonb`, `$${keys.length + 2}::jsonb`];
  for (let held = first; ;) {
    const now = name === 'offers' ? await words.seal(clear(held)) : await sealedThroughout(held, words);
    if (now === held || now === '') return false;
    const { rowCount } = await pool.query(
      `update ${name} set ${name === 'offers' ? `reason = ${now$} #>> '{}'` : `${column} = ${now$}`}
       where ${byKey} and ${column} = ${held$}`,
      [...at, JSON.stringify(now), JSON.stringify(held)],
    );
    if (rowCount === 1) return true;
    const { rows } = await pool.query<{ held: unknown }>(
      `select ${column} as held from ${name} where ${byKey}`,
      [...at],
    );
    if (rows[0] === undefined) return false;
    held = rows[0].held;
  }
}

/** Empty, so that it is left, if it is sealed already. */
const clear = (held: unknown): string => {
  const text = typeof held === 'string' ? held : '';
  return text.includes('sealed:') ? '' : text;
};

/** A title stands in its plan and in what the plan wanted when each of its visits was booked: the same words in both. */
async function sealTitles(pool: Pool, words: Words): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from visit_plans where title <> '' and title not like 'sealed:%' order by id`,
  );
  let sealed = 0;
  for (const { id } of rows)
    sealed += await inTransaction(pool, async (tx) => {
      const plans = await tx.query<{ title: string }>(
        `select title from visit_plans where id = $1 and title <> '' and title not like 'sealed:%' for update`,
        [id],
      );
      const [plan] = plans.rows;
      if (plan === undefined) return 0;
      const title = await words.seal(plan.title);
      await tx.query('update visit_plans set title = $2 where id = $1', [id, title]);
      const booked = await tx.query<{ date: string; wanted: string }>(
        `select date::text as date, wanted from visit_plan_bookings where plan_id = $1 and wanted is not null for update`,
        [id],
      );
      for (const { date, wanted } of booked.rows) {
        const entries = (JSON.parse(wanted) as [string, unknown][]).map(([name, value]) =>
          name === 'note' && value === plan.title ? [name, title] : [name, value],
        );
        await tx.query('update visit_plan_bookings set wanted = $3 where plan_id = $1 and date = $2::date', [
          id,
          date,
          JSON.stringify(entries),
        ]);
      }
      return 1;
    });
  return sealed;
}
