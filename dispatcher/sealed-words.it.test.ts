import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { press } from '../alerts/testing/signals.ts';
import { createPersonalData } from '../platform/crypto/personal-data.ts';
import { dedupKey } from '../schemas/alert.ts';
import { erasePerson } from './personal/erase-person.ts';
import { countLeft, resealAll } from './personal/reseal.ts';
import { sealOldWords } from './personal/seal-old-words.ts';
import { makeWordKey, SealedWords } from './personal/words.ts';
import type { StreamEvent } from './ports.ts';
import { caregiver, type District, district, operator, valueOf, whats } from './testing/district.ts';

const former = randomBytes(32);
let d: District;
beforeEach(async () => {
  d = await district();
  await d.home('h1');
  await d.caregiver('c1');
});
afterEach(() => d.end());

const wordsWith = (cipher: ReturnType<typeof createPersonalData>): SealedWords =>
  new SealedWords({ db: d.pool, cipher, now: () => d.clock.now() });
const SAID = [
  '王桂兰头晕',
  '儿子王小明会来',
  '钥匙在门垫下',
  '我在王家楼下',
  '王桂兰已送医院',
  '有人说不去了',
];

/** Every row of every table, as text. */
async function everything(): Promise<string> {
  const { rows } = await d.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const texts = await Promise.all(
    rows.map(async ({ name }) => JSON.stringify((await d.pool.query(`select * from ${name}`)).rows)),
  );
  return texts.join('\n');
}

it('what people write on alarms and orders is nowhere in the database in the clear, and whoever may read it reads it', async () => {
  const cipher = createPersonalData(former);
  const server = await d.addServer({ words: wordsWith(cipher) });
  const heard: StreamEvent[] = [];
  server.stream.subscribe((event) => heard.push(event));
  const { alerts, orders } = { alerts: server.alerts.commands, orders: server.orders.commands };
  const [note = '', why = '', key = '', decline = '', resolve = '', reopen = ''] = SAID;
  const raised = await d.raise([press({ homeId: 'h1', dedupKey: dedupKey.emergency('h1') })]);
  const id = raised.alerts[0]?.id ?? '';
  expect(valueOf(await alerts.note(id, operator, { text: note })).timeline.at(-1)).toMatchObject({ note });
  const order = valueOf(await alerts.dispatch(id, operator, { caregiverId: 'c1', note: key }));
  const declined = valueOf(await orders.decline(order.id, caregiver('c1'), { reason: decline }));
  expect(declined.offers.find((offer) => offer.outcome === 'declined')?.reason).toBe(decline);
  valueOf(await alerts.escalate(id, operator, { step: 0, note: why }));
  valueOf(await alerts.resolve(id, operator, { disposition: 'assisted', note: resolve }));
  valueOf(await alerts.reopen(id, operator, { note: reopen }));
  await d.settled();
  await server.settled();

  const stored = await everything();
  expect(SAID.filter((words) => stored.includes(words))).toEqual([]);
  const shown = await server.alerts.queries.whole(id);
  const listed = await server.alerts.queries.list({ homeId: 'h1', limit: 10 });
  const readable = JSON.stringify([shown, listed, await server.orders.queries.get(order.id)]);
  expect(SAID.filter((words) => !readable.includes(words))).toEqual([]);
  expect(readable).not.toContain('sealed:');
  const streamed = heard.map(({ data }) => data).join();
  expect(SAID.filter((words) => !streamed.includes(words))).toEqual([]);
  expect(streamed).not.toContain('sealed:');
  // Another server, which has made none of them, and one who comes back to the stream
  const other = await d.addServer({ words: wordsWith(cipher) });
  const page = await other.stream.after(0, 1_000);
  expect(JSON.stringify(page)).toContain(resolve);

  // A new data key: the words of before can be read with it alone, those from now on have another key of theirs
  for (const [table, file] of Object.entries({
    homes: { address: '' },
    residents: { name: '王桂兰', phone: null, contacts: [] },
    caregivers: { name: 'c1' },
  }))
    await d.pool.query(`update ${table} set personal = $1`, [cipher.seal(file)]);
  const present = randomBytes(32);
  const both = createPersonalData(present, [former]);
  expect(await countLeft(d.pool, both)).toBeGreaterThan(0);
  expect(await resealAll(d.pool, both)).toMatchObject({ left: 0 });
  await makeWordKey(d.pool, both);
  const alone = await d.addServer({ words: wordsWith(createPersonalData(present)) });
  valueOf(await alone.alerts.commands.note(id, operator, { text: '之后' }));
  const after = await alone.alerts.queries.get(id);
  expect(whats(after ?? expect.fail())).toContain('note');
  expect(SAID.filter((words) => !JSON.stringify(after).includes(words) && words !== decline)).toEqual([]);
  expect(JSON.stringify(after)).toContain('之后');

  // Erased, nothing of them is left to be opened
  valueOf(await alone.alerts.commands.resolve(id, operator, { disposition: 'assisted' }));
  await d.settled();
  const by = { username: 'admin', role: 'admin', address: '' };
  const erased = await erasePerson(
    { pool: d.pool, cipher: both, nowAt: d.clock.now(), by },
    'resident',
    'r-h1',
  );
  expect(erased).toMatchObject({ ok: true });
  expect(await everything()).not.toContain('sealed:');
});

