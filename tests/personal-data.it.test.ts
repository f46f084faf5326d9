import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { personalCommands } from '../admin/personal-commands.ts';
import { sealAudit } from '../dispatcher/audit/seal.ts';
import { anAlert, anOrder } from '../dispatcher/http/testing/fakes.ts';
import { type Harness, startHarness } from '../dispatcher/http/testing/harness.ts';
import { endSecondFactor } from '../dispatcher/http/login/second-factor.ts';
import { redeem } from '../dispatcher/ledger/ledger.ts';
import { sealBlock } from '../dispatcher/ledger/sealer.ts';
import { erasePerson } from '../dispatcher/personal/erase-person.ts';
import { exportPerson } from '../dispatcher/personal/export-person.ts';
import { countLeft, resealAll, SEALED_COLUMNS } from '../dispatcher/personal/reseal.ts';
import { sealOldWords } from '../dispatcher/personal/seal-old-words.ts';
import { makeWordKey, SealedWords } from '../dispatcher/personal/words.ts';
import { readDataKeysAgain } from '../platform/crypto/data-key-file.ts';
import { createPersonalData } from '../platform/crypto/personal-data.ts';
import { inTransaction } from '../platform/database.ts';
import { anewOnRetry } from './support/anew.ts';

const NAME = '王桂兰';
const WORDS = [
  NAME,
  '13800001234',
  '13900005678',
  '莲花二村3栋502',
  '高血压',
  '钥匙在门垫下',
  '王小明',
  '一切都好',
];

let place: string;
let keyFile: string;
let h: Harness;
const commands = personalCommands({
  resealAll,
  countLeft,
  makeWordKey,
  sealOldWords: (pool, cipher, nowAt) =>
    sealOldWords(pool, new SealedWords({ db: pool, cipher, now: () => nowAt })),
  exportPerson,
  erasePerson,
  endSecondFactor,
});
const run = (command: 'keys' | 'person' | 'second-factor', ...words: string[]) => {
  const work = commands[command];
  if (work === undefined) throw new Error(command);
  return work({ words, env: { DATABASE_URL: h.url, DATA_KEY_FILE: keyFile, DATA_DIR: place } });
};
const keys = () => readDataKeysAgain(keyFile);

anewOnRetry(
  async () => {
    place = mkdtempSync(join(tmpdir(), 'yinling-personal-'));
    keyFile = join(place, 'key');
    writeFileSync(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 });
    h = await startHarness({ cipher: createPersonalData(keys().current, [], keys) });
    await h.deps.pool.query('insert into data_key_check (sealed) values ($1)', [h.deps.cipher.seal('x')]);
  },
  async () => {
    await h.close();
    rmSync(place, { recursive: true });
  },
);

