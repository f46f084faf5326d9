import { access } from 'node:fs/promises';
import pg from 'pg';
import { z } from 'zod';
import { connectionSettings } from '../connection.ts';
import { ArchiveWriter, BackupError } from './archive.ts';
import { quoted, sequenceInfo, sequencesOf, tableInfo, tablesOf } from './catalogue.ts';
import { copyOut } from './copy.ts';

export const BACKUP_FORMAT = 1;

/** The first frame of a backup. */
export const backupHeader = z.object({
  service: z.literal('yinling'),
  format: z.number(),
  madeAt: z.string(),
  serverVersion: z.string(),
  migrations: z.array(z.object({ name: z.string(), sha256: z.string() })),
  tables: z.array(tableInfo),
  sequences: z.array(sequenceInfo),
  /** Sealed with the key of personal data, base64: whoever restores learns beforehand whether the key is the right one. */
  dataKeyMark: z.string().nullable(),
});
export type BackupHeader = z.infer<typeof backupHeader>;

export interface BackupSummary {
  readonly file: string;
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
}

export interface BackupOptions {
  readonly url: string;
  /** Must not be there yet. */
  readonly file: string;
  readonly nowAt: string;
}

/**
 * All tables as of one moment, of a database that may be in use: one repeatable-read transaction, read by COPY, so that
 * no program beside us is needed. It holds up no writer. The key of personal data is not in it: without the key a
 * backup tells nobody's name, and with the key alone nothing is lost.
 */
export async function backUp({ url, file, nowAt }: BackupOptions): Promise<BackupSummary> {
  if (
    await access(file).then(
      () => true,
      () => false,
    )
  )
    throw new BackupError(`${file} is there already: nothing is overwritten`);
  const client = new pg.Client(connectionSettings(url, 'yinling backup'));
  client.on('error', () => undefined); // the statement at hand fails and tells
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0');
    const header = await describe(client, nowAt);
    const archive = new ArchiveWriter(file);
    try {
      archive.writeJson('H', header);
      let rows = 0;
      for (const { name, columns } of header.tables) {
        archive.writeJson('T', { name });
        // Of the query, not of the table: COPY of a partitioned table or a hypertable alone gives nothing
        const sql = `copy (select ${columns.map(quoted).join(', ')} from ${quoted(name)}) to stdout`;
        const count = await copyOut(
          client,
          sql,
          (data) => archive.write('D', data),
          () => archive.drained(),
        );
        archive.writeJson('E', { rows: count });
        rows += count;
      }
      archive.writeJson('Z', { tables: header.tables.length, rows });
      await client.query('commit');
      return { file, tables: header.tables.length, rows, bytes: await archive.finish() };
    } catch (error) {
      await archive.discard();
      throw error;
    }
  } finally {
    await client.end();
  }
}

async function describe(client: pg.Client, nowAt: string): Promise<BackupHeader> {
  const known = await client.query<{ there: boolean }>(
    "select to_regclass('public.schema_migrations') is not null as there",
  );
  if (known.rows[0]?.there !== true) throw new BackupError('this database was not made by this service');
  const migrations = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from schema_migrations order by name',
  );
  const mark = await client.query<{ mark: string }>(
    `select encode(sealed, 'base64') as mark from data_key_check`,
  );
  const server = await client.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  );
  return {
    service: 'yinling',
    format: BACKUP_FORMAT,
    madeAt: nowAt,
    serverVersion: server.rows[0]?.version ?? '',
    migrations: migrations.rows,
    tables: await tablesOf(client),
    sequences: await sequencesOf(client),
    dataKeyMark: mark.rows[0]?.mark ?? null,
  };
}
