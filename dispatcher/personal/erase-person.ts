import type { PersonalData } from '../../platform/crypto/personal-data.ts';
import { inTransaction, type Pool, type Transaction } from '../../platform/database.ts';
import { DELETES_COMPRESSED } from '../../platform/hypertables.ts';
import { forgetHome } from '../../platform/rollup-steps.ts';
import { toIso } from '../../schemas/ids.ts';
import { eraseCaregiverFromRecords } from '../ambulance/records.ts';
import { type Auditor, writeAudit } from '../registry/audit-log.ts';
import { notifyRegistry } from '../registry/kind.ts';
import { redacted } from './redact.ts';

export type PersonKind = 'resident' | 'caregiver';

export type Erasure =
  | {
      ok: true;
      erased: Record<string, number>;
      /** Lived there too: what the home measured is theirs as well. */ alsoOf: string[];
    }
  | { ok: false; reason: string };

export interface ErasureDeps {
  pool: Pool;
  cipher: PersonalData;
  nowAt: number;
  by: Auditor;
}

/**
 * Takes out everything about one person but their id: the file, what was measured in the home if nobody else's, words in
 * alerts, orders, visits and notes. Audit log and time bank are not touched: they know ids only, and their chains still
 * hold. One transaction; again is harmless.
 */
export async function erasePerson(deps: ErasureDeps, kind: PersonKind, id: string): Promise<Erasure> {
  return inTransaction(deps.pool, async (tx) => {
    const done = kind === 'resident' ? await eraseResident(tx, deps, id) : await eraseCaregiver(tx, deps, id);
    if (!done.ok) return done;
    await writeAudit(tx, deps.by, deps.nowAt, {
      action: `${kind}.erase`,
      object: `${kind}:${id}`,
      detail: done.erased,
    });
    return done;
  });
}

