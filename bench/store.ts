import { plainHomes } from '../devices-sim/load/seed-load.ts';
import { ordinaryOf } from '../devices-sim/load/traffic.ts';
import { hashText } from '../ingest/dedupe/hash.ts';
import { CopyBuffer } from '../ingest/store/copy-buffer.ts';
import { addMessageId, addReading, COPY_MESSAGE_IDS, COPY_READINGS } from '../ingest/store/rows.ts';
import { WriterSession } from '../ingest/store/writer-session.ts';
import { systemClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { migrate } from '../platform/migrate.ts';
import { createPool } from '../platform/database.ts';
import { maintainPartitions } from '../platform/partitions.ts';
import { CHANNEL_NUMBER, isChannel } from '../schemas/channels.ts';
import { startDatabase } from './database.ts';
import { machine, type Report, round } from './machine.ts';

export interface StoreSettings {
  readings: number;
  homes: number;
}

export const STORE_DEFAULTS: StoreSettings = { readings: 300_000, homes: 500 };

const A_BATCH = 500;
const TIMEOUT_MS = 30_000;
/** One message a minute from each of a home's five devices. */
const APART_MS = 60_000;

/**
 * Bytes on disk of a reading, indexes included, written as ingest writes it (the same COPY), and what they are made of; beside the same
 * messages as a table with text ids and the whole message as jsonb. Apart from it the id that deduplication keeps for a
 * week of a message without a time of its own, of a press, and of a clock that was ahead (any other is found by its time).
 */
export async function store(settings: StoreSettings, say: (line: string) => void): Promise<Report> {
  const machineBefore = machine();
  const database = await startDatabase();
  const log = silentLog();
  try {
    await migrate({ url: database.url, clock: systemClock, log });
    const pool = createPool(database.url, { applicationName: 'bench', log, max: 2 });
    await maintainPartitions({ pool, clock: systemClock, log });
    await pool.query(`create table plain_readings (
      device_id text not null, home_id text not null, channel text not null, message_id text,
      occurred_at timestamptz not null, received_at timestamptz not null, body jsonb not null)`);
    await pool.query('create index on plain_readings (device_id, occurred_at)');
    await write(database.url, settings);
    say('written');
    const { rows: timescale } = await pool.query(`select from pg_extension where extname = 'timescaledb'`);
    for (const table of ['readings', 'message_ids', 'plain_readings'])
      await pool.query(`vacuum analyze ${table}`);
    const bytes = async (table: string, size = 'pg_total_relation_size'): Promise<number> => {
      const { rows } = await pool.query<{ bytes: string }>(
        `select coalesce(sum(${size}(relid)), 0) as bytes from pg_partition_tree($1::regclass) where isleaf`,
        [table],
      );
      return Number(rows[0]?.bytes ?? 0) / settings.readings;
    };
    const hypertableBytes = async (size: string): Promise<number> => {
      const { rows } = await pool.query<{ bytes: string }>(`select ${size} as bytes`);
      return Number(rows[0]?.bytes ?? 0) / settings.readings;
    };
    const whole = `hypertable_size('readings')`;
    const hypertable = timescale.length > 0;
    const reading = await (hypertable ? hypertableBytes(whole) : bytes('readings'));
    const indexes = await (hypertable
      ? hypertableBytes(`(select sum(index_bytes) from hypertable_detailed_size('readings'))`)
      : bytes('readings', 'pg_indexes_size'));
    const id = await bytes('message_ids');
    const { rows: bodies } = await pool.query<{ bytes: string }>(
      'select avg(pg_column_size(body)) as bytes from readings',
    );
    let compressed: number | undefined;
    if (hypertable) {
      await pool.query(`select compress_chunk(chunk) from show_chunks('readings') chunk`);
      compressed = await hypertableBytes(whole);
    }
    const { rows } = await pool.query<{ bytes: string }>(
      `select pg_total_relation_size('plain_readings') as bytes`,
    );
    const plain = Number(rows[0]?.bytes ?? 0) / settings.readings;
    await pool.end();
    return {
      name: 'store',
      machine: machineBefore,
      at: new Date().toISOString(),
      settings: { ...settings },
      product: {
        'bytes a reading, hot': round(reading, 1),
        'of these: indexes': round(indexes, 1),
        'of these: the message as jsonb': round(Number(bodies[0]?.bytes ?? 0), 1),
        'bytes of an id, where one is kept': round(id, 1),
        'after compression':
          compressed === undefined ? 'no TimescaleDB on this machine' : round(compressed, 1),
      },
      floor: { 'text ids and jsonb, bytes': round(plain, 1) },
      ratio: { 'of text ids and jsonb': round(reading / plain, 2) },
      aims: [
        { what: 'bytes a reading, hot', aim: '≤ 200', measured: round(reading, 1), met: reading <= 200 },
        ...(compressed === undefined
          ? []
          : [
              {
                what: 'bytes a reading, compressed',
                aim: '≤ 20',
                measured: round(compressed, 1),
                met: compressed <= 20,
              },
            ]),
      ],
    };
  } finally {
    await database.stop();
  }
}

const SCRIPT = `begin; ${COPY_READINGS}; ${COPY_MESSAGE_IDS}; copy plain_readings from stdin (format binary); commit`;

/** The same messages to both sides, in one transaction a batch. */
async function write(url: string, { readings, homes: count }: StoreSettings): Promise<void> {
  const session = new WriterSession({
    url,
    name: 'bench store',
    log: silentLog(),
    lockTimeoutMs: TIMEOUT_MS,
    statementTimeoutMs: TIMEOUT_MS,
  });
  const homes = plainHomes(count, 1);
  const [ours, ids, plain] = [new CopyBuffer(), new CopyBuffer(), new CopyBuffer()];
  const now = Date.now();
  for (let from = 0; from < readings; from += A_BATCH) {
    for (let n = from; n < Math.min(readings, from + A_BATCH); n++) {
      const homeNo = n % count;
      const home = homes[homeNo];
      if (home === undefined) continue;
      const number = Math.floor(n / count);
      const { topic, tail } = ordinaryOf(home, number);
      const [, , homeId = '', deviceId = '', channel = ''] = topic.split('/');
      if (!isChannel(channel)) throw new Error(`${channel} is no channel`);
      const receivedAt = now - Math.floor(((readings - n) * APART_MS) / (count * 5));
      const messageId = `l1-${home.clientId}-${number}`;
      // As it comes; addReading leaves out what lies in columns
      const body = `{"id":"${messageId}","ts":${receivedAt - 3}${tail}`;
      const deviceNo = homeNo * 5 + (number % 5);
      const [idKey, contentKey] = [hashText(messageId, 1), hashText(body, 2)];
      addReading(ours, {
        receivedAt,
        occurredAt: receivedAt - 3,
        seq: n,
        homeNo,
        deviceNo,
        deviceId: null,
        channel: CHANNEL_NUMBER[channel],
        messageId,
        body,
        flags: 0,
        marks: [],
      });
      addMessageId(ids, { receivedAt, deviceNo, idKey, contentKey, press: false, ahead: false });
      plain.row(7);
      for (const text of [deviceId, homeId, channel, messageId]) plain.text(text);
      plain.timestamp(receivedAt - 3);
      plain.timestamp(receivedAt);
      plain.jsonb(body);
    }
    await session.run(SCRIPT, [ours.take(), ids.take(), plain.take()]);
  }
  await session.close();
}
