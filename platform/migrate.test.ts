import { expect, test } from 'vitest';
import { type Migration, pendingMigrations } from './migrate.ts';

const file = (name: string, sha256 = name): Migration => ({ name, sha256, sql: '' });
const files = [file('0001_ground.sql'), file('0002_more.sql'), file('0003_most.sql')];
const applied = (...names: string[]) => names.map((name) => ({ name, sha256: name }));

test('what is not yet applied is pending, in order', () => {
  expect(pendingMigrations(files, []).map(({ name }) => name)).toEqual(files.map(({ name }) => name));
  expect(pendingMigrations(files, applied('0001_ground.sql')).map(({ name }) => name)).toEqual([
    '0002_more.sql',
    '0003_most.sql',
  ]);
  expect(pendingMigrations(files, applied('0001_ground.sql', '0002_more.sql', '0003_most.sql'))).toEqual([]);
});

test('an applied file that has changed is refused', () => {
  expect(() => pendingMigrations(files, [{ name: '0001_ground.sql', sha256: 'other' }])).toThrow(
    /0001_ground.sql has changed/,
  );
});

test('a database that is newer than the code is refused', () => {
  expect(() => pendingMigrations(files, applied('0001_ground.sql', '0009_later.sql'))).toThrow(
    /0009_later.sql.*newer than the code/,
  );
});

test('a database with a gap is refused', () => {
  expect(() => pendingMigrations(files, applied('0001_ground.sql', '0003_most.sql'))).toThrow(
    /0003_most.sql was applied before 0002_more.sql/,
  );
});

test('files that do not say their order are refused', () => {
  for (const names of [['1_a.sql'], ['0001-a.sql'], ['0001_A.sql']])
    expect(() =>
      pendingMigrations(
        names.map((name) => file(name)),
        [],
      ),
    ).toThrow(/NNNN_words/);
  expect(() => pendingMigrations([file('0001_a.sql'), file('0001_b.sql')], [])).toThrow(
    /two migrations 0001/,
  );
});

test('numbers may be left out', () => {
  expect(pendingMigrations([file('0001_a.sql'), file('0020_b.sql')], applied('0001_a.sql'))).toHaveLength(1);
});