it('what was written before words were sealed is sealed where it stands, once, and the log takes no other change', async () => {
  const [note = '', why = '', key = '', decline = '', resolve = '', reopen = ''] = SAID;
  const title = '给王桂兰洗澡 "小心"';
  // As the version before had it
  const plain = await d.addServer();
  const { alerts, orders } = { alerts: plain.alerts.commands, orders: plain.orders.commands };
  const raised = await d.raise([press({ homeId: 'h1', dedupKey: dedupKey.emergency('h1') })]);
  const id = raised.alerts[0]?.id ?? '';
  valueOf(await alerts.note(id, operator, { text: note }));
  const order = valueOf(await alerts.dispatch(id, operator, { caregiverId: 'c1', note: key }));
  valueOf(await orders.decline(order.id, caregiver('c1'), { reason: decline }));
  valueOf(await alerts.escalate(id, operator, { step: 0, note: why }));
  valueOf(await alerts.resolve(id, operator, { disposition: 'assisted', note: resolve }));
  valueOf(await alerts.reopen(id, operator, { note: reopen }));
  await d.pool.query(
    `insert into visit_plans (id, home_id, title, service, days, at_time, since_date, created_at)
     values ('p1', 'h1', $1, 'bath', '{1,2,3,4,5,6,7}', '09:00', '2026-01-01', $2)`,
    [title, new Date(d.clock.now())],
  );
  expect((await plain.book()).visits).toBeGreaterThan(0);
  await d.settled();
  const booked = async () => (await d.pool.query('select * from visit_plan_bookings order by date')).rows;
  const before = await booked();
  const words = [...SAID, '洗澡'];
  const inTheClear = async (): Promise<string[]> => {
    await d.pool.query('delete from outbox');
    const stored = await everything();
    return words.filter((text) => stored.includes(text));
  };
  expect(await inTheClear()).toEqual(words);

  await d.pool.query('delete from word_sealing');
  const cipher = createPersonalData(former);
  const done = await sealOldWords(d.pool, wordsWith(cipher));
  expect(done).toMatchObject({ alerts: 1, visit_plans: 1 });
  expect(await inTheClear()).toEqual([]);
  expect(await sealOldWords(d.pool, wordsWith(cipher))).toEqual({
    alerts: 0,
    orders: 0,
    alert_events: 0,
    offers: 0,
    visit_plans: 0,
  });

  const server = await d.addServer({ words: wordsWith(cipher) });
  const readable = JSON.stringify([
    await server.alerts.queries.whole(id),
    await server.orders.queries.list({ homeId: 'h1', limit: 100 }),
  ]);
  expect(SAID.filter((text) => !readable.includes(text))).toEqual([]);
  expect(readable).toContain(JSON.stringify(title).slice(1, -1));
  // The same visits are booked: nobody's day was made anew because of it.
  expect((await server.book()).visits).toBe(0);
  expect((await booked()).map(({ order_id }) => order_id as string)).toEqual(
    before.map(({ order_id }) => order_id as string),
  );
  for (const change of [
    `'[]'`,
    `jsonb_set(body, '{0,at}', '"2020-01-01T00:00:00.000Z"')`,
    `jsonb_set(body, '{0,by}', '"nobody"')`,
    `jsonb_set(body, '{0,text}', '"other words"')`,
    `jsonb_set(body, '{0,text}', '"sealed:1:${'x'.repeat(40)}:"')`,
  ])
    await expect(
      d.pool.query(`update alert_events set body = ${change} where type = 'noted'`),
    ).rejects.toThrow('append-only');
});
