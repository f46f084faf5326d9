import type { Queryable } from '../../platform/database.ts';

/** What this worker sees of streets that fall silent, for the one that judges. */
export async function tellSilence(db: Queryable, epoch: number, seen: unknown): Promise<void> {
  await db.query({
    name: 'ingest_tell_silence',
    text: `insert into ingest_silence (epoch, seen) select $1, $2 from ingest_workers where epoch = $1
      on conflict (epoch) do update set seen = excluded.seen`,
    values: [epoch, JSON.stringify(seen)],
  });
}

/** What the other workers have told. */
export async function toldSilence<Seen>(db: Queryable, epoch: number): Promise<Seen[]> {
  const { rows } = await db.query<{ seen: Seen }>({
    name: 'ingest_told_silence',
    text: 'select s.seen from ingest_silence s join ingest_workers w on w.epoch = s.epoch where s.epoch <> $1',
    values: [epoch],
  });
  return rows.map(({ seen }) => seen);
}
