import type { z } from 'zod';
import type { Service } from '../../../schemas/channels.ts';
import { type CaregiverRole, visitPlanBody } from '../../../schemas/registry.ts';
import type { RegistryKind, ViewBase } from '../kind.ts';
import { storable } from '../../engine/command.ts';
import { isFoundIn } from '../search.ts';
import { requireCaregiver, requireHome } from '../references.ts';
import { refuseField } from '../refused.ts';
import { narrowToHome } from '../scope-conditions.ts';
import { streetFilter } from './homes.ts';

type VisitPlanBody = z.output<typeof visitPlanBody>;
export interface VisitPlanView extends ViewBase {
  id: string;
  homeId: string;
  residentId: string | null;
  title: string;
  service: Service;
  means: 'visit' | 'call';
  /** Only this role; null: whoever is fit for the service. */
  role: CaregiverRole | null;
  /** Who comes if nothing keeps them from it. */
  caregiverId: string | null;
  days: number[];
  at: string;
  everyWeeks: number;
  durationMin: number | null;
  since: string;
  until: string | null;
  except: string[];
}

interface VisitPlanRow {
  id: string;
  home_id: string;
  resident_id: string | null;
  title: string;
  service: Service;
  means: VisitPlanView['means'];
  role: CaregiverRole | null;
  caregiver_id: string | null;
  days: number[];
  at_time: string;
  every_weeks: number;
  duration_min: number | null;
  first: string;
  last: string | null;
  except_dates: string[];
  version: number;
  created_at: Date;
}

export const VISIT_PLAN_SELECT = `select r.*, h.street, to_char(r.since_date, 'YYYY-MM-DD') as first,
    to_char(r.until_date, 'YYYY-MM-DD') as last
  from visit_plans r join homes h on h.id = r.home_id`;

export function visitPlanOf(given: unknown): VisitPlanView {
  const row = given as VisitPlanRow;
  return {
    id: row.id,
    homeId: row.home_id,
    residentId: row.resident_id,
    title: row.title,
    service: row.service,
    means: row.means,
    role: row.role,
    caregiverId: row.caregiver_id,
    days: row.days,
    at: row.at_time,
    everyWeeks: row.every_weeks,
    durationMin: row.duration_min,
    since: row.first,
    until: row.last,
    except: row.except_dates,
    version: row.version,
    createdAt: row.created_at.toISOString(),
  };
}

/** Regular visits and calls. One that is changed or retired is booked anew from then on, what is booked too. */
export const visitPlans: RegistryKind<VisitPlanBody, VisitPlanView> = {
  name: 'visit plan',
  table: 'visit_plans',
  key: 'id',
  idPrefix: 'plan',
  body: visitPlanBody,
  select: VISIT_PLAN_SELECT,
  hasWords: true,
  columns: async (body, { words }, patch) => ({
    id: body.id,
    home_id: body.homeId,
    resident_id: body.residentId ?? null,
    // What is not changed stays as it is sealed.
    ...((patch === undefined || 'title' in patch) && { title: await words.seal(storable(body.title ?? '')) }),
    service: body.service,
    means: body.means ?? 'visit',
    role: body.role ?? null,
    caregiver_id: body.caregiverId ?? null,
    days: [...new Set(body.days)].sort(),
    at_time: body.at,
    every_weeks: body.everyWeeks ?? 1,
    duration_min: body.durationMin ?? null,
    since_date: body.since,
    until_date: body.until ?? null,
    except_dates: body.except ?? [],
  }),
  view: visitPlanOf,
  async check(tx, body, _context, scope, before) {
    if (body.until !== undefined && body.until < body.since)
      throw refuseField('until', 'must not be before since');
    if (body.homeId !== before?.homeId) await requireHome(tx, body.homeId, scope);
    if (body.caregiverId !== undefined && body.caregiverId !== before?.caregiverId)
      await requireCaregiver(tx, body.caregiverId);
    if (body.residentId === undefined) return;
    const { rowCount } = await tx.query(
      'select from residents where id = $1 and home_id = $2 and retired_at is null for share',
      [body.residentId, body.homeId],
    );
    if (rowCount !== 1) throw refuseField('residentId', `${body.residentId} does not live in ${body.homeId}`);
  },
  async changed(tx) {
    await tx.query(`select pg_notify('plans', '')`);
  },
  narrow: (conditions, scope) => narrowToHome(conditions, scope, 'r.home_id', 'h.street'),
  filters: {
    // Titles are sealed: a search looks at what the pages show.
    q: (conditions) => void conditions.and('true'),
    homeId: (conditions, homeId) => void conditions.and('r.home_id = ?', homeId),
    caregiverId: (conditions, caregiverId) => void conditions.and('r.caregiver_id = ?', caregiverId),
    street: (conditions, street) => void conditions.and('h.street = ?', streetFilter(street)),
  },
  matches: (view, q) => isFoundIn(q, view.id, view.title, view.homeId),
};
