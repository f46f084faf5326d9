import { z } from 'zod';
import type { Queryable, Transaction } from '../../platform/database.ts';
import { type AmbulanceSheet, ambulanceSheetSchema } from '../../schemas/ambulance-sheet.ts';
import { isoTimeSchema, toIso } from '../../schemas/ids.ts';

/** What was handed to 120, as it stood at that moment. */
export const ambulanceRecordSchema = z.object({
  id: z.int(),
  alertId: z.string(),
  at: isoTimeSchema,
  by: z.string().describe('username; system: by a notice to the gateway'),
  reference: z.string().nullable(),
  sheet: ambulanceSheetSchema,
});
export type AmbulanceRecord = z.infer<typeof ambulanceRecordSchema>;

interface Sealing {
  seal(content: unknown): Uint8Array;
  open(sealed: Uint8Array): unknown;
}

/** undefined: this notice was handed over already. */
export async function writeRecord(
  db: Queryable,
  sheet: AmbulanceSheet,
  told: { by: string; reference: string | null; noticeId?: string; atMs: number },
  { seal }: Pick<Sealing, 'seal'>,
): Promise<AmbulanceRecord | undefined> {
  const { by, reference, noticeId = null, atMs } = told;
  const { rows } = await db.query<{ id: string }>(
    `insert into ambulance_records (alert_id, at, by_whom, reference, notice_id, sheet)
     values ($1, $2, $3, $4, $5, $6) on conflict (notice_id) do nothing returning id`,
    [sheet.alertId, toIso(atMs), by, reference, noticeId, seal(sheet)],
  );
  const [row] = rows;
  return row && { id: Number(row.id), alertId: sheet.alertId, at: toIso(atMs), by, reference, sheet };
}

/** Oldest first. */
export async function recordsOf(
  db: Queryable,
  alertId: string,
  { open }: Pick<Sealing, 'open'>,
): Promise<AmbulanceRecord[]> {
  const { rows } = await db.query<{
    id: string;
    at: Date;
    by_whom: string;
    reference: string | null;
    sheet: Uint8Array;
  }>('select id, at, by_whom, reference, sheet from ambulance_records where alert_id = $1 order by id', [
    alertId,
  ]);
  return rows.map((row) => ({
    id: Number(row.id),
    alertId,
    at: row.at.toISOString(),
    by: row.by_whom,
    reference: row.reference,
    sheet: ambulanceSheetSchema.parse(open(row.sheet)),
  }));
}

/** Name and telephone of one caregiver, out of every sheet; how many had them. */
export async function eraseCaregiverFromRecords(
  tx: Transaction,
  caregiverId: string,
  { seal, open }: Sealing,
): Promise<number> {
  const { rows } = await tx.query<{ id: string; sheet: Uint8Array }>(
    'select id, sheet from ambulance_records',
  );
  let erased = 0;
  for (const row of rows) {
    const sheet = ambulanceSheetSchema.parse(open(row.sheet));
    const theirs = [...sheet.where.keyHolders, ...sheet.sent].filter(
      (one) => one.caregiverId === caregiverId,
    );
    if (theirs.length === 0) continue;
    for (const one of theirs) Object.assign(one, { name: '', phone: null });
    await tx.query('update ambulance_records set sheet = $2 where id = $1', [row.id, seal(sheet)]);
    erased += 1;
  }
  return erased;
}
