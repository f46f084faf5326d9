import type { PersonalData } from '../../platform/crypto/personal-data.ts';
import { inTransaction, type Pool, type Transaction } from '../../platform/database.ts';
import { inOrder } from '../../platform/reading-times.ts';
import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import { type Auditor, writeAudit } from '../registry/audit-log.ts';
import type { PersonKind } from './erase-person.ts';
import { SealedWords } from './words.ts';

/** A part of what is held: rows of one query, sealed columns opened. `$1` is the person's id. */
interface Part {
  readonly name: string;
  readonly sql: string;
  /** Columns that are opened. */
  readonly sealed?: readonly string[];
}

const THEIR_HOME = '(select home_id from residents where id = $1)';
const THEIR_ALERTS = `select id from alerts where home_id = ${THEIR_HOME} and not synthetic
  and coalesce(doc ->> 'residentId', $1) = $1`;
const THEIR_ORDERS = `select id from orders where home_id = ${THEIR_HOME} and coalesce(resident_id, $1) = $1`;

const OF_RESIDENT: readonly Part[] = [
  { name: 'resident', sql: 'select * from residents where id = $1', sealed: ['personal'] },
  { name: 'home', sql: `select * from homes where id = ${THEIR_HOME}`, sealed: ['personal'] },
  {
    name: 'devices',
    sql: `select id, kind, zone, codec, external_id, created_at, retired_at from devices where home_id = ${THEIR_HOME}`,
  },
  { name: 'alerts', sql: `select doc from alerts where id in (${THEIR_ALERTS}) order by opened_at` },
  {
    name: 'alertEvents',
    sql: `select alert_id, version, at, type, body from alert_events where alert_id in (${THEIR_ALERTS}) order by alert_id, version`,
  },
  {
    name: 'ambulanceRecords',
    sql: `select alert_id, at, by_whom, reference, sheet from ambulance_records where alert_id in (${THEIR_ALERTS}) order by id`,
    sealed: ['sheet'],
  },
  { name: 'orders', sql: `select doc from orders where id in (${THEIR_ORDERS}) order by created_at` },
  {
    name: 'visits',
    sql: `select * from visits where order_id in (${THEIR_ORDERS}) order by began_at`,
    sealed: ['notes'],
  },
  {
    name: 'ratings',
    sql: `select * from ratings where order_id in (${THEIR_ORDERS}) order by rated_at`,
    sealed: ['sealed_comment'],
  },
  {
    name: 'visitPlans',
    sql: `select * from visit_plans where home_id = ${THEIR_HOME} and coalesce(resident_id, $1) = $1`,
  },
  { name: 'vouchers', sql: 'select * from vouchers where resident_id = $1' },
  { name: 'timeBankRelatives', sql: 'select * from ledger_relatives where resident_id = $1' },
  {
    name: 'prompts',
    sql: `select device_id, body, created_at, sent_at from downlink where home_id = ${THEIR_HOME} order by id`,
  },
  {
    name: 'deadLetters',
    sql: `select received_at, reason, detail, device_id, topic, size from dead_letters where home_id = ${THEIR_HOME} order by id`,
  },
  {
    name: 'audit',
    sql: `select at, who, role, action, object, detail from audit
          where object in ('resident:' || $1, 'home:' || ${THEIR_HOME}) order by id`,
  },
];

const OF_CAREGIVER: readonly Part[] = [
  { name: 'caregiver', sql: 'select * from caregivers where id = $1', sealed: ['personal'] },
  {
    name: 'users',
    sql: 'select username, role, streets, created_at, retired_at from users where caregiver_id = $1',
  },
  { name: 'shifts', sql: 'select * from shifts where caregiver_id = $1' },
  { name: 'offers', sql: 'select * from offers where caregiver_id = $1 order by offered_at' },
  {
    name: 'visits',
    sql: 'select * from visits where caregiver_id = $1 order by began_at',
    sealed: ['notes'],
  },
  {
    name: 'ratings',
    sql: 'select r.* from ratings r join visits v using (order_id) where v.caregiver_id = $1 order by rated_at',
    sealed: ['sealed_comment'],
  },
  {
    name: 'timeBank',
    sql: `select t.id, t.kind, t.at, t.ref, t.by_whom, e.minutes, n.personal from ledger_entries e
          join ledger_transactions t on t.id = e.transaction_id left join ledger_notes n on n.transaction_id = t.id
          where e.account_id = $1 order by t.at`,
    sealed: ['personal'],
  },
  { name: 'timeBankRelatives', sql: 'select * from ledger_relatives where account_id = $1' },
  {
    name: 'audit',
    sql: `select at, who, role, action, object, detail from audit
          where object = 'caregiver:' || $1 or who in (select username from users where caregiver_id = $1) order by id`,
  },
];

