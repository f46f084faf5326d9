import pg from 'pg';
import type { Clock } from '../clock.ts';
import { connectionSettings } from '../connection.ts';
import type { PersonalData } from '../crypto/personal-data.ts';
import type { Log } from '../log.ts';
import { migrate, readMigrations } from '../migrate.ts';
import { BackupError, type Frame, parseFrame, readArchive } from './archive.ts';
import { BACKUP_FORMAT, type BackupHeader, backupHeader } from './backup.ts';
import { quoted, tablesOf } from './catalogue.ts';
import { copyIn } from './copy.ts';

export interface RestoreOptions {
  readonly url: string;
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  /** With the key that the service will run with; undefined: none is there yet. */
  readonly personal: PersonalData | undefined;
}

export interface RestoreSummary {
  readonly madeAt: string;
  readonly tables: number;
  readonly rows: number;
  /** False: put the key of personal data in its place before the service is started. */
  readonly keyChecked: boolean;
}

/**
 * A backup into an empty database, all of it or nothing. The tables are made by the migrations that the backup was made
 * with; later ones follow at the next start of the service, over the data, as in any upgrade.
 * @throws BackupError if there is anything that would be overwritten, or the backup does not fit
 */
export async function restore(options: RestoreOptions): Promise<RestoreSummary> {
  const { url, clock, log, personal } = options;
  const frames = readArchive(options.file);
  const header = headerOf(await frames.next());
  const keyChecked = checkKey(header, personal);
  await checkMigrations(header);
  const client = new pg.Client(connectionSettings(url, 'yinling restore'));
  client.on('error', () => undefined);
  await client.connect();
  try {
    await refuseInhabited(client);
    const wanted = new Set(header.migrations.map(({ name }) => name));
    await migrate({ url, clock, log, only: wanted });
    await client.query('begin');
    try {
      const rows = await load(client, header, frames);
      await client.query('commit');
      return { madeAt: header.madeAt, tables: header.tables.length, rows, keyChecked };
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  } finally {
    await frames.return(undefined);
    await client.end();
  }
}

function headerOf(first: IteratorResult<Frame>): BackupHeader {
  if (first.done === true || first.value.type !== 'H')
    throw new BackupError('the file is no backup of this service');
  const parsed = backupHeader.safeParse(parseFrame(first.value));
  if (!parsed.success)
    throw new BackupError('the file is no backup of this service', { cause: parsed.error });
  if (parsed.data.format !== BACKUP_FORMAT)
    throw new BackupError(
      `the backup is of format ${parsed.data.format}, this version reads ${BACKUP_FORMAT}`,
    );
  return parsed.data;
}

function checkKey({ dataKeyMark }: BackupHeader, personal: PersonalData | undefined): boolean {
  if (dataKeyMark === null || personal === undefined) return false;
  try {
    personal.open(Buffer.from(dataKeyMark, 'base64'));
    return true;
  } catch (error) {
    throw new BackupError(
      'the key of personal data (DATA_KEY_FILE, or data.key in DATA_DIR) is not the one of this backup: put the right one there first',
      { cause: error },
    );
  }
}

async function checkMigrations({ migrations }: BackupHeader): Promise<void> {
  const ours = new Map((await readMigrations()).map(({ name, sha256 }) => [name, sha256]));
  for (const { name, sha256 } of migrations)
    if (ours.get(name) !== sha256)
      throw new BackupError(
        ours.has(name)
          ? `${name} is another one here than in the backup: restore with the version that made it`
          : `the backup has ${name}, which this version does not know: restore with the version that made it, or a newer one`,
      );
}

/** Where anybody ever lived or logged in, nothing is restored. What a restore that failed leaves behind is empty. */
async function refuseInhabited(client: pg.Client): Promise<void> {
  const refuse = (why: string): never => {
    throw new BackupError(`the database is not empty (${why}): a backup goes into an empty one only`);
  };
  const tables = await tablesOf(client);
  if (tables.length === 0) return;
  const names = new Set(tables.map(({ name }) => name));
  for (const table of ['homes', 'users', 'data_key_check', 'audit', 'ingest_epochs']) {
    if (!names.has(table)) refuse(`it has tables, and no ${table} among them`);
    const { rowCount } = await client.query(`select from ${quoted(table)} limit 1`);
    if ((rowCount ?? 0) > 0) refuse(`there are ${table.replaceAll('_', ' ')}`);
  }
}

async function load(client: pg.Client, header: BackupHeader, frames: AsyncGenerator<Frame>): Promise<number> {
  await client.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0');
  const here = new Map((await tablesOf(client)).map((table) => [table.name, table]));
  for (const { name, columns, partitions } of header.tables) {
    const table = here.get(name);
    if (table === undefined || columns.some((column) => !table.columns.includes(column)))
      throw new BackupError(`the backup has a table ${name} that its migrations do not make`);
    for (const partition of table.partitions.length > 0 ? partitions : [])
      if (partition.bound !== 'DEFAULT')
        await client.query(
          `create table if not exists ${quoted(partition.name)} partition of ${quoted(name)} ${partition.bound}`,
        );
  }
  // Append-only tables refuse, the ledger queues: rules for what happens, not for what has happened. (Ours only: a
  // hypertable has one of its own, and takes no such order once it is compressed.)
  const { rows: ruled } = await client.query<{ name: string }>(
    `select distinct c.relname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid
     join pg_proc p on p.oid = t.tgfoid and p.pronamespace = c.relnamespace
     where not t.tgisinternal and c.relname = any($1) and c.relnamespace = 'public'::regnamespace`,
    [header.tables.map(({ name }) => name)],
  );
  for (const { name } of ruled) await client.query(`alter table ${quoted(name)} disable trigger user`);
  // What migrations put there; the backup has it, as it was at the end
  for (const { name } of header.tables.toReversed()) await client.query(`delete from ${quoted(name)}`);
  const rows = await fill(client, header, frames);
  for (const { name, last, called } of header.sequences)
    await client.query('select setval(to_regclass($1), $2::bigint, $3)', [quoted(name), last, called]);
  for (const { name } of ruled) await client.query(`alter table ${quoted(name)} enable trigger user`);
  return rows;
}

async function fill(client: pg.Client, header: BackupHeader, frames: AsyncGenerator<Frame>): Promise<number> {
  const damaged = (): never => {
    throw new BackupError('the backup is damaged: its parts are not in order');
  };
  let rows = 0;
  for (const { name, columns } of header.tables) {
    const head = await frames.next();
    if (head.done === true || head.value.type !== 'T') damaged();
    else if ((parseFrame(head.value) as { name?: unknown }).name !== name) damaged();
    let told: unknown;
    const data: AsyncIterator<Buffer> = {
      async next() {
        const { done, value } = await frames.next();
        if (done !== true && value.type === 'D') return { done: false, value: value.body };
        if (done === true || value.type !== 'E') return damaged();
        told = (parseFrame(value) as { rows?: unknown }).rows;
        return { done: true, value: undefined };
      },
    };
    const sql = `copy ${quoted(name)} (${columns.map(quoted).join(', ')}) from stdin`;
    const copied = await copyIn(client, sql, data);
    if (copied !== told) throw new BackupError(`${name}: ${copied} rows restored of ${String(told)}`);
    rows += copied;
  }
  const end = await frames.next();
  if (end.done === true || end.value.type !== 'Z') damaged();
  // To the very end: only there does the checksum of the file speak
  for await (const extra of frames) if (extra) damaged();
  return rows;
}
