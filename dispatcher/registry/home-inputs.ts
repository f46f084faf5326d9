import type { Queryable } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';

/** What a home's stream is told of the registry, in order with its readings (I4). `body` says what changed. */
export interface HomeInputRow {
  homeId: string;
  kind: 'mode' | 'settings' | 'residents' | 'devices';
  body: Readonly<Record<string, unknown>>;
}

/** The same to every home of a street. */
export async function tellStreet(
  tx: Queryable,
  atMs: number,
  street: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  await tx.query(
    `insert into home_inputs (home_id, kind, body, created_at)
     select id, 'settings', $2, $3 from homes where street = $1 and retired_at is null order by no`,
    [street, JSON.stringify(body), toIso(atMs)],
  );
  await tx.query(`select pg_notify('home_inputs', '')`);
}

export async function tellHomes(
  tx: Queryable,
  atMs: number,
  ...inputs: readonly HomeInputRow[]
): Promise<void> {
  if (inputs.length === 0) return;
  await tx.query(
    `insert into home_inputs (home_id, kind, body, created_at)
     select home_id, kind, body, $1 from unnest($2::text[], $3::text[], $4::jsonb[]) as input (home_id, kind, body)`,
    [
      toIso(atMs),
      inputs.map((input) => input.homeId),
      inputs.map((input) => input.kind),
      inputs.map((input) => JSON.stringify(input.body)),
    ],
  );
  await tx.query(`select pg_notify('home_inputs', '')`);
}
