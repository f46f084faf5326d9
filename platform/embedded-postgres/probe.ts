import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Client } from 'pg';
import { type Cluster, databaseUrl } from './cluster.ts';
import { errnoOf } from './errors.ts';
import { writeFor } from './files.ts';

const ANSWER_WITHIN_MS = 2_000;
const PROOF_FILE = 'yinling-proof';
const WRONG_PASSWORD = '28P01';

/**
 * Whether what listens there is the server of this very folder: it lets us in with the folder's password and reads back
 * what we have just written into the folder. (A copy of a folder has the same password, and the same postmaster.pid.)
 */
export async function probe(cluster: Cluster, port: number): Promise<'ours' | 'denied' | 'no'> {
  const client = new Client({
    connectionString: databaseUrl(cluster, port, 'postgres'),
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    application_name: 'yinling probe',
  });
  client.on('error', () => undefined);
  const proofPath = join(cluster.path, `${PROOF_FILE}-${randomBytes(6).toString('hex')}`);
  try {
    await client.connect();
    const proof = randomBytes(16).toString('hex');
    await writeFor(cluster.user, proofPath, proof);
    const { rows } = await client.query<{ proof: string }>('select pg_read_file($1) as proof', [
      basename(proofPath),
    ]);
    return rows[0]?.proof === proof ? 'ours' : 'no';
  } catch (error) {
    return errnoOf(error) === WRONG_PASSWORD ? 'denied' : 'no'; // or nobody is there, it is starting up, shutting down, a stranger
  } finally {
    await client.end().catch(() => undefined);
    await rm(proofPath, { force: true });
  }
}
