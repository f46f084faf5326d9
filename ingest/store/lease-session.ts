import pg from 'pg';

/** Whoever holds it alone has every home; workers that share hold it together. */
const LEASE_KEY = 7_100_000_001;
const QUERY_TIMEOUT_MS = 10_000;
const ASK = {
  alone: 'select pg_try_advisory_lock($1) as got',
  together: 'select pg_try_advisory_lock_shared($1) as got',
} as const;

/**
 * A session of its own that holds the lease for as long as it lives; undefined: somebody else holds it in a way that
 * leaves no room. `onGone` is told when the session ends, also before this resolves. Throws what connecting throws.
 */
export async function leaseSession(
  settings: pg.ClientConfig,
  how: keyof typeof ASK,
  onGone: (client: pg.Client) => void,
): Promise<pg.Client | undefined> {
  const client = new pg.Client({ ...settings, query_timeout: QUERY_TIMEOUT_MS });
  client.on('error', () => onGone(client));
  client.on('end', () => onGone(client));
  try {
    await client.connect();
    const { rows } = await client.query<{ got: boolean }>({ text: ASK[how], values: [LEASE_KEY] });
    if (rows[0]?.got) return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
  await client.end();
  return undefined;
}
