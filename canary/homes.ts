import { createHmac } from 'node:crypto';
import { hashSecret } from '../platform/crypto/secrets.ts';
import { inTransaction, type Pool } from '../platform/database.ts';
import { toIso } from '../schemas/ids.ts';
import { type Street, STREETS } from '../schemas/streets.ts';

/** One street's canary: a home that nobody lives in, with a call button. */
export interface CanaryHome {
  readonly street: Street;
  readonly homeId: string;
  readonly deviceId: string;
  readonly secret: string;
}

/**
 * Secrets follow from the key of personal data, so that every process knows them, none is stored, and several canaries
 * (one per dispatcher) do not lock one another out.
 */
export const canaryHomes = (dataKey: Uint8Array): CanaryHome[] =>
  STREETS.map(({ zh: street, en }) => {
    const homeId = `canary-${en.toLowerCase()}`;
    const deviceId = `${homeId}-button`;
    const secret = createHmac('sha256', dataKey).update(`canary ${deviceId}`).digest('base64url');
    return { street, homeId, deviceId, secret };
  });

/**
 * Puts them into the registry, marked as ours. A home of a resident that happens to have such an id is never touched:
 * its street goes without a canary, and is given back as such.
 */
export async function registerCanaries(
  pool: Pool,
  homes: readonly CanaryHome[],
  options: { nowAt: number; seal: (value: unknown) => Uint8Array },
): Promise<{ registered: CanaryHome[]; taken: CanaryHome[] }> {
  const at = toIso(options.nowAt);
  return inTransaction(pool, async (tx) => {
    const registered: CanaryHome[] = [];
    for (const home of homes) {
      await tx.query(
        `insert into homes (id, street, personal, created_at, synthetic) values ($1, $2, $3, $4, true)
         on conflict (id) do nothing`,
        [home.homeId, home.street, options.seal({ address: '', accessNotes: '' }), at],
      );
      const { rowCount } = await tx.query(
        `insert into devices (id, home_id, kind, secret_hash, created_at)
         select $1, h.id, 'sos_button', $3, $4 from homes h where h.id = $2 and h.synthetic
         on conflict (id) do update set secret_hash = excluded.secret_hash where devices.home_id = $2`,
        [home.deviceId, home.homeId, hashSecret(home.secret), at],
      );
      if (rowCount !== 1) continue;
      registered.push(home);
      await tx.query(`select pg_notify('registry', $1), pg_notify('registry', $2)`, [
        `device:${home.deviceId}`,
        `home:${home.homeId}`,
      ]);
    }
    return { registered, taken: homes.filter((home) => !registered.includes(home)) };
  });
}
