import type { z } from 'zod';
import { shiftBody } from '../../../schemas/registry.ts';
import type { RegistryKind, ViewBase } from '../kind.ts';
import { requireCaregiver } from '../references.ts';
import { narrowToCaregiver } from '../scope-conditions.ts';
import { requireTimes, timesColumns, type TimesRow, type TimesView, timesView } from '../shift-times.ts';

type ShiftBody = z.output<typeof shiftBody>;
export interface ShiftView extends ViewBase, TimesView {
  id: string;
  caregiverId: string;
}

interface ShiftRow extends TimesRow {
  id: string;
  caregiver_id: string;
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
  columns: (body) => ({ id: body.id, caregiver_id: body.caregiverId, ...timesColumns(body) }),
  view(given) {
    const row = given as unknown as ShiftRow;
    return {
      id: row.id,
      caregiverId: row.caregiver_id,
      ...timesView(row),
      version: row.version,
      createdAt: row.created_at.toISOString(),
    };
  },
  async check(tx, body, _context, _scope, before) {
    requireTimes(body);
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
