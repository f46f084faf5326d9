import type { z } from 'zod';
import { hashSecret, newSecret } from '../../../platform/crypto/secrets.ts';
import { deviceBody, type DeviceKind } from '../../../schemas/registry.ts';
import { type DeviceHealth, healthOf, healthShape, UNKNOWN_HEALTH } from '../device-health.ts';
import { type HomeInputRow, tellHomes } from '../home-inputs.ts';
import { notifyRegistry, type RegistryKind, type ViewBase } from '../kind.ts';
import { requireCodec, requireHome } from '../references.ts';
import { Refused } from '../refused.ts';
import { narrowToHome } from '../scope-conditions.ts';
import { streetFilter } from './homes.ts';

type DeviceBody = z.output<typeof deviceBody>;
export interface DeviceView extends ViewBase, DeviceHealth {
  id: string;
  homeId: string;
  street: string;
  kind: DeviceKind;
  zone: string | null;
  codec: string | null;
  externalId: string | null;
  model: string | null;
}

interface DeviceRow {
  id: string;
  home_id: string;
  street: string;
  kind: DeviceKind;
  zone: string | null;
  codec: string | null;
  external_id: string | null;
  model: string | null;
  version: number;
  created_at: Date;
}

export const devices: RegistryKind<DeviceBody, DeviceView> = {
  name: 'device',
  table: 'devices',
  key: 'id',
  idPrefix: 'dev',
  body: deviceBody,
  select: 'select r.*, h.street from devices r join homes h on h.id = r.home_id',
  columns: (body) => ({
    id: body.id,
    home_id: body.homeId,
    kind: body.kind,
    zone: body.zone ?? null,
    codec: body.codec ?? null,
    external_id: body.externalId ?? null,
    model: body.model ?? null,
  }),
  view(given) {
    const row = given as unknown as DeviceRow;
    return {
      id: row.id,
      homeId: row.home_id,
      street: row.street,
      kind: row.kind,
      zone: row.zone,
      codec: row.codec,
      externalId: row.external_id,
      model: row.model,
      ...UNKNOWN_HEALTH,
      version: row.version,
      createdAt: row.created_at.toISOString(),
    };
  },
  besideShape: healthShape,
  async beside(db, views, nowAt) {
    const health = await healthOf(db, views, nowAt);
    return views.map((view) => ({ ...view, ...(health.get(view.id) ?? UNKNOWN_HEALTH) }));
  },
  async check(tx, body, _context, scope, before) {
    if (body.homeId !== before?.homeId) await requireHome(tx, body.homeId, scope);
    if (body.codec !== undefined && body.codec !== before?.codec) await requireCodec(tx, body.codec);
    if (body.externalId === undefined) return;
    const { rows } = await tx.query<{ id: string }>(
      'select id from devices where home_id = $1 and external_id = $2 and retired_at is null and id <> $3',
      [body.homeId, body.externalId, body.id],
    );
    const [other] = rows;
    if (other !== undefined)
      throw new Refused('conflict', `device ${other.id} of this home has that externalId`, {
        problems: [{ field: 'externalId', message: `is taken by device ${other.id}` }],
      });
  },
  async changed(tx, before, after, { nowAt }) {
    const views = [before, after].filter((view) => view !== undefined);
    await tellHomes(tx, nowAt, ...inputsOf(before, after));
    await notifyRegistry(tx, ...views.flatMap((view) => [`device:${view.id}`, `home:${view.homeId}`]));
  },
  issue() {
    const secret = newSecret();
    return { columns: { secret_hash: hashSecret(secret) }, shown: { secret } };
  },
  narrow: (conditions, scope) =>
    narrowToHome(conditions.and('not h.synthetic'), scope, 'r.home_id', 'h.street'),
  filters: {
    q: (conditions, q) =>
      void conditions.and(
        `position(? in lower(concat_ws(' ', r.id, r.home_id, r.kind, r.zone, r.external_id, r.model))) > 0`,
        q,
      ),
    homeId: (conditions, homeId) => void conditions.and('r.home_id = ?', homeId),
    street: (conditions, street) => void conditions.and('h.street = ?', streetFilter(street)),
    kind: (conditions, kind) => void conditions.and('r.kind = ?', kind),
  },
  matches: () => true,
};

/** What a home can see and do depends on its devices: it hears of every one that comes, goes or changes. */
function inputsOf(before: DeviceView | undefined, after: DeviceView | undefined): HomeInputRow[] {
  const told = (view: DeviceView, body: Record<string, unknown>): HomeInputRow => ({
    homeId: view.homeId,
    kind: 'devices',
    body: { deviceId: view.id, ...body },
  });
  const inputs: HomeInputRow[] = [];
  if (before && before.homeId !== after?.homeId) inputs.push(told(before, { left: true }));
  if (!after) return inputs;
  const same =
    before?.homeId === after.homeId &&
    before.kind === after.kind &&
    before.zone === after.zone &&
    before.model === after.model;
  if (!same) inputs.push(told(after, { kind: after.kind, zone: after.zone }));
  return inputs;
}
