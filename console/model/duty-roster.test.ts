import { expect, test } from 'vitest';
import { endsInSight, rosterGroups } from './duty-roster.ts';
import type { OnRoster } from './duty-roster.ts';

const one = (id: string, role: string, to: string, patch: Partial<OnRoster> = {}): OnRoster => ({
  kind: 'caregiver',
  id,
  name: id,
  phone: null,
  role,
  streets: [],
  loggedIn: null,
  from: '2026-03-02T00:00:00.000Z',
  to: `2026-03-02T${to}:00.000Z`,
  now: true,
  ...patch,
});

test('the roster is read by role, in the order of roles, and by when duty ends', () => {
  const items = [
    one('b', 'volunteer', '09:00'),
    one('c', 'nurse', '12:00'),
    one('a', 'nurse', '08:00'),
    one('d', 'nurse', '08:00', { now: false }),
    one('op', 'operator', '08:00', { kind: 'operator' }),
    one('x', 'new_role', '08:00'),
  ];
  const groups = rosterGroups(items, 'caregiver', true, ['nurse', 'volunteer']);
  expect(groups.map((g) => [g.role, g.people.map((p) => p.id)])).toEqual([
    ['nurse', ['a', 'c']],
    ['volunteer', ['b']],
    ['new_role', ['x']],
  ]);
});
test('an end that is only the end of what was asked about is no end', () => {
  const now = Date.parse('2026-03-02T00:00:00Z');
  expect(endsInSight(one('a', 'nurse', '08:00'), now)).toBe(true);
  expect(endsInSight(one('a', 'nurse', '12:00'), now)).toBe(false);
});
