import { Client } from 'pg';
import { type Clock, wait } from '../clock.ts';
import { connectionSettings } from '../connection.ts';
import { EmbeddedPostgresError } from './errors.ts';

/**
 * Who may use an embedded database: the one service whose session holds this advisory lock. The lock ends with the
 * process, however that ends, so nothing stale can be left, and no number of a dead process can mislead.
 */
const OWNER_LOCK = [0x59494e4c, 1] as const;

/** The session of an owner killed a moment ago may take this long to notice. */
const CLAIM_WITHIN_MS = 3_000;
const ASK_EVERY_MS = 50;

export interface Claim {
  /** Resolves when the session has ended without `release`: the server is gone, or has cut it. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

export async function claim(url: string, folder: string, clock: Clock): Promise<Claim> {
  const client = new Client(connectionSettings(url, `yinling owner ${process.pid}`));
  const { promise: lost, resolve: onLost } = Promise.withResolvers<void>();
  client.on('error', () => onLost());
  client.on('end', () => onLost());
  await client.connect();
  try {
    const untilAt = clock.now() + CLAIM_WITHIN_MS;
    for (;;) {
      const { rows } = await client.query<{ had: boolean }>('select pg_try_advisory_lock($1, $2) as had', [
        ...OWNER_LOCK,
      ]);
      if (rows[0]?.had) break;
      if (clock.now() >= untilAt) throw await inUse(client, folder);
      await wait(clock, ASK_EVERY_MS);
    }
  } catch (error) {
    await client.end();
    throw error;
  }
  return { lost, release: () => client.end() };
}

async function inUse(client: Client, folder: string): Promise<EmbeddedPostgresError> {
  const { rows } = await client.query<{ holder: string }>(
    `select application_name as holder from pg_stat_activity join pg_locks using (pid)
     where locktype = 'advisory' and classid::bigint = $1 and objid::bigint = $2 and granted`,
    [...OWNER_LOCK],
  );
  const pid = /\d+$/.exec(rows[0]?.holder ?? '')?.[0];
  return new EmbeddedPostgresError(
    'in_use',
    `another service${pid === undefined ? '' : ` (process ${pid})`} is using the database in ${folder}: stop it first, or give this one a DATA_DIR of its own`,
  );
}
