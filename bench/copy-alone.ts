import pg from 'pg';
import { CopyBuffer } from '../ingest/store/copy-buffer.ts';
import { WriterSession } from '../ingest/store/writer-session.ts';
import { silentLog } from '../platform/log.ts';

const ROWS_A_BATCH = 500;
const SESSIONS = 2;
const TIMEOUT_MS = 10_000;

/** Rows a second that PostgreSQL takes by binary COPY in batches, each committed, with the index that readings have. */
export async function copyAlone(url: string, durationMs: number): Promise<number> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await measured(admin, url, durationMs);
  } finally {
    await admin.end();
  }
}

async function measured(admin: pg.Client, url: string, durationMs: number): Promise<number> {
  await admin.query(`drop table if exists bench_readings`);
  await admin.query(`create table bench_readings (
    received_at timestamptz not null, occurred_at timestamptz not null, seq bigint not null,
    home_no int not null, device_no int not null, channel smallint not null,
    message_id text, body jsonb not null)`);
  // As 0166 has it; here no migration has run yet
  await admin.query(
    `create index on bench_readings (home_no, date_bin(interval '15 minutes', occurred_at, timestamptz 'epoch'))`,
  );
  let rows = 0;
  let seq = 0;
  const untilAt = performance.now() + durationMs;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: SESSIONS }, async (_, index) => {
      const session = new WriterSession({
        url,
        name: `bench copy ${index}`,
        log: silentLog(),
        lockTimeoutMs: TIMEOUT_MS,
        statementTimeoutMs: TIMEOUT_MS,
      });
      const buffer = new CopyBuffer();
      while (performance.now() < untilAt) {
        for (let i = 0; i < ROWS_A_BATCH; i++) addRow(buffer, ++seq);
        await session.run(COPY, [buffer.take()]);
        rows += ROWS_A_BATCH;
      }
      await session.close();
    }),
  );
  const perS = (rows * 1000) / (performance.now() - startedAt);
  await admin.query('drop table bench_readings');
  return perS;
}

const COPY = 'begin; copy bench_readings from stdin (format binary); commit';
const COLUMNS = 8;
const HOMES = 200;

function addRow(buffer: CopyBuffer, seq: number): void {
  const now = Date.now();
  buffer.row(COLUMNS);
  buffer.timestamp(now);
  buffer.timestamp(now);
  buffer.int64(seq);
  buffer.int32(seq % HOMES);
  buffer.int32(seq % (5 * HOMES));
  buffer.int16(2);
  buffer.text(`bench-${seq}`);
  // Without what lies in columns, as readings are stored (ADR-20)
  buffer.jsonb('{"sensor":"pir","zone":"bathroom","occupied":true}');
}
