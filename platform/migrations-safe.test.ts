import { describe, expect, it } from 'vitest';
import { FORMER_RELEASE } from '../tests/support/former-release.ts';
import { readMigrations } from './migrate.ts';

/** Words of a check that are no column. */
const KEYWORDS = new Set('is not null and or in between like true false any array length'.split(' '));

/**
 * What in a migration could break the former release while it still runs: what it reads taken away, what it writes
 * refused. Loosening (a trigger, an index, a constraint dropped) is free; functions are replaced, never dropped.
 */
function breaking(sql: string): string[] {
  const plain = sql
    .replaceAll(/--[^\n]*/g, ' ')
    // Bodies of functions do not run now; those of `do` do
    .replaceAll(/\bas \$\$[\s\S]*?\$\$/gi, 'as body')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ');
  const made = new Set([...plain.matchAll(/create table (?:if not exists )?(\w+)/g)].map(([, name]) => name));
  const found: string[] = [];
  for (const [what] of plain.matchAll(
    /\bdrop (?:table|column|type|view|schema|function)\b|\brename\b|\balter column \w+ (?:set data )?type\b|\balter column \w+ set not null\b/g,
  ))
    found.push(what);
  for (const [statement, table = ''] of plain.matchAll(/alter table (?:only )?(?:if exists )?(\w+) [^;]*/g)) {
    if (made.has(table)) continue;
    const columns = new Set([...statement.matchAll(/add column (\w+)/g)].map(([, name]) => name));
    for (const [column] of statement.matchAll(/add column [^;]*?(?=, add |$)/g))
      if (/\bnot null\b/.test(column) && !/\bdefault\b|\bgenerated\b/.test(column))
        found.push(`${table}: ${column}`);
    for (const [check, inside = ''] of statement.matchAll(
      /\badd (?:constraint \w+ )?check (\(.*?\)+)(?=,|$)/g,
    )) {
      const others = [...inside.matchAll(/[a-z_]+/g)]
        .map(([word]) => word)
        .filter((word) => !KEYWORDS.has(word) && !columns.has(word));
      if (others.length > 0) found.push(`${table}: ${check}`);
    }
    if (/\badd (?:constraint \w+ )?(?:unique|primary key|foreign key|exclude)\b/.test(statement))
      found.push(`${table}: ${statement}`);
  }
  for (const [index, table = ''] of plain.matchAll(/create unique index \w+ on (\w+)/g))
    if (!made.has(table)) found.push(index);
  return found;
}

describe('migrations', () => {
  it('each since the former release lets that release go on working beside this one', async () => {
    const since = (await readMigrations()).filter(({ name }) => name > FORMER_RELEASE.lastMigration);
    expect(since.length).toBeGreaterThan(0);
    expect(
      Object.fromEntries(
        since
          .map(({ name, sql }): [string, string[]] => [name, breaking(sql)])
          .filter(([, b]) => b.length > 0),
      ),
    ).toEqual({});
  });

  it('what would break it is noticed', () => {
    const broken = [
      'drop table homes;',
      'alter table homes drop column street;',
      'alter table homes rename column street to road;',
      'alter table homes alter column street type int using 1;',
      'alter table homes alter column community set not null;',
      'alter table homes add column x int not null;',
      'alter table homes add check (length(street) > 2);',
      'alter table homes add constraint one unique (street);',
      'create unique index one on homes (street);',
      'do $$ begin drop table homes; end $$;',
      'drop function alerts_lock;',
    ];
    expect(broken.filter((sql) => breaking(sql).length === 0)).toEqual([]);
    const harmless = [
      'create table t (x int not null unique); create unique index i on t (x); alter table t add check (x > 0);',
      'alter table homes add column x int not null default 0, add column y text;',
      'alter table homes add column a int, add column b int, add check ((a is null) = (b is null));',
      'create or replace function f() returns void as $$ begin drop table x; end $$ language plpgsql;',
      'drop trigger t on homes; drop index i; -- drop table homes',
    ];
    expect(harmless.flatMap(breaking)).toEqual([]);
  });
});