/** A home with a person in it about whom something is known everywhere. */
async function somebody(id: string) {
  const { cipher } = h.deps;
  const made = async (path: string, body: object) => {
    const answer = await h.admin('POST', path, body);
    expect([path, answer.status, answer.text.slice(0, 200)]).toEqual([path, 201, expect.anything()]);
    return answer.body;
  };
  await made('/homes', {
    id: `h-${id}`,
    street: '莲花',
    address: WORDS[3],
    accessNotes: WORDS[5],
    lat: 22.5,
    lon: 114,
  });
  await made('/residents', {
    id,
    homeId: `h-${id}`,
    name: NAME,
    phone: WORDS[1],
    birthDate: '1940-02-03',
    conditions: [WORDS[4]],
    contacts: [{ name: WORDS[6], relation: '儿子', phone: WORDS[2], keyHolder: true }],
    consents: [{ kind: 'location', date: '2025-01-01' }],
  });
  await made('/devices', { id: `d-${id}`, homeId: `h-${id}`, kind: 'locator' });
  await made('/caregivers', { id: `c-${id}`, name: `李${id}`, phone: '13700000000', role: 'volunteer' });
  await made('/handovers', { text: `${NAME}要多打一次电话` });
  const note = `${NAME}的儿子${WORDS[6]}会来`;
  const alert = anAlert({
    id: `a-${id}`,
    homeId: `h-${id}`,
    residentId: id,
    state: 'resolved',
    timeline: [{ at: '2026-01-12T08:00:00.000Z', what: 'noted', by: 'op', note }],
  });
  h.alerts.add(alert);
  await made(`/alerts/a-${id}/hand-to-120`, { reference: `120-${id}` });
  const order = anOrder({ id: `o-${id}`, homeId: `h-${id}`, residentId: id, state: 'completed', note });
  const { pool } = h;
  await pool.query(
    `insert into alerts (id, dedup_key, kind, priority, state, home_id, street, occurred_at, opened_at, version, doc)
     values ($1, $1, 'sos', 1, 'resolved', $2, '莲花', now(), now(), 1, $3)`,
    [alert.id, alert.homeId, JSON.stringify(alert)],
  );
  await pool.query(
    `insert into alert_events (alert_id, version, at, type, body) values ($1, 1, now(), 'noted', $2)`,
    [alert.id, JSON.stringify([{ type: 'noted', text: note }])],
  );
  await pool.query(
    `insert into outbox (type, ref, street, data, created_at) values ('alert', $1, '莲花', $2, now())`,
    [alert.id, JSON.stringify(alert)],
  );
  await pool.query(
    `insert into orders (id, home_id, resident_id, street, service, emergency, state, caregiver_id, created_at, version, doc)
     values ($1, $2, $3, '莲花', 'meal', false, 'completed', $4, now(), 1, $5)`,
    [order.id, order.homeId, id, `c-${id}`, JSON.stringify(order)],
  );
  await pool.query(
    `insert into visits (order_id, service, home_id, resident_id, caregiver_id, street, began_at, ended_at, minutes, place, notes)
     values ($1, 'meal', $2, $3, $4, '莲花', now(), now(), 60, '{"lat":22.5,"lon":114}', $5)`,
    [order.id, order.homeId, id, `c-${id}`, cipher.seal(WORDS[7])],
  );
  await pool.query(
    `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body)
     select now(), now(), $2, h.no, d.no, 6, '{"lat":22.51,"lon":114.01}' from homes h join devices d on d.home_id = h.id
     where h.id = $1`,
    [`h-${id}`, 1],
  );
  await pool.query(
    `with t as (insert into ledger_transactions (id, kind, at, ref, by_whom) values ($1, 'deposit', now(), $1, 'system'))
     insert into ledger_entries (transaction_id, line, account_id, minutes) values ($1, 1, $2, 600), ($1, 2, 'bank:visits', -600)`,
    [`t-${id}`, `c-${id}`],
  );
  await inTransaction(pool, (tx) =>
    redeem(
      tx,
      { accountId: `c-${id}`, minutes: 60, for: NAME, relation: '母亲', residentId: id },
      { by: 'op', nowAt: h.clock.now(), newId: h.deps.newId, notes: cipher },
    ),
  );
}

/** Everything in the database, sealed columns opened. */
async function everything(): Promise<string> {
  const { rows } = await h.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const texts = [];
  for (const { name } of rows) texts.push(JSON.stringify((await h.pool.query(`select * from ${name}`)).rows));
  for (const { table, column } of SEALED_COLUMNS) {
    const sealed = await h.pool.query<{ sealed: Uint8Array | null }>(
      `select ${column} as sealed from ${table}`,
    );
    for (const row of sealed.rows)
      if (row.sealed !== null) texts.push(JSON.stringify(h.deps.cipher.open(row.sealed)));
  }
  return texts.join('\n');
}
const found = async (): Promise<string[]> => {
  const all = await everything();
  return WORDS.filter((word) => all.includes(word));
};
async function chainsHold(): Promise<void> {
  await sealAudit(h.pool, h.clock.now());
  await sealBlock(h.pool, h.clock.now());
  for (const path of ['/audit/verify', '/ledger/verify']) {
    const { body } = await h.admin('GET', path);
    expect([path, body.problems, body.ok]).toEqual([path, [], true]);
  }
}