/** Of the key's doing, not of the person's. */
const LEFT_OUT = new Set(['search_tokens', 'phone_tokens']);
const CHANNEL_NAMES = new Map(Object.entries(CHANNEL_NUMBER).map(([name, no]) => [no, name]));
const READINGS_AT_ONCE = 2_000;

/**
 * Everything held about one person, in one JSON text, piece by piece: readings alone may be a million. One moment of the
 * database. undefined: there is nobody of that id.
 */
export async function exportPerson(
  { pool, cipher, nowAt, by }: { pool: Pool; cipher: PersonalData; nowAt: number; by: Auditor },
  kind: PersonKind,
  id: string,
  write: (piece: string) => Promise<void>,
): Promise<Record<string, number> | undefined> {
  const counts = await inTransaction(pool, async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    const parts = kind === 'resident' ? OF_RESIDENT : OF_CAREGIVER;
    const [first] = parts;
    if (first === undefined || (await tx.query(first.sql, [id])).rowCount === 0) return undefined;
    const words = new SealedWords({ db: tx, cipher, now: () => nowAt });
    const held: Record<string, number> = {};
    await write(`{"${kind}Id":${JSON.stringify(id)},"asOf":${JSON.stringify(new Date(nowAt).toISOString())}`);
    for (const part of parts) {
      const { rows } = await tx.query<Record<string, unknown>>(part.sql, [id]);
      const open = rows.map((row) => shown(row, part, cipher));
      held[part.name] = rows.length;
      await write(`,\n${JSON.stringify(part.name)}:${JSON.stringify(await words.open(open))}`);
    }
    if (kind === 'resident') held['readings'] = await writeReadings(tx, id, write);
    await write('}\n');
    return held;
  });
  if (counts !== undefined)
    await writeAudit(pool, by, nowAt, { action: `${kind}.export`, object: `${kind}:${id}`, detail: counts });
  return counts;
}

function shown(row: Record<string, unknown>, part: Part, cipher: PersonalData): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) => {
      if (LEFT_OUT.has(name)) return [];
      return [
        [
          name,
          part.sealed?.includes(name) === true && value !== null ? cipher.open(value as Uint8Array) : value,
        ],
      ];
    }),
  );
}

async function writeReadings(
  tx: Transaction,
  id: string,
  write: (piece: string) => Promise<void>,
): Promise<number> {
  await tx.query(
    `declare held no scroll cursor for
     select r.received_at, r.occurred_at, r.channel, d.id as device_id, r.message_id,
       reading_body(r.body, r.message_id, r.occurred_at, r.flags) as body
     from readings r
     left join devices d on d.no = r.device_no
     where r.home_no = (select h.no from homes h join residents p on p.home_id = h.id where p.id = $1)
     order by ${inOrder()}`,
    [id],
  );
  await write(',\n"readings":[');
  let written = 0;
  for (;;) {
    const { rows } = await tx.query<{ channel: number }>(`fetch ${READINGS_AT_ONCE} from held`);
    if (rows.length === 0) break;
    const lines = rows.map((row) =>
      JSON.stringify({ ...row, channel: CHANNEL_NAMES.get(row.channel) ?? row.channel }),
    );
    await write(`${written === 0 ? '' : ','}\n${lines.join(',\n')}`);
    written += rows.length;
  }
  await write(']');
  return written;
}
