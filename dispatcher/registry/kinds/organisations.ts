import type { z } from 'zod';
import { organisationBody, type OrganisationLevel, ORGANISATION_LEVELS } from '../../../schemas/registry.ts';
import { streetOf } from '../../../schemas/streets.ts';
import type { RegistryKind, ViewBase } from '../kind.ts';
import { inWgs84, requirePair } from '../place.ts';
import { Refused, refuseField } from '../refused.ts';
import { isFoundIn } from '../search.ts';
import { streetFilter } from './homes.ts';

type OrganisationBody = z.output<typeof organisationBody>;
export interface OrganisationView extends ViewBase {
  id: string;
  level: OrganisationLevel;
  parentId: string | null;
  name: string;
  /** null: of the district. */
  street: string | null;
  community: string | null;
  lat: number | null;
  lon: number | null;
  phone: string | null;
}

interface OrganisationRow extends Omit<OrganisationView, 'parentId' | 'createdAt'> {
  parent_id: string | null;
  created_at: Date;
}

/** The four-level service network: every centre, station and post below the one that it belongs to. */
export const organisations: RegistryKind<OrganisationBody, OrganisationView> = {
  name: 'organisation',
  table: 'organisations',
  key: 'id',
  idPrefix: 'org',
  body: organisationBody,
  select: 'select r.* from organisations r',
  columns: (body) => ({
    id: body.id,
    level: body.level,
    parent_id: body.parentId ?? null,
    name: body.name,
    street: body.street ?? null,
    community: body.community ?? null,
    lat: body.lat ?? null,
    lon: body.lon ?? null,
    phone: body.phone ?? null,
  }),
  view(given) {
    const { id, level, parent_id, name, street, community, lat, lon, phone, version, created_at } =
      given as unknown as OrganisationRow;
    const createdAt = created_at.toISOString();
    return { id, level, parentId: parent_id, name, street, community, lat, lon, phone, version, createdAt };
  },
  complete: (body, _context, before) => inWgs84(body, before?.patch),
  async check(tx, body, _context, scope, before) {
    requirePair(body);
    if (before !== undefined && before.level !== body.level) throw refuseField('level', 'cannot be changed');
    if (body.level === 'district') {
      if (body.parentId !== undefined) throw refuseField('parentId', 'nothing is above the district');
      if (body.street !== undefined) throw refuseField('street', 'the district is of no street');
      if (scope.streets !== null) throw new Refused('forbidden', 'the district is not yours');
      return;
    }
    if (body.street === undefined) throw refuseField('street', 'must be given');
    if (scope.streets !== null && !scope.streets.includes(body.street))
      throw new Refused('forbidden', `street ${body.street} is not among yours`);
    const above = ORGANISATION_LEVELS[ORGANISATION_LEVELS.indexOf(body.level) - 1];
    const { rows } = await tx.query<{ level: string; street: string | null }>(
      'select level, street from organisations where id = $1 and retired_at is null for share',
      [body.parentId ?? ''],
    );
    const [parent] = rows;
    if (parent === undefined)
      throw refuseField('parentId', `there is no organisation ${body.parentId ?? ''}; a ${above} is above`);
    if (parent.level !== above)
      throw refuseField('parentId', `is a ${parent.level}; above a ${body.level} is a ${above}`);
    if (parent.street !== null && parent.street !== body.street)
      throw refuseField('street', `differs from its ${above}'s, ${parent.street}`);
  },
  async changed(tx, before, after) {
    if (after !== undefined || before === undefined) return;
    const { rows } = await tx.query<{ what: string }>(
      `select 'organisation ' || id as what from organisations where parent_id = $1 and retired_at is null
       union all select 'caregiver ' || id from caregivers where post_id = $1 and retired_at is null limit 1`,
      [before.id],
    );
    const [held] = rows;
    if (held) throw new Refused('conflict', `${held.what} belongs to it; move that first`);
  },
  narrow(conditions, scope) {
    if (scope.streets !== null) conditions.and('r.street is null or r.street = any(?)', scope.streets);
  },
  filters: {
    q: (conditions, q) =>
      void conditions.and(
        `position(? in lower(concat_ws(' ', r.id, r.name, r.community))) > 0 or r.street = ?`,
        q,
        streetOf(q) ?? '',
      ),
    level: (conditions, level) => void conditions.and('r.level = ?', level),
    parentId: (conditions, parentId) => void conditions.and('r.parent_id = ?', parentId),
    street: (conditions, street) => void conditions.and('r.street = ?', streetFilter(street)),
  },
  matches: (view, q) => isFoundIn(q, view.id, view.name, view.community ?? '') || streetOf(q) === view.street,
};
