import type { Queryable } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Relation } from '../../schemas/rules.ts';

export interface Relative {
  residentId: string;
  relation: Relation;
  recordedAt: string;
  recordedBy: string;
}

interface RelativeRow {
  resident_id: string;
  relation: Relation;
  recorded_at: Date;
  recorded_by: string;
}
const relativeOf = (row: RelativeRow): Relative => ({
  residentId: row.resident_id,
  relation: row.relation,
  recordedAt: row.recorded_at.toISOString(),
  recordedBy: row.recorded_by,
});

export async function relativesOf(db: Queryable, accountId: string): Promise<Relative[]> {
  const { rows } = await db.query<RelativeRow>(
    'select * from ledger_relatives where account_id = $1 and ended_at is null order by id',
    [accountId],
  );
  return rows.map(relativeOf);
}

export async function relationTo(
  db: Queryable,
  accountId: string,
  residentId: string,
): Promise<Relation | undefined> {
  const { rows } = await db.query<{ relation: Relation }>(
    'select relation from ledger_relatives where account_id = $1 and resident_id = $2 and ended_at is null',
    [accountId, residentId],
  );
  return rows[0]?.relation;
}

/** Undefined: there is no such caregiver, or no such resident in these streets. Another relation ends the former one. */
export async function recordRelative(
  tx: Queryable,
  given: { accountId: string; residentId: string; relation: Relation },
  by: { username: string; streets: readonly string[] | null; nowAt: number },
): Promise<Relative | undefined> {
  const { accountId, residentId, relation } = given;
  const { rowCount } = await tx.query(
    `select from residents r join homes h on h.id = r.home_id, caregivers c
     where r.id = $1 and r.retired_at is null and c.id = $2 and c.retired_at is null
       and ($3::text[] is null or h.street = any($3)) for share of r, c`,
    [residentId, accountId, by.streets],
  );
  if (rowCount !== 1) return undefined;
  if ((await relationTo(tx, accountId, residentId)) !== relation) {
    await endRelative(tx, accountId, residentId, by);
    await tx.query(
      `insert into ledger_relatives (account_id, resident_id, relation, recorded_at, recorded_by)
       values ($1, $2, $3, $4, $5)`,
      [accountId, residentId, relation, toIso(by.nowAt), by.username],
    );
  }
  return (await relativesOf(tx, accountId)).find((relative) => relative.residentId === residentId);
}

export async function endRelative(
  tx: Queryable,
  accountId: string,
  residentId: string,
  by: { username: string; nowAt: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update ledger_relatives set ended_at = $3, ended_by = $4
     where account_id = $1 and resident_id = $2 and ended_at is null`,
    [accountId, residentId, toIso(by.nowAt), by.username],
  );
  return rowCount === 1;
}
