import { createHash } from 'node:crypto';

/** An entry of the audit log as the chain covers it: all that it says, times to the microsecond. */
export interface SealedEntry {
  id: number;
  at: string;
  who: string;
  role: string;
  address: string;
  action: string;
  object: string;
  /** JSON text as the database writes it. */
  detail: string;
}

/** Of `audit`, in the form that is sealed. */
export const ENTRY_COLUMNS = `a.id, to_char(a.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
  a.who, a.role, a.address, a.action, a.object, a.detail::text as detail`;

/** JSON of an array: one text for one content, and no two contents share it. */
export const entryDigest = (e: SealedEntry): string =>
  createHash('sha256')
    .update(
      JSON.stringify(['yinling-audit-1', e.id, e.at, e.who, e.role, e.address, e.action, e.object, e.detail]),
      'utf8',
    )
    .digest('hex');
