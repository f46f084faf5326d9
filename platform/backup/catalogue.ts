import { z } from 'zod';
import type { Queryable } from '../database.ts';

/** What a database of ours holds, as a backup tells it; names only, no rows. */
const name = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);
export const tableInfo = z.object({
  name,
  /** Without generated ones. */
  columns: z.array(name).min(1),
  /** Of a partitioned table, with its bounds as PostgreSQL words them. */
  partitions: z.array(
    z.object({
      name,
      // It is carried out as SQL by a restore: only what a partition of a day can look like.
      bound: z
        .string()
        .regex(/^(DEFAULT|FOR VALUES FROM \('[0-9: .+-]{10,32}'\) TO \('[0-9: .+-]{10,32}'\))$/),
    }),
  ),
});
export type TableInfo = z.infer<typeof tableInfo>;

export const sequenceInfo = z.object({ name, last: z.string().regex(/^-?\d+$/), called: z.boolean() });
export type SequenceInfo = z.infer<typeof sequenceInfo>;

/** Tables that migrations and extensions keep for themselves; and rollups, which are made anew of the readings. */
const NOT_OURS = `c.relname not in ('schema_migrations', 'reading_rollups', 'reading_hours_kept', 'reading_days_kept') and not exists (
  select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** Our tables, each after those it refers to, so that they can be filled in this order. */
export async function tablesOf(db: Queryable): Promise<TableInfo[]> {
  const { rows } = await db.query<TableInfo & { refers: string[] }>(
    `select c.relname as name,
       (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
       (select coalesce(jsonb_agg(jsonb_build_object('name', p.relname, 'bound', pg_get_expr(p.relpartbound, p.oid))
                 order by p.relname), '[]')
          from pg_inherits i join pg_class p on p.oid = i.inhrelid
         where i.inhparent = c.oid and p.relispartition) as partitions,
       (select coalesce(array_agg(distinct f.confrelid::regclass::text), '{}') from pg_constraint f
         where f.contype = 'f' and f.conrelid = c.oid and f.confrelid <> c.oid) as refers
     from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and ${NOT_OURS}
     order by c.relname`,
  );
  return inOrder(rows).map(({ name, columns, partitions }) => ({ name, columns, partitions }));
}

/** Depth first; a ring of references (there is none) would be left in the order of names. */
export function inOrder<T extends { name: string; refers: readonly string[] }>(tables: readonly T[]): T[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const ordered = new Set<T>();
  const seen = new Set<T>();
  const visit = (table: T): void => {
    if (seen.has(table)) return;
    seen.add(table);
    for (const other of table.refers) {
      const found = byName.get(other);
      if (found) visit(found);
    }
    ordered.add(table);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}

/** Where the numbering goes on. Sequences are outside every snapshot; they can only be ahead of it, which does no harm. */
export async function sequencesOf(db: Queryable): Promise<SequenceInfo[]> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'S' and ${NOT_OURS} order by 1`,
  );
  const found: SequenceInfo[] = [];
  for (const { name } of rows) {
    const state = await db.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from ${quoted(name)}`,
    );
    if (state.rows[0]) found.push({ name, ...state.rows[0] });
  }
  return found;
}

/** Names of the catalogue are of small letters, digits and `_`. */
export const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;
