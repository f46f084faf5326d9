import type { z } from 'zod';
import type { dutyBody, shiftBody } from '../../schemas/registry.ts';
import { refuseField } from './refused.ts';
import type { Columns } from './sql-parts.ts';

type Times = Pick<z.output<typeof shiftBody> & z.output<typeof dutyBody>, 'from' | 'to' | 'weekly' | 'off'>;

/** When somebody works: either from and to, or weekly. The same for caregivers' shifts and operators' duties. */
export interface TimesView {
  from: string | null;
  to: string | null;
  weekly: NonNullable<Times['weekly']> | null;
  /** Leave: takes away from the other shifts. */
  off: boolean;
}
export interface TimesRow {
  from_at: Date | null;
  to_at: Date | null;
  weekly: TimesView['weekly'];
  off: boolean;
}

export const timesColumns = ({ from, to, weekly, off }: Times): Columns => ({
  from_at: from ?? null,
  to_at: to ?? null,
  weekly: weekly === undefined ? null : JSON.stringify(weekly),
  off: off ?? false,
});

export const timesView = (row: TimesRow): TimesView => ({
  from: row.from_at?.toISOString() ?? null,
  to: row.to_at?.toISOString() ?? null,
  weekly: row.weekly,
  off: row.off,
});

export function requireTimes({ from, to, weekly, off }: Times): void {
  if (weekly === undefined) {
    if (from === undefined) throw refuseField('from', 'from and to, or weekly, must be given');
    if (to === undefined) throw refuseField('to', 'from and to, or weekly, must be given');
    if (Date.parse(to) <= Date.parse(from)) throw refuseField('to', 'must be after from');
    return;
  }
  if (from !== undefined || to !== undefined) throw refuseField('weekly', 'from and to, or weekly, not both');
  if (weekly.start === weekly.end) throw refuseField('weekly.end', 'must differ from start');
  if (off === true) throw refuseField('off', 'leave is from and to, not weekly');
  if ((weekly.since ?? '') > (weekly.until ?? '9999-12-31'))
    throw refuseField('weekly.until', 'must not be before since');
}
