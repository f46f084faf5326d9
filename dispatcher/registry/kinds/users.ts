import { z } from 'zod';
import { userBody, type UserRole } from '../../../schemas/registry.ts';
import type { RegistryKind, ViewBase } from '../kind.ts';
import { requireCaregiver } from '../references.ts';
import { Refused, refuseField } from '../refused.ts';

/** After the creation the password is what need not be given again. */
const storedUserBody = userBody.extend({ password: userBody.shape.password.optional() });
type UserBody = z.output<typeof storedUserBody>;
export interface UserView extends ViewBase {
  username: string;
  role: UserRole;
  /** Empty: the whole district. */
  streets: string[];
  caregiverId: string | null;
}

interface UserRow {
  username: string;
  role: UserRole;
  streets: string[];
  caregiver_id: string | null;
  version: number;
  created_at: Date;
}

export const ADMIN_USERNAME = 'admin';

export const users: RegistryKind<UserBody, UserView> = {
  name: 'user',
  table: 'users',
  key: 'username',
  idPrefix: 'user',
  body: storedUserBody,
  select: 'select r.* from users r',
  async columns(body, { hashPassword }) {
    const columns = {
      username: body.username,
      role: body.role,
      streets: [...new Set(body.streets ?? [])],
      caregiver_id: body.caregiverId ?? null,
    };
    if (body.password === undefined) return columns;
    return { ...columns, password_hash: await hashPassword(body.password) };
  },
  view(given) {
    const { username, role, streets, caregiver_id, version, created_at } = given as unknown as UserRow;
    return {
      username,
      role,
      streets,
      caregiverId: caregiver_id,
      version,
      createdAt: created_at.toISOString(),
    };
  },
  async check(tx, body, { actor }, scope, before) {
    const streets = body.streets ?? [];
    if (scope.streets !== null && (streets.length === 0 || streets.some((s) => !scope.streets?.includes(s))))
      throw new Refused('forbidden', 'an administrator of some streets makes users of those streets only');
    if (body.role === 'caregiver' && body.caregiverId === undefined)
      throw refuseField('caregiverId', 'is needed for the role caregiver');
    if (body.caregiverId !== undefined && body.caregiverId !== before?.caregiverId)
      await requireCaregiver(tx, body.caregiverId);
    if (before?.username === actor.username && body.role !== before.role)
      throw new Refused('conflict', 'nobody changes their own role');
    if (before?.username === ADMIN_USERNAME && body.role !== 'admin')
      throw new Refused('conflict', 'the user admin stays an administrator');
    // Whoever knew the old password is out.
    if (before !== undefined && body.password !== undefined)
      await tx.query('delete from sessions where username = $1', [before.username]);
  },
  async changed(tx, before, after, { actor }) {
    if (after !== undefined || before === undefined) return;
    if (before.username === ADMIN_USERNAME || before.username === actor.username)
      throw new Refused('conflict', `${before.username} cannot be retired by ${actor.username}`);
    await tx.query('delete from sessions where username = $1', [before.username]);
  },
  // An administrator of some streets does not see, so neither changes nor retires, those of others or of the district.
  narrow(conditions, { streets }) {
    if (streets !== null) conditions.and('cardinality(r.streets) > 0 and r.streets <@ ?::text[]', streets);
  },
  filters: {
    q: (conditions, q) => void conditions.and('position(? in lower(r.username)) > 0', q),
    role: (conditions, role) => void conditions.and('r.role = ?', role),
  },
  matches: () => true,
};
