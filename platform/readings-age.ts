import type { Queryable } from './database.ts';
import { hasTimescale } from './hypertables.ts';

interface Part {
  readonly name: string;
  readonly begins_ms: number;
}

/** Days, or chunks, of readings, the first one first: from the catalogue, which is small. */
const PARTITIONS = `select c.oid::regclass::text as name,
    extract(epoch from to_date(substring(c.relname from '_p(\\d{8})$'), 'YYYYMMDD')::timestamp at time zone 'UTC')::float8 * 1000 as begins_ms
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'readings'::regclass and c.relname ~ '_p\\d{8}$' order by 2`;
const CHUNKS = `select format('%I.%I', chunk_schema, chunk_name) as name, extract(epoch from range_start)::float8 * 1000 as begins_ms
  from timescaledb_information.chunks where hypertable_name = 'readings' order by 2`;

/**
 * Since when there are readings, as exactly as the day or chunk in which the first ones lie: when that begins, ms since the
 * epoch; undefined: there is none. Not by their times, for that would be reading all of them.
 */
export async function readingsBeginAt(db: Queryable): Promise<number | undefined> {
  const partitioned = await db.query(
    `select from pg_class where oid = 'readings'::regclass and relkind = 'p'`,
  );
  const plain = partitioned.rowCount === 1;
  if (!plain && !(await hasTimescale(db))) return undefined;
  const { rows } = await db.query<Part>(plain ? PARTITIONS : CHUNKS);
  const found = await firstHeld(db, rows);
  if (!plain) return found;
  // Of days without a partition: there are such for an hour at most, and few
  const stranded = await db.query<{ ms: number | null }>(
    'select extract(epoch from min(received_at))::float8 * 1000 as ms from readings_default',
  );
  const [others = Infinity, first = Infinity] = [stranded.rows[0]?.ms ?? undefined, found];
  return Math.min(others, first) === Infinity ? undefined : Math.min(others, first);
}

async function firstHeld(db: Queryable, parts: readonly Part[]): Promise<number | undefined> {
  for (const { name, begins_ms } of parts)
    if ((await db.query(`select from ${name} limit 1`)).rowCount === 1) return begins_ms;
  return undefined;
}
