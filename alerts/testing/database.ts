import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { createPool, type Pool } from '../../platform/database.ts';
import { silentLog } from '../../platform/log.ts';

/** Temporary, until tests/support/postgres.ts is there. */
export interface TestDatabase {
  url: string;
  pool: Pool;
  drop(): Promise<void>;
}

const BASE = 'postgres://postgres@127.0.0.1:54399';

export async function freshDatabase(): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  const admin = createPool(`${BASE}/postgres`, { applicationName: 'test', log: silentLog(), max: 1 });
  await admin.query(`create database ${name}`);
  const url = `${BASE}/${name}`;
  const pool = createPool(url, { applicationName: 'test', log: silentLog(), max: 20 });
  const folder = join(import.meta.dirname, '../../platform/migrations');
  for (const file of readdirSync(folder).sort())
    if (file.endsWith('.sql')) await pool.query(readFileSync(join(folder, file), 'utf8'));
  return {
    url,
    pool,
    async drop() {
      await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
