import type { Queryable } from '../platform/database.ts';
import type { Principal } from '../schemas/inbound.ts';

/** A username's credential as the registry has it now. */
export interface StoredCredential {
  readonly principal: Principal;
  /** SHA-256 of the secret. */
  readonly secretHash: Buffer;
  /** Until when it is good, in ms since the epoch: a secret that another has replaced. */
  readonly untilMs?: number;
}

/** Looks up usernames; those without an entry in the answer have no credential. Rejects while the database is away. */
export type CredentialLookup = (
  usernames: readonly string[],
) => Promise<ReadonlyMap<string, readonly StoredCredential[]>>;

interface Row {
  id: string;
  type: 'device' | 'bridge';
  home_id: string | null;
  homes: string[] | null;
  kind: string | null;
  codec: string | null;
  secret_hash: Buffer;
  previous_secret_hash: Buffer | null;
  previous_secret_until: Date | null;
}

/** Devices and bridges have ids of their own, so one username may (but should not) stand for one of each. */
const FIND = `
  select id, 'device' as type, home_id, null::text[] as homes, kind, codec, secret_hash,
         previous_secret_hash, previous_secret_until
    from devices where id = any ($1) and retired_at is null
  union all
  select id, 'bridge', null, homes, null, null, secret_hash,
         previous_secret_hash, previous_secret_until
    from bridges where id = any ($1) and retired_at is null`;

export function credentialLookup(database: Queryable): CredentialLookup {
  return async (usernames) => {
    const { rows } = await database.query<Row>(FIND, [usernames]);
    const found = new Map<string, StoredCredential[]>();
    for (const row of rows) {
      found.set(row.id, [...(found.get(row.id) ?? []), ...credentialsOf(row)]);
    }
    return found;
  };
}

function credentialsOf(row: Row): StoredCredential[] {
  const principal = principalOf(row);
  const { secret_hash: secretHash, previous_secret_hash: previous, previous_secret_until: until } = row;
  const current = { principal, secretHash };
  return previous === null || until === null
    ? [current]
    : [current, { principal, secretHash: previous, untilMs: until.getTime() }];
}

function principalOf(row: Row): Principal {
  if (row.type === 'bridge') return { type: 'bridge', id: row.id, homes: row.homes ?? [] };
  const home = row.home_id === null ? {} : { homeId: row.home_id };
  if (row.kind !== 'gateway') return { type: 'device', id: row.id, ...home };
  return { type: 'gateway', id: row.id, ...home, ...(row.codec !== null && { codec: row.codec }) };
}
