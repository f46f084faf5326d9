import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createPersonalData } from '../../platform/crypto/personal-data.ts';
import { SealedWords, makeWordKey } from './words.ts';

/** The table of keys, as far as words know it. */
function keyTable() {
  const rows: { id: number; sealed: Uint8Array }[] = [];
  const db = {
    reads: 0,
    query(text: string, values?: unknown[]) {
      if (text.startsWith('insert')) rows.push({ id: rows.length + 1, sealed: values?.[0] as Uint8Array });
      else db.reads += 1;
      return Promise.resolve({ rows: [...rows] });
    },
  };
  return { rows, db };
}
const cipher = createPersonalData(randomBytes(32));
const open = (db: object) => {
  const clock = { now: 0 };
  return { words: new SealedWords({ db: db as never, cipher, now: () => clock.now }), clock };
};

it('words stand sealed in a document and are read out of it again, also within other text', async () => {
  const { db } = keyTable();
  const { words } = open(db);
  const note = '王桂兰的儿子会来 "sealed:1:x:" \n';
  const token = await words.seal(note);
  expect(token).not.toContain('王');
  const doc = { note: token, timeline: [{ note: `supervisor: ${token}` }, { note: null }], at: 3 };
  const expected = { note, timeline: [{ note: `supervisor: ${note}` }, { note: null }], at: 3 };
  expect(await words.open(doc)).toEqual(expected);
  expect(JSON.parse(words.openNow(JSON.stringify(doc)) ?? '')).toEqual(expected);
  expect(await words.seal('')).toBe('');
  const plain = { note: 'nothing sealed', list: [1] };
  expect(await words.open(plain)).toBe(plain);
});

it('another process reads what it has no key for yet from the database, and asks no oftener than it may', async () => {
  const { db } = keyTable();
  const writer = open(db);
  const reader = open(db);
  const token = await writer.words.seal('词');
  expect(await Promise.all([token, token].map((one) => reader.words.open(one)))).toEqual(['词', '词']);
  await makeWordKey(db as never, cipher);
  await writer.words.load();
  const later = await writer.words.seal('后');
  reader.clock.now += 1_000;
  expect(reader.words.openNow(later)).toBeUndefined();
  expect(await reader.words.open([token, later])).toEqual(['词', '后']);
  const before = db.reads;
  const forged = `sealed:99:${'A'.repeat(40)}:`;
  for (let i = 0; i < 5; i += 1) expect(await reader.words.open(forged)).toBe(forged);
  expect(db.reads - before).toBe(0);
});

it('what was changed, or only looks sealed, stays as it is', async () => {
  const { db } = keyTable();
  const { words } = open(db);
  const token = await words.seal('词');
  const other = token.replace(/.{5}:$/, 'AAAAA:');
  expect(await words.open(other)).toBe(other);
  expect(await words.open(await words.seal(token))).toBe(token);
});
