import type { z } from 'zod';
import { caregiverBody, type CaregiverRole, type Vehicle } from '../../../schemas/registry.ts';
import { toIso } from '../../../schemas/ids.ts';
import type { RegistryKind, ViewBase } from '../kind.ts';
import { inWgs84, requirePair } from '../place.ts';
import { Refused } from '../refused.ts';
import { isFoundIn, tokensFound } from '../search.ts';
import { narrowToCaregiver } from '../scope-conditions.ts';

type CaregiverBody = z.output<typeof caregiverBody>;
export interface CaregiverView extends ViewBase {
  id: string;
  name: string;
  role: CaregiverRole;
  skills: string[];
  stars: number;
  languages: string[];
  gender: string | null;
  postId: string | null;
  provider: string | null;
  lat: number | null;
  lon: number | null;
  /** When the place was told. */
  locatedAt: string | null;
  /** How old the place is, seconds; null without one. */
  placeAgeS: number | null;
  phone: string | null;
  vehicle: Vehicle | null;
}

interface CaregiverRow {
  id: string;
  role: CaregiverRole;
  skills: string[];
  stars: number;
  languages: string[];
  gender: string | null;
  post_id: string | null;
  provider: string | null;
  lat: number | null;
  lon: number | null;
  located_at: Date | null;
  vehicle: Vehicle | null;
  personal: Uint8Array;
  version: number;
  created_at: Date;
}

export const caregivers: RegistryKind<CaregiverBody, CaregiverView> = {
  name: 'caregiver',
  table: 'caregivers',
  key: 'id',
  idPrefix: 'cg',
  body: caregiverBody,
  select: 'select r.* from caregivers r',
  columns: (body, { cipher, nowAt }, patch) => ({
    id: body.id,
    role: body.role,
    skills: body.skills ?? [],
    stars: body.stars ?? 3,
    languages: body.languages ?? [],
    gender: body.gender ?? null,
    post_id: body.postId ?? null,
    provider: body.provider ?? null,
    vehicle: body.vehicle ?? null,
    lat: body.lat ?? null,
    lon: body.lon ?? null,
    // A place told again is a fresh place, even if it is the same one: its age decides whether it is believed.
    ...((patch === undefined || 'lat' in patch) && {
      located_at: body.lat === undefined ? null : toIso(nowAt),
    }),
    personal: cipher.seal({ name: body.name, phone: body.phone ?? null }),
    search_tokens: cipher.searchTokens(body.name),
    phone_tokens: body.phone === undefined ? [] : [cipher.phoneToken(body.phone)],
  }),
  view(given, { cipher, nowAt }) {
    const row = given as unknown as CaregiverRow;
    const { name, phone } = cipher.open(row.personal) as { name: string; phone: string | null };
    return {
      id: row.id,
      name,
      role: row.role,
      skills: row.skills,
      stars: row.stars,
      languages: row.languages,
      gender: row.gender,
      postId: row.post_id,
      provider: row.provider,
      lat: row.lat,
      lon: row.lon,
      locatedAt: row.located_at?.toISOString() ?? null,
      placeAgeS:
        row.located_at === null ? null : Math.max(0, Math.round((nowAt - row.located_at.getTime()) / 1000)),
      phone,
      vehicle: row.vehicle,
      version: row.version,
      createdAt: row.created_at.toISOString(),
    };
  },
  complete: (body, _context, before) => inWgs84(body, before?.patch),
  check(_tx, body) {
    requirePair(body);
    return Promise.resolve();
  },
  async changed(tx, before, after, { nowAt }) {
    if (before && after === undefined) await retireCaregiver(tx, before.id, nowAt);
  },
  narrow: (conditions, scope) => narrowToCaregiver(conditions, scope, 'r.id'),
  filters: {
    q(conditions, q, { cipher }) {
      const found = tokensFound('r.search_tokens', cipher, q);
      conditions.and(
        `${found.sql} or position(? in lower(concat_ws(' ', r.id, r.provider, r.post_id))) > 0`,
        ...found.values,
        q,
      );
    },
    phone: (conditions, phone, { cipher }) =>
      void conditions.and('r.phone_tokens && ?::bytea[]', cipher.phoneTokensByKey(phone)),
    role: (conditions, role) => void conditions.and('r.role = ?', role),
    skill: (conditions, skill) => void conditions.and('? = any(r.skills)', skill),
    provider: (conditions, provider) => void conditions.and('r.provider = ?', provider),
    postId: (conditions, postId) => void conditions.and('r.post_id = ?', postId),
  },
  matches: (view, q) => isFoundIn(q, view.name, view.id, view.provider ?? '', view.postId ?? ''),
};

type Tx = Parameters<NonNullable<typeof caregivers.changed>>[0];

async function retireCaregiver(tx: Tx, id: string, nowAt: number): Promise<void> {
  const busy = await tx.query<{ id: string }>(
    `select id from orders where caregiver_id = $1 and state in ('accepted', 'en_route', 'on_scene') limit 1`,
    [id],
  );
  const [order] = busy.rows;
  if (order)
    throw new Refused('conflict', `caregiver ${id} has order ${order.id} in hand; hand it over first`);
  await tx.query(
    'update shifts set retired_at = $2, version = version + 1 where caregiver_id = $1 and retired_at is null',
    [id, toIso(nowAt)],
  );
}
