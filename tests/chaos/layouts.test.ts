import { expect, it } from 'vitest';
import { ROLES, splitProblems } from '../../platform/roles.ts';
import { distinctRoles, LAYOUT_NAMES, nameOf, needsRedis, rowsOf } from './layouts.ts';

it.each(LAYOUT_NAMES)('layout %s is a legal split that has every role', (layout) => {
  const rows = rowsOf(layout);
  expect(new Set(rows.flatMap(({ roles }) => roles))).toEqual(new Set(ROLES));
  const given = { database: true, redis: needsRedis(layout), mqtt: false };
  expect(rows.flatMap(({ roles }) => splitProblems(roles, given).problems)).toEqual([]);
  const names = rows.flatMap((row) => Array.from({ length: row.count }, (_, nth) => nameOf(row, nth)));
  expect(new Set(names).size).toBe(names.length);
});

it('what is done to one role is not done again to another of the same processes', () => {
  expect([...distinctRoles('one')]).toEqual(['ingest']);
  expect([...distinctRoles('apart')]).toEqual(['ingest', 'dispatcher']);
  expect([...distinctRoles('split')]).toEqual(['ingest', 'dispatcher', 'broker']);
});
