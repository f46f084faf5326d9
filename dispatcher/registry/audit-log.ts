import type { Queryable } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';

/** Who did what, to what, when, from where. `detail` holds ids and numbers, never names, phones or what was searched for. */
export interface AuditEntry {
  /** `object.verb`, e.g. `resident.view`, `session.login`. */
  action: string;
  /** `kind:ID`. */
  object: string;
  detail?: Readonly<Record<string, unknown>>;
}

/** Whoever acts: a user, or `bridge:ID`, or `unknown` with no role. */
export interface Auditor {
  username: string;
  role: string;
  address: string;
}

/** Appends to the audit log, in the caller's transaction if it is in one. */
export async function writeAudit(
  db: Queryable,
  who: Auditor,
  atMs: number,
  ...entries: readonly AuditEntry[]
): Promise<void> {
  if (entries.length === 0) return;
  await db.query(
    `insert into audit (at, who, role, address, action, object, detail)
     select $1, $2, $3, $4, action, object, detail
     from unnest($5::text[], $6::text[], $7::jsonb[]) as entry (action, object, detail)`,
    [
      toIso(atMs),
      who.username,
      who.role,
      who.address,
      entries.map((entry) => entry.action),
      entries.map((entry) => entry.object),
      entries.map((entry) => JSON.stringify(entry.detail ?? {})),
    ],
  );
}