async function eraseResident(tx: Transaction, { cipher, nowAt }: ErasureDeps, id: string): Promise<Erasure> {
  const at = toIso(nowAt);
  const found = await tx.query<{ home_id: string; home_no: number; personal: Uint8Array }>(
    'select r.home_id, h.no as home_no, r.personal from residents r join homes h on h.id = r.home_id where r.id = $1 for update of r, h',
    [id],
  );
  const [row] = found.rows;
  if (row === undefined) return { ok: false, reason: `there is no resident ${id}` };
  const { home_id: homeId, home_no: homeNo } = row;
  const others = await idsOf(
    tx,
    'select id from residents where home_id = $1 and id <> $2 and erased_at is null order by id',
    [homeId, id],
  );
  const alone = others.length === 0;
  const open = await idsOf(
    tx,
    `select id from alerts where home_id = $1 and state <> 'resolved' and ($2 or doc ->> 'residentId' = $3)
     union all select id from orders where home_id = $1 and state not in ('completed', 'cancelled') and ($2 or resident_id = $3)`,
    [homeId, alone, id],
  );
  if (open.length > 0) return { ok: false, reason: `resolve and finish first: ${open.join(', ')}` };

  const { name } = cipher.open(row.personal) as { name: string };
  const nothing = { name: '', birthDate: null, phone: null, conditions: [], contacts: [], assessments: [] };
  const erased: Record<string, number> = {};
  const run = async (what: string, sql: string, ...values: unknown[]): Promise<void> => {
    erased[what] = (erased[what] ?? 0) + ((await tx.query(sql, values)).rowCount ?? 0);
  };
  await run(
    'residents',
    `update residents set personal = $2, search_tokens = '{}', phone_tokens = '{}', gender = null, languages = '{}',
       care_level = 0, spo2_scale = 1, mode = 'home', mode_until = null, settings = '{}', consents = '[]', wishes = '{}',
       family_bed = null, contact_count = 0, version = version + 1,
       retired_at = coalesce(retired_at, $3), erased_at = coalesce(erased_at, $3) where id = $1`,
    id,
    cipher.seal(nothing),
    at,
  );
  await run(
    'vouchers',
    `update vouchers set name = '', retired_at = coalesce(retired_at, $2) where resident_id = $1`,
    id,
    at,
  );
  if (alone) {
    await run(
      'homes',
      `update homes set personal = $2, search_tokens = '{}', community = '', lat = null, lon = null, key_holders = '{}',
         version = version + 1, retired_at = coalesce(retired_at, $3), erased_at = coalesce(erased_at, $3) where id = $1`,
      homeId,
      cipher.seal({ address: '', accessNotes: '' }),
      at,
    );
    await run(
      'devices',
      `update devices set external_id = null, version = version + 1, retired_at = coalesce(retired_at, $2) where home_id = $1`,
      homeId,
      at,
    );
    await tx.query(DELETES_COMPRESSED);
    await run('readings', 'delete from readings where home_no = $1', homeNo);
    await forgetHome(tx, homeNo);
    for (const table of ['home_states', 'home_log'])
      await run(table, `delete from ${table} where home_no = $1`, homeNo);
    for (const table of ['home_inputs', 'downlink'])
      await run(table, `delete from ${table} where home_id = $1`, homeId);
    await run('deadLetters', `update dead_letters set body = null, detail = '' where home_id = $1`, homeId);
  }
  const theirs = `home_id = $1 and ($2 or resident_id = $3)`;
  await run(
    'visitPlans',
    `update visit_plans set title = '', retired_at = coalesce(retired_at, $4) where ${theirs}`,
    homeId,
    alone,
    id,
    at,
  );
  await run(
    'ratings',
    `update ratings set comment = null, sealed_comment = null where order_id in (select id from orders where ${theirs})`,
    homeId,
    alone,
    id,
  );
  await run(
    'offers',
    `update offers set reason = null where reason is not null and order_id in (select id from orders where ${theirs})`,
    homeId,
    alone,
    id,
  );
  await run('visits', `update visits set notes = null, place = null where ${theirs}`, homeId, alone, id);
  await run(
    'ambulanceRecords',
    `delete from ambulance_records where alert_id in
       (select id from alerts where home_id = $1 and ($2 or doc ->> 'residentId' = $3))`,
    homeId,
    alone,
    id,
  );
  erased['alerts'] = await eraseAlerts(tx, at, homeId, alone, id);
  erased['orders'] = await redactDocs(
    tx,
    'orders',
    await idsOf(tx, `select id from orders where ${theirs}`, [homeId, alone, id]),
  );
  erased['handovers'] = await eraseHandovers(tx, cipher, name);
  erased['ledgerNotes'] = await eraseLedgerNotes(tx, cipher, name, id);
  await notifyRegistry(tx, `resident:${id}`, `home:${homeId}`);
  return { ok: true, erased, alsoOf: others };
}

async function eraseCaregiver(tx: Transaction, { cipher, nowAt }: ErasureDeps, id: string): Promise<Erasure> {
  const at = toIso(nowAt);
  const { rows } = await tx.query<{ personal: Uint8Array }>(
    'select personal from caregivers where id = $1 for update',
    [id],
  );
  const [row] = rows;
  if (row === undefined) return { ok: false, reason: `there is no caregiver ${id}` };
  const open = await idsOf(
    tx,
    `select id from orders where caregiver_id = $1 and state not in ('completed', 'cancelled')
     union all select order_id as id from offers where caregiver_id = $1 and outcome is null`,
    [id],
  );
  if (open.length > 0) return { ok: false, reason: `finish or hand over first: ${open.join(', ')}` };
  const { name } = cipher.open(row.personal) as { name: string };
  const erased: Record<string, number> = {};
  const run = async (what: string, sql: string, ...values: unknown[]): Promise<void> => {
    erased[what] = (await tx.query(sql, values)).rowCount ?? 0;
  };
  await run(
    'caregivers',
    `update caregivers set personal = $2, search_tokens = '{}', phone_tokens = '{}', gender = null, languages = '{}',
       skills = '{}', vehicle = null, lat = null, lon = null, located_at = null, version = version + 1,
       retired_at = coalesce(retired_at, $3), erased_at = coalesce(erased_at, $3) where id = $1`,
    id,
    cipher.seal({ name: '', phone: null }),
    at,
  );
  await run(
    'shifts',
    'update shifts set retired_at = coalesce(retired_at, $2) where caregiver_id = $1',
    id,
    at,
  );
  await run(
    'users',
    'update users set retired_at = coalesce(retired_at, $2) where caregiver_id = $1',
    id,
    at,
  );
  for (const table of ['sessions', 'user_totp'])
    await run(
      table,
      `delete from ${table} where username in (select username from users where caregiver_id = $1)`,
      id,
    );
  await run('visitPlaces', 'update visits set place = null where caregiver_id = $1', id);
  await run(
    'orderPlaces',
    `update orders set doc = jsonb_set(doc, '{visit,place}', 'null')
     where caregiver_id = $1 and doc -> 'visit' -> 'place' is not null`,
    id,
  );
  erased['ambulanceRecords'] = await eraseCaregiverFromRecords(tx, id, cipher);
  erased['handovers'] = await eraseHandovers(tx, cipher, name);
  erased['ledgerNotes'] = await eraseLedgerNotes(tx, cipher, name, undefined);
  return { ok: true, erased, alsoOf: [] };
}

