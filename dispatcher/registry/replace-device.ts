import { z } from 'zod';
import type { Queryable, Transaction } from '../../platform/database.ts';
import { idSchema, toIso } from '../../schemas/ids.ts';
import { devices, type DeviceView } from './kinds/devices.ts';
import { refuseField } from './refused.ts';
import type { Caller, Registry } from './registry.ts';

export const REPLACE_REASONS = ['broken', 'battery', 'lost', 'upgrade', 'other'] as const;
export const replaceBody = z.strictObject({
  id: idSchema.optional().describe('of the new one; absent: made'),
  externalId: z.string().min(1).max(128).optional(),
  reason: z.enum(REPLACE_REASONS),
  orderId: idSchema.optional().describe('of the visit on which it was done'),
});
export const replacementShape = z.object({
  oldId: z.string(),
  newId: z.string(),
  homeId: z.string(),
  kind: z.string(),
  zone: z.string().nullable(),
  at: z.iso.datetime(),
  by: z.string(),
  reason: z.string(),
  orderId: z.string().nullable(),
});
export type Replacement = z.infer<typeof replacementShape>;

/**
 * A new device in the place of an old one: same home, kind, zone and codec, its own id and secret. The old one is
 * retired and its secret void with the same commit; that it was so is kept.
 */
export async function replaceDevice(
  tx: Transaction,
  registry: Registry,
  oldId: string,
  { id, externalId, reason, orderId }: z.infer<typeof replaceBody>,
  { caller, nowAt }: { caller: Caller; nowAt: number },
): Promise<DeviceView & { secret?: string }> {
  const old = await registry.retireIn(tx, devices, oldId, caller);
  if (orderId !== undefined) {
    const { rowCount } = await tx.query('select from orders where id = $1 and home_id = $2', [
      orderId,
      old.homeId,
    ]);
    if (rowCount !== 1) throw refuseField('orderId', `there is no order ${orderId} of home ${old.homeId}`);
  }
  const made = await registry.createIn(
    tx,
    devices,
    {
      homeId: old.homeId,
      kind: old.kind,
      ...(id !== undefined && { id }),
      ...(old.zone !== null && { zone: old.zone }),
      ...(old.codec !== null && { codec: old.codec }),
      ...(old.model !== null && { model: old.model }),
      ...(externalId !== undefined && { externalId }),
    },
    caller,
  );
  await tx.query(
    `insert into device_replacements (old_id, new_id, home_id, at, by_whom, reason, order_id)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [oldId, made.id, old.homeId, toIso(nowAt), caller.actor.username, reason, orderId ?? null],
  );
  return made;
}

/** The newest first. */
export async function replacementsOf(
  db: Queryable,
  query: { homeId: string | undefined; deviceId: string | undefined; streets: readonly string[] | null },
): Promise<Replacement[]> {
  const { rows } = await db.query<Omit<Replacement, 'at'> & { at: Date }>(
    `select r.old_id as "oldId", r.new_id as "newId", r.home_id as "homeId", d.kind, d.zone, r.at, r.by_whom as by,
            r.reason, r.order_id as "orderId"
     from device_replacements r join devices d on d.id = r.new_id join homes h on h.id = r.home_id
     where ($1::text is null or r.home_id = $1) and ($2::text is null or $2 in (r.old_id, r.new_id))
       and ($3::text[] is null or h.street = any($3))
     order by r.at desc, d.no desc limit 1000`,
    [query.homeId ?? null, query.deviceId ?? null, query.streets],
  );
  return rows.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() }));
}
