import type { z } from 'zod';
import { dutyBody } from '../../../schemas/registry.ts';
import type { RegistryKind, ViewBase } from '../kind.ts';
import { refuseField } from '../refused.ts';
import { narrowToNothing } from '../scope-conditions.ts';
import { requireTimes, timesColumns, type TimesRow, type TimesView, timesView } from '../shift-times.ts';

type DutyBody = z.output<typeof dutyBody>;
export interface DutyView extends ViewBase, TimesView {
  id: string;
  username: string;
}

interface DutyRow extends TimesRow {
  id: string;
  username: string;
  version: number;
  created_at: Date;
}

/** When operators and supervisors sit at the desk. Nothing is dispatched by it: it is there to be read. */
export const duties: RegistryKind<DutyBody, DutyView> = {
  name: 'duty',
  table: 'duties',
  key: 'id',
  idPrefix: 'duty',
  body: dutyBody,
  select: 'select r.* from duties r join users u on u.username = r.username and u.retired_at is null',
  columns: (body) => ({ id: body.id, username: body.username, ...timesColumns(body) }),
  view(given) {
    const row = given as unknown as DutyRow;
    return {
      id: row.id,
      username: row.username,
      ...timesView(row),
      version: row.version,
      createdAt: row.created_at.toISOString(),
    };
  },
  async check(tx, body, _context, _scope, before) {
    requireTimes(body);
    if (body.username === before?.username) return;
    const { rows } = await tx.query<{ role: string }>(
      'select role from users where username = $1 and retired_at is null for share',
      [body.username],
    );
    if (rows[0] === undefined) throw refuseField('username', `there is no user ${body.username}`);
    if (rows[0].role === 'caregiver')
      throw refuseField('username', 'is a caregiver, whose shifts are shifts');
  },
  narrow: narrowToNothing,
  filters: {
    q: (conditions, q) => void conditions.and(`position(? in lower(r.id || ' ' || r.username)) > 0`, q),
    username: (conditions, username) => void conditions.and('r.username = ?', username),
  },
  matches: () => true,
};
