import type { Queryable } from '../../platform/database.ts';
import { EVERY_HOME } from '../sharing/partitions.ts';
import { type HomeStateJson, STATE_FORMAT } from '../home-state.ts';

export interface SavedState {
  homeNo: number;
  /** Everything of this home up to and including it is folded in. */
  seq: number;
  state: HomeStateJson;
}

/** Snapshots of these homes; of a form that this version cannot read: none. */
export async function savedStates(db: Queryable, homeNos: readonly number[]): Promise<SavedState[]> {
  const { rows } = await db.query<{ home_no: number; seq: number; state: HomeStateJson }>({
    name: 'ingest_saved_states',
    text: 'select home_no, seq, state from home_states where home_no = any($1) and format <= $2',
    values: [homeNos, STATE_FORMAT],
  });
  return rows.map(({ home_no, seq, state }) => ({ homeNo: home_no, seq, state }));
}

export interface Snapshot {
  homeNo: number;
  seq: number;
  /** ms since the epoch; Infinity: never. */
  wakeAt: number;
  /** JSON text. */
  state: string;
}

/** An older snapshot never overwrites a newer one. */
export async function saveStates(db: Queryable, snapshots: readonly Snapshot[], now: number): Promise<void> {
  if (snapshots.length === 0) return;
  const rows = snapshots.map(
    ({ homeNo, seq, wakeAt, state }) =>
      `{"h":${homeNo},"q":${seq},"w":${wakeAt === Infinity ? 'null' : wakeAt},"s":${state}}`,
  );
  await db.query({
    name: 'ingest_save_states',
    text: `insert into home_states (home_no, seq, format, saved_at, wake_at, state)
      select h, q, $2, $3, to_timestamp(w / 1000), s
      from jsonb_to_recordset($1::jsonb) as r (h int, q bigint, w double precision, s jsonb)
      on conflict (home_no) do update
        set seq = excluded.seq, format = excluded.format, saved_at = excluded.saved_at,
          wake_at = excluded.wake_at, state = excluded.state
        where home_states.seq <= excluded.seq`,
    values: [`[${rows.join(',')}]`, STATE_FORMAT, new Date(now)],
  });
}

/** Wake-ups of homes that are not in memory. `partitions`: bit by partition. */
export async function savedWakeUps(
  db: Queryable,
  partitions: number,
): Promise<{ homeId: string; wakeAt: number }[]> {
  const { rows } = await db.query<{ id: string; wake_at: Date }>({
    text: `select h.id, s.wake_at from home_states s join homes h on h.no = s.home_no
     where s.wake_at is not null and h.retired_at is null
       and ($1 = ${EVERY_HOME} or ($1::int >> home_partition(h.id)) & 1 = 1)`,
    values: [partitions],
  });
  return rows.map(({ id, wake_at }) => ({ homeId: id, wakeAt: wake_at.getTime() }));
}
