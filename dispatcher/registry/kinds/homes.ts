import type { z } from 'zod';
import type { Queryable } from '../../../platform/database.ts';
import { toIso } from '../../../schemas/ids.ts';
import { homeBody, type ResidentSettings } from '../../../schemas/registry.ts';
import { type Street, streetOf } from '../../../schemas/streets.ts';
import { writeAudit } from '../audit-log.ts';
import { tellHomes } from '../home-inputs.ts';
import { notifyRegistry, type RegistryKind, type ViewBase } from '../kind.ts';
import { inWgs84, requirePair, settingsInWgs84 } from '../place.ts';
import { Refused, refuseField } from '../refused.ts';
import { requireCaregivers } from '../references.ts';
import { isFoundIn, tokensFound } from '../search.ts';
import { narrowToHome } from '../scope-conditions.ts';

type HomeBody = z.output<typeof homeBody>;
export interface HomeView extends ViewBase {
  id: string;
  street: Street;
  community: string;
  address: string;
  /** WGS-84; null: not known. */
  lat: number | null;
  lon: number | null;
  accessNotes: string;
  /** Caregivers who hold a key. */
  keyHolders: string[];
  settings: ResidentSettings;
}

interface HomeRow {
  id: string;
  street: Street;
  community: string;
  lat: number | null;
  lon: number | null;
  personal: Uint8Array;
  key_holders: string[];
  settings: ResidentSettings;
  version: number;
  created_at: Date;
}

export const homes: RegistryKind<HomeBody, HomeView> = {
  name: 'home',
  table: 'homes',
  key: 'id',
  idPrefix: 'home',
  body: homeBody,
  select: 'select r.* from homes r',
  columns: (body, { cipher }) => ({
    id: body.id,
    street: body.street,
    community: body.community ?? '',
    lat: body.lat ?? null,
    lon: body.lon ?? null,
    key_holders: [...new Set(body.keyHolders ?? [])],
    settings: JSON.stringify(body.settings ?? {}),
    personal: cipher.seal({ address: body.address ?? '', accessNotes: body.accessNotes ?? '' }),
    search_tokens: cipher.searchTokens(body.community ?? '', body.address ?? ''),
  }),
  view(given, { cipher }) {
    const row = given as unknown as HomeRow;
    const { address, accessNotes } = cipher.open(row.personal) as { address: string; accessNotes: string };
    const { id, street, community, lat, lon, version } = row;
    return {
      id,
      street,
      community,
      address,
      lat,
      lon,
      accessNotes,
      keyHolders: row.key_holders,
      settings: row.settings,
      version,
      createdAt: row.created_at.toISOString(),
    };
  },
  complete(body, _context, before) {
    const placed = inWgs84(body, before?.patch);
    return placed.settings === undefined ? placed : { ...placed, settings: settingsInWgs84(placed.settings) };
  },
  async check(tx, body, _context, scope, before) {
    requirePair(body);
    const added = (body.keyHolders ?? []).filter((id) => before?.keyHolders.includes(id) !== true);
    if (added.length > 0) await requireCaregivers(tx, 'keyHolders', added);
    if (scope.streets !== null && !scope.streets.includes(body.street))
      throw new Refused('forbidden', `street ${body.street} is not among yours`);
  },
  async changed(tx, before, after, { actor, nowAt }) {
    const home = after ?? before;
    if (home === undefined) return;
    const names = [`home:${home.id}`];
    if (after === undefined) {
      const gone = await retireContents(tx, home.id, nowAt);
      const detail = { with: `home:${home.id}` };
      const entries = gone.map((name) => ({
        action: `${name.slice(0, name.indexOf(':'))}.retire`,
        object: name,
        detail,
      }));
      await writeAudit(tx, actor, nowAt, ...entries);
      names.push(...gone);
    }
    if (before && after && (before.street !== after.street || !isSame(before.settings, after.settings)))
      await tellHomes(tx, nowAt, { homeId: home.id, kind: 'settings', body: { settings: after.settings } });
    await notifyRegistry(tx, ...names);
  },
  narrow: (conditions, scope) => narrowToHome(conditions.and('not r.synthetic'), scope, 'r.id', 'r.street'),
  filters: {
    q(conditions, q, { cipher }) {
      const found = tokensFound('r.search_tokens', cipher, q);
      conditions.and(
        `${found.sql} or position(? in lower(r.id)) > 0 or r.street = ?`,
        ...found.values,
        q,
        streetOf(q) ?? '',
      );
    },
    phone: (conditions, phone, { cipher }) =>
      void conditions.and(
        `exists (select from residents p where p.home_id = r.id and p.retired_at is null and p.phone_tokens && ?::bytea[])`,
        cipher.phoneTokensByKey(phone),
      ),
    street: (conditions, street) => void conditions.and('r.street = ?', streetFilter(street)),
    community: (conditions, community) => void conditions.and('r.community = ?', community),
  },
  matches: (view, q) =>
    isFoundIn(q, view.id, view.street, view.community, view.address) || streetOf(q) === view.street,
};

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What lives in a home goes with it: nobody may publish for, or be looked for in, a home that is no more. */
async function retireContents(tx: Queryable, homeId: string, nowAt: number): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `with d as (update devices set retired_at = $2, version = version + 1
                where home_id = $1 and retired_at is null returning 'device:' || id as name),
          p as (update residents set retired_at = $2, version = version + 1
                where home_id = $1 and retired_at is null returning 'resident:' || id as name)
     select name from d union all select name from p`,
    [homeId, toIso(nowAt)],
  );
  return rows.map((row) => row.name);
}

/** A street as a filter: any of its names, refused if it is none. */
export function streetFilter(text: string): Street {
  const street = streetOf(text);
  if (street === undefined) throw refuseField('?street', 'is none of the ten streets');
  return street;
}
