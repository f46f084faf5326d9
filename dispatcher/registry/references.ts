import type { Queryable } from '../../platform/database.ts';
import { BUILT_IN_CODECS } from '../../schemas/codec-mapping.ts';
import type { RegistryScope } from './kind.ts';
import { refuseField } from './refused.ts';
import { narrowToHome } from './scope-conditions.ts';
import { Conditions } from './sql-parts.ts';

/** What a body refers to must be there, not retired, and in the caller's scope; the refusal names the field. */
export async function requireHome(db: Queryable, homeId: string, scope: RegistryScope): Promise<void> {
  const conditions = new Conditions().and('h.id = ? and h.retired_at is null and not h.synthetic', homeId);
  narrowToHome(conditions, scope, 'h.id', 'h.street');
  const { rowCount } = await db.query(
    `select from homes h where ${conditions.sql} for share`,
    conditions.params,
  );
  if (rowCount !== 1) throw refuseField('homeId', `there is no home ${homeId}`);
}

/** All of them; the refusal names the ones that are not there. */
export async function requireCaregivers(db: Queryable, field: string, ids: readonly string[]): Promise<void> {
  const { rows } = await db.query<{ id: string }>(
    'select id from caregivers where id = any($1) and retired_at is null for share',
    [ids],
  );
  const missing = ids.filter((id) => !rows.some((row) => row.id === id));
  if (missing.length > 0) throw refuseField(field, `there is no caregiver ${missing.join(', ')}`);
}

export async function requireCaregiver(db: Queryable, caregiverId: string): Promise<void> {
  const { rowCount } = await db.query(
    'select from caregivers where id = $1 and retired_at is null for share',
    [caregiverId],
  );
  if (rowCount !== 1) throw refuseField('caregiverId', `there is no caregiver ${caregiverId}`);
}

/** One that is code, or declared: a gateway with any other would be let in, and nothing it says understood. */
export async function requireCodec(db: Queryable, codec: string): Promise<void> {
  if (BUILT_IN_CODECS.includes(codec)) return;
  const { rows } = await db.query<{ id: string }>(
    'select id from codecs where retired_at is null order by id for share',
  );
  const declared = rows.map(({ id }) => id);
  if (!declared.includes(codec))
    throw refuseField(
      'codec',
      `there is no codec ${codec}; there are ${[...BUILT_IN_CODECS, ...declared].join(', ')}`,
    );
}