describe('a new data key', () => {
  it('every column that can hold sealed bytes is known to be sealed, or known to hold hashes', async () => {
    const { rows } = await h.pool.query<{ name: string }>(
      `select table_name || '.' || column_name as name from information_schema.columns
       where table_schema = 'public' and data_type = 'bytea' order by 1`,
    );
    const hashes =
      /\.(?:secret_hash|previous_secret_hash|token_hash|state_hash|sha256|subject|note_digest|prev_hash|hash|digest)$/;
    const sealed = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort();
    // A dead letter's body is what a device has sent, as it came.
    const rest = rows
      .map(({ name }) => name)
      .filter((name) => !hashes.test(name) && name !== 'dead_letters.body');
    expect(rest).toEqual(sealed);
  });

  it('seals everything anew while the service reads, finds and writes; the former one goes last', async () => {
    await somebody('rot');
    const former = keys().current;
    const search = async (query: string) =>
      (await h.admin('GET', `/residents?${query}`)).body.items.map(({ id }: { id: string }) => id);
    // Interrupted at once: the new key is in its place, the rows are not done yet.
    writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n${former.toString('base64')}\n`, {
      mode: 0o600,
    });
    const ring = createPersonalData(keys().current, keys().former);
    expect(await countLeft(h.pool, ring)).toBeGreaterThan(0);
    expect(await run('keys', 'prune')).toMatchObject({
      ok: false,
      answer: expect.stringContaining('rotate again'),
    });

    const first = await run('keys', 'rotate');
    expect(first).toMatchObject({
      ok: true,
      answer: { left: 0, formerKeys: 1, resealed: expect.any(Number) },
    });
    expect(keys().former).toEqual([former]);
    expect((await h.admin('GET', '/residents/rot')).body).toMatchObject({ name: NAME, phone: WORDS[1] });
    // The process has met the new key now: it finds by both and seals with the new one.
    expect(await search(`q=${encodeURIComponent('桂兰')}`)).toContain('rot');
    expect(await search(`phone=${WORDS[2]}`)).toContain('rot');
    await h.admin('PATCH', '/residents/rot', { conditions: [WORDS[4], '糖尿病'] });
    expect(await countLeft(h.pool, ring)).toBe(0);

    const second = await run('keys', 'rotate');
    expect(second).toMatchObject({ ok: true, answer: { formerKeys: 2 } });
    expect(await run('keys', 'prune')).toMatchObject({ ok: true, answer: { formerKeys: 0, removed: 2 } });
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const alone = createPersonalData(keys().current);
    const { rows } = await h.pool.query<{ personal: Uint8Array }>(
      `select personal from residents where id = 'rot'`,
    );
    expect(rows.map(({ personal }) => alone.open(personal))).toMatchObject([{ name: NAME }]);
    h.deps.cipher.reload();
    expect(await search(`q=${encodeURIComponent('王桂')}`)).toContain('rot');
    await chainsHold();
  });
});

describe('one person', () => {
  it('is exported whole: file, home, alarms, orders, visits, readings, and who looked', async () => {
    await somebody('exp');
    await h.admin('GET', '/residents/exp');
    const file = join(place, 'exp.json');
    const done = await run('person', 'export', 'resident', 'exp', file);
    expect(done).toMatchObject({
      ok: true,
      answer: { held: { resident: 1, alerts: 1, visits: 1, readings: 1 } },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const held = JSON.parse(readFileSync(file, 'utf8'));
    expect(held).toMatchObject({
      residentId: 'exp',
      resident: [{ personal: { name: NAME, conditions: [WORDS[4]] } }],
      home: [{ personal: { address: WORDS[3] } }],
      visits: [{ notes: WORDS[7] }],
      ambulanceRecords: [{ reference: '120-exp', sheet: { people: [{ name: NAME }] } }],
      readings: [{ channel: 'location', device_id: 'd-exp', body: { lat: 22.51 } }],
    });
    expect(held.audit.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(['resident.create', 'resident.view']),
    );
    expect(JSON.stringify(held)).not.toContain('tokens');
    expect(
      (await h.admin('GET', '/audit?object=resident:exp&action=resident.export')).body.items,
    ).toMatchObject([{ who: 'admin-command', address: 'local' }]);
    const carer = await run('person', 'export', 'caregiver', 'c-exp', join(place, 'c.json'));
    expect(carer).toMatchObject({ ok: true, answer: { held: { caregiver: 1, visits: 1, timeBank: 2 } } });
    expect(await run('person', 'export', 'resident', 'nobody', file)).toMatchObject({ ok: false });
  });

  it('is erased everywhere, sealed or not, and both chains still hold (I12)', async () => {
    // Whoever else is there would be found by the same words.
    for (const other of ['rot', 'exp']) await run('person', 'erase', 'resident', other);
    await somebody('era');
    await chainsHold();
    expect(await found()).toEqual(WORDS);
    expect(await run('person', 'erase', 'resident', 'era')).toMatchObject({ ok: true });
    expect(await found()).toEqual([]);
    const { rows } = await h.pool.query(
      `select (select count(*)::int from readings) as readings, (select count(*)::int from visits where place is not null) as places,
         (select doc ->> 'state' from alerts where id = 'a-era') as alert, (select minutes from visits where order_id = 'o-era') as minutes`,
    );
    expect(rows).toEqual([{ readings: 0, places: 0, alert: 'resolved', minutes: 60 }]);
    expect((await h.admin('GET', '/residents/era')).status).toBe(404);
    await chainsHold();
    expect((await h.admin('GET', '/ledger/c-era')).body.balance).toBe(540);
    expect(await run('person', 'erase', 'resident', 'era')).toMatchObject({ ok: true });
    expect(
      (await h.admin('GET', '/audit?object=resident:era&action=resident.erase')).body.items[0],
    ).toMatchObject({
      who: 'admin-command',
    });

    const audited = await run('person', 'erase', 'caregiver', 'c-era');
    expect(audited).toMatchObject({ ok: true });
    expect(await everything()).not.toContain('李era');
    await chainsHold();
  });

  it('is not erased while an alarm or an order is open; a home shared with others keeps what it measured', async () => {
    await somebody('two');
    await h.admin('POST', '/residents', { id: 'other', homeId: 'h-two', name: '赵大爷' });
    await h.pool.query(`update orders set state = 'accepted' where id = 'o-two'`);
    expect(await run('person', 'erase', 'resident', 'two')).toEqual({
      ok: false,
      answer: 'resolve and finish first: o-two',
    });
    await h.pool.query(`update orders set state = 'completed' where id = 'o-two'`);
    expect(await run('person', 'erase', 'resident', 'two')).toMatchObject({
      ok: true,
      answer: { alsoOf: ['other'] },
    });
    expect((await h.admin('GET', '/homes/h-two')).body.address).toBe(WORDS[3]);
    const { rows } = await h.pool.query(
      `select count(*)::int as n from readings r join homes h on h.no = r.home_no where h.id = 'h-two'`,
    );
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('not erased, keeps every alarm’s history as it was: the database refuses anything else', async () => {
    await somebody('kept');
    const change = (set: string) => h.pool.query(`update alert_events set ${set} where alert_id = 'a-kept'`);
    await expect(change(`body = '[]'`)).rejects.toThrow(/append-only/);
    await h.pool.query(`update alerts set erased_at = now() where id = 'a-kept'`);
    await expect(change(`type = 'other'`)).rejects.toThrow(/append-only/);
    await expect(h.pool.query('truncate alert_events')).rejects.toThrow(/append-only/);
  });
});

it('the second factor of an administrator who has lost everything is taken off on the machine itself', async () => {
  await h.pool.query(
    `insert into user_totp (username, secret, confirmed_at, created_at) values ('admin', $1, now(), now())
     on conflict do nothing`,
    [h.deps.cipher.seal('x')],
  );
  expect(await run('second-factor', 'off', 'admin')).toMatchObject({ ok: true });
  expect(await run('second-factor', 'off', 'admin')).toMatchObject({ ok: false });
  expect(await run('second-factor', 'on', 'admin')).toMatchObject({
    ok: false,
    answer: expect.stringContaining('npm run admin'),
  });
});
