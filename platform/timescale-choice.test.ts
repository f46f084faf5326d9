import { expect, test } from 'vitest';
import { timescaleChosen, type TimescaleFacts, timescaleTrouble } from './timescale-choice.ts';

const none: TimescaleFacts = {
  database: 'district',
  available: null,
  installed: null,
  loaded: false,
  choice: '',
};
const there: TimescaleFacts = { ...none, available: '2.22.1', loaded: true };
const unloaded: TimescaleFacts = { ...there, loaded: false };

test('a TimescaleDB that its server does not load is refused, with both ways out', () => {
  const trouble = timescaleTrouble(unloaded, false);
  expect(trouble?.what).toBe('TimescaleDB 2.22.1 is installed on this server and not loaded by it');
  expect(trouble?.todo).toContain("shared_preload_libraries = 'timescaledb'");
  expect(trouble?.todo).toContain(`ALTER DATABASE "district" SET yinling.timescaledb = 'off'`);
});

test('nothing is refused where there is none, where it is loaded, or where it is switched off', () => {
  for (const facts of [none, there, { ...there, choice: 'on' }, { ...unloaded, choice: 'off' }])
    expect(timescaleTrouble(facts, false)).toBeUndefined();
});

test('once readings are made, what they are made as counts: a hypertable needs it loaded, partitions do not', () => {
  expect(timescaleTrouble(unloaded, true)).toBeUndefined();
  expect(timescaleTrouble({ ...there, installed: '2.22.1' }, true)).toBeUndefined();
  const trouble = timescaleTrouble({ ...unloaded, installed: '2.22.1', choice: 'off' }, true);
  expect(trouble?.what).toMatch(/readings in TimescaleDB 2\.22\.1, which its server does not load/);
  expect(trouble?.todo).toContain('shared_preload_libraries');
});

test('a database that has it cannot be without it, and a choice that is none is named', () => {
  const both = timescaleTrouble({ ...there, installed: '2.22.1', choice: 'off' }, false);
  expect(both?.todo).toContain('DROP EXTENSION');
  const odd = timescaleTrouble({ ...there, database: 'a "b"', choice: 'maybe' }, true);
  expect(odd?.what).toContain('"maybe"');
  expect(odd?.todo).toContain('ALTER DATABASE "a ""b"""');
});

test('what has been chosen is said for the log', () => {
  expect(timescaleChosen(none)).toMatch(/^native partitions by day: there is no TimescaleDB/);
  expect(timescaleChosen({ ...unloaded, choice: 'off' })).toMatch(/switched off for this database$/);
  expect(timescaleChosen(there)).toBe('a hypertable of TimescaleDB 2.22.1');
});
