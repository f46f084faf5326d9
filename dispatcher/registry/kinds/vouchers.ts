import type { z } from 'zod';
import type { Service } from '../../../schemas/channels.ts';
import { voucherBody } from '../../../schemas/registry.ts';
import type { RegistryKind, ViewBase } from '../kind.ts';
import { refuseField } from '../refused.ts';
import { narrowToHome } from '../scope-conditions.ts';
import { Conditions } from '../sql-parts.ts';

type VoucherBody = z.output<typeof voucherBody>;
export interface VoucherView extends ViewBase {
  id: string;
  residentId: string;
  name: string;
  /** Empty: all. */
  services: Service[];
  valueFen: number;
  /** First and last local date of a visit that it pays. */
  from: string;
  to: string;
}

interface VoucherRow extends Pick<VoucherView, 'id' | 'name' | 'services' | 'version'> {
  resident_id: string;
  value_fen: number;
  first: string;
  last: string;
  created_at: Date;
}

export const vouchers: RegistryKind<VoucherBody, VoucherView> = {
  name: 'voucher',
  table: 'vouchers',
  key: 'id',
  idPrefix: 'voucher',
  body: voucherBody,
  select: `select r.*, to_char(r.from_date, 'YYYY-MM-DD') as first, to_char(r.to_date, 'YYYY-MM-DD') as last
    from vouchers r join residents p on p.id = r.resident_id join homes h on h.id = p.home_id`,
  columns: (body) => ({
    id: body.id,
    resident_id: body.residentId,
    name: body.name,
    services: body.services ?? [],
    value_fen: body.valueFen,
    from_date: body.from,
    to_date: body.to,
  }),
  view(given) {
    const row = given as unknown as VoucherRow;
    return {
      id: row.id,
      residentId: row.resident_id,
      name: row.name,
      services: row.services,
      valueFen: row.value_fen,
      from: row.first,
      to: row.last,
      version: row.version,
      createdAt: row.created_at.toISOString(),
    };
  },
  async check(tx, body, _context, scope, before) {
    if (body.to < body.from) throw refuseField('to', 'must not be before from');
    if (body.residentId === before?.residentId) return;
    const conditions = new Conditions().and('p.id = ? and p.retired_at is null', body.residentId);
    narrowToHome(conditions, scope, 'h.id', 'h.street');
    const { rowCount } = await tx.query(
      `select from residents p join homes h on h.id = p.home_id where ${conditions.sql} for share of p`,
      conditions.params,
    );
    if (rowCount !== 1) throw refuseField('residentId', `there is no resident ${body.residentId}`);
  },
  narrow: (conditions, scope) => narrowToHome(conditions, scope, 'h.id', 'h.street'),
  filters: {
    q: (conditions, q) =>
      void conditions.and(`position(? in lower(concat_ws(' ', r.id, r.name, r.resident_id))) > 0`, q),
    residentId: (conditions, residentId) => void conditions.and('r.resident_id = ?', residentId),
  },
  matches: () => true,
};
