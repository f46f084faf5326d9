import type { z } from 'zod';
import { hashSecret, newSecret } from '../../../platform/crypto/secrets.ts';
import { bridgeBody } from '../../../schemas/registry.ts';
import { notifyRegistry, type RegistryKind, type ViewBase } from '../kind.ts';
import { refuseField } from '../refused.ts';

type BridgeBody = z.output<typeof bridgeBody>;
export interface BridgeView extends ViewBase {
  id: string;
  name: string;
  homes: string[];
}

interface BridgeRow {
  id: string;
  name: string;
  homes: string[];
  version: number;
  created_at: Date;
}

export const bridges: RegistryKind<BridgeBody, BridgeView> = {
  name: 'bridge',
  table: 'bridges',
  key: 'id',
  idPrefix: 'bridge',
  body: bridgeBody,
  select: 'select r.* from bridges r',
  columns: (body) => ({ id: body.id, name: body.name ?? '', homes: body.homes }),
  view(given) {
    const { id, name, homes, version, created_at } = given as unknown as BridgeRow;
    return { id, name, homes, version, createdAt: created_at.toISOString() };
  },
  complete: (body) => ({ ...body, homes: [...new Set(body.homes)] }),
  async check(tx, body, _context, scope) {
    const { rows } = await tx.query<{ id: string }>(
      `select wanted.id from unnest($1::text[]) as wanted (id)
       where not exists (select from homes h where h.id = wanted.id and h.retired_at is null
                          and ($2::text[] is null or h.street = any($2))) limit 10`,
      [body.homes, scope.streets],
    );
    if (rows.length > 0)
      throw refuseField('homes', `there is no home ${rows.map((row) => row.id).join(', ')}`);
  },
  async changed(tx, before, after) {
    const bridge = after ?? before;
    if (bridge) await notifyRegistry(tx, `bridge:${bridge.id}`);
  },
  issue() {
    const secret = newSecret();
    return { columns: { secret_hash: hashSecret(secret) }, shown: { secret } };
  },
  // One that speaks for a home elsewhere is not for whoever sees some streets only.
  narrow(conditions, { streets }) {
    if (streets !== null)
      conditions.and(
        'not exists (select from homes h where h.id = any(r.homes) and not h.street = any(?::text[]))',
        streets,
      );
  },
  filters: {
    q: (conditions, q) => void conditions.and(`position(? in lower(r.id || ' ' || r.name)) > 0`, q),
    homeId: (conditions, homeId) => void conditions.and('? = any(r.homes)', homeId),
  },
  matches: () => true,
};