async function idsOf(tx: Transaction, sql: string, values: unknown[]): Promise<string[]> {
  return (await tx.query<{ id: string }>(sql, values)).rows.map(({ id }) => id);
}

async function eraseAlerts(
  tx: Transaction,
  at: string,
  homeId: string,
  alone: boolean,
  residentId: string,
): Promise<number> {
  const ids = await idsOf(
    tx,
    `update alerts set erased_at = coalesce(erased_at, $4)
     where home_id = $1 and ($2 or doc ->> 'residentId' = $3) returning id`,
    [homeId, alone, residentId, at],
  );
  const events = await tx.query<{ alert_id: string; version: number; body: unknown }>(
    'select alert_id, version, body from alert_events where alert_id = any($1)',
    [ids],
  );
  for (const { alert_id, version, body } of events.rows)
    await tx.query('update alert_events set body = $3 where alert_id = $1 and version = $2', [
      alert_id,
      version,
      JSON.stringify(redacted(body)),
    ]);
  return redactDocs(tx, 'alerts', ids);
}

/** And what the stream still holds of them, which is gone within a week anyway. */
async function redactDocs(tx: Transaction, table: 'alerts' | 'orders', ids: string[]): Promise<number> {
  const { rows } = await tx.query<{ id: string; doc: unknown }>(
    `select id, doc from ${table} where id = any($1) order by id for update`,
    [ids],
  );
  for (const { id, doc } of rows)
    await tx.query(`update ${table} set doc = $2 where id = $1`, [id, JSON.stringify(redacted(doc))]);
  const kept = await tx.query<{ id: number; data: unknown }>(
    'select id, data from outbox where type = $1 and ref = any($2)',
    [table === 'alerts' ? 'alert' : 'order', ids],
  );
  for (const { id, data } of kept.rows)
    await tx.query('update outbox set data = $2 where id = $1', [id, JSON.stringify(redacted(data))]);
  return rows.length;
}

/** Notes from shift to shift that name the person. */
async function eraseHandovers(tx: Transaction, cipher: PersonalData, name: string): Promise<number> {
  if (name === '') return 0;
  const { rows } = await tx.query<{ id: number; note: Uint8Array }>('select id, note from handovers');
  const naming = rows.filter(({ note }) => String(cipher.open(note)).includes(name)).map(({ id }) => id);
  await tx.query('update handovers set note = $2 where id = any($1)', [naming, cipher.seal('')]);
  return naming.length;
}

/** What a transaction says in words about the person: outside the chain, which covers a salted digest of it. */
async function eraseLedgerNotes(
  tx: Transaction,
  cipher: PersonalData,
  name: string,
  residentId: string | undefined,
): Promise<number> {
  const { rows } = await tx.query<{ transaction_id: string; personal: Uint8Array }>(
    'select transaction_id, personal from ledger_notes',
  );
  const theirs = rows.filter(({ personal }) => {
    const text = JSON.stringify(cipher.open(personal));
    return (
      (name !== '' && text.includes(name)) || (residentId !== undefined && text.includes(`"${residentId}"`))
    );
  });
  await tx.query('delete from ledger_notes where transaction_id = any($1)', [
    theirs.map(({ transaction_id }) => transaction_id),
  ]);
  return theirs.length;
}
