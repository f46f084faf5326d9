import type { z } from 'zod';
import { shiftBody } from '../../../schemas/registry.ts';
import type { RegistryKind, ViewBase } from '../kind.ts';
import { requireCaregiver } from '../references.ts';
import { refuseField } from '../refused.ts';
import { narrowToCaregiver } from '../scope-conditions.ts';

type ShiftBody = z.output<typeof shiftBody>;
export interface ShiftView extends ViewBase {
  id: string;
  caregiverId: string;
  /** Either from and to, or weekly. */
  from: string | null;
  to: string | null;
  weekly: NonNullable<ShiftBody['weekly']> | null;
  /** Leave: takes away from the other shifts. */
  off: boolean;
}

interface ShiftRow {
  id: string;
  caregiver_id: string;
  from_at: Date | null;
  to_at: Date | null;
  weekly: ShiftView['weekly'];
  off: boolean;
  version: number;
  created_at: Date;
}

export const shifts: RegistryKind<ShiftBody, ShiftView> = {
  name: 'shift',
  table: 'shifts',
  key: 'id',
  idPrefix: 'shift',
  body: shiftBody,
  select: 'select r.* from shifts r',
  columns: (body) => ({
    id: body.id,
    caregiver_id: body.caregiverId,
    from_at: body.from ?? null,
    to_at: body.to ?? null,
    weekly: body.weekly === undefined ? null : JSON.stringify(body.weekly),
    off: body.off ?? false,
  }),
  view(given) {
    const row = given as unknown as ShiftRow;
    return {
      id: row.id,
      caregiverId: row.caregiver_id,
      from: row.from_at?.toISOString() ?? null,
      to: row.to_at?.toISOString() ?? null,
      weekly: row.weekly,
      off: row.off,
      version: row.version,
      createdAt: row.created_at.toISOString(),
    };
  },
  async check(tx, body, _context, _scope, before) {
    const { from, to, weekly } = body;
    if (weekly === undefined) {
      if (from === undefined) throw refuseField('from', 'from and to, or weekly, must be given');
      if (to === undefined) throw refuseField('to', 'from and to, or weekly, must be given');
      if (Date.parse(to) <= Date.parse(from)) throw refuseField('to', 'must be after from');
    } else {
      if (from !== undefined || to !== undefined)
        throw refuseField('weekly', 'from and to, or weekly, not both');
      if (weekly.start === weekly.end) throw refuseField('weekly.end', 'must differ from start');
      if (body.off === true) throw refuseField('off', 'leave is from and to, not weekly');
      if ((weekly.since ?? '') > (weekly.until ?? '9999-12-31'))
        throw refuseField('weekly.until', 'must not be before since');
    }
    if (body.caregiverId !== before?.caregiverId) await requireCaregiver(tx, body.caregiverId);
  },
  narrow: (conditions, scope) => narrowToCaregiver(conditions, scope, 'r.caregiver_id'),
  filters: {
    q: (conditions, q) => void conditions.and(`position(? in lower(r.id || ' ' || r.caregiver_id)) > 0`, q),
    caregiverId: (conditions, caregiverId) => void conditions.and('r.caregiver_id = ?', caregiverId),
    off: (conditions, off) => void conditions.and('r.off = ?', off === 'true'),
  },
  matches: () => true,
};
