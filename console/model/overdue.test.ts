import { expect, it } from 'vitest';
import { EMPTY, evolve } from './live-state.ts';
import { alarmOf } from './overdue.ts';

const told = (items: unknown) =>
  evolve(EMPTY, { type: 'stream', messages: [{ id: null, event: 'overdue', data: { items } }], atMs: 0 });

it('what the auditor finds overdue is shown until it says that all is well, or the line is lost and back', () => {
  const item = { what: 'alert_overdue', id: 'a1', street: '莲花' };
  const state = told([item, { what: 1 }]);
  expect(state.overdue).toEqual([item]);
  expect(state.lastEventId).toBeNull();
  const again = {
    type: 'stream' as const,
    messages: [{ id: null, event: 'overdue', data: { items: [] } }],
    atMs: 1,
  };
  expect(evolve(state, again).overdue).toEqual([]);
  const lost = evolve(state, { type: 'lost', atMs: 1 });
  expect(evolve(lost, { type: 'back', atMs: 2, reloaded: false }).overdue).toEqual([]);
  expect(told('nothing of a list').overdue).toEqual([]);
});

it('an alarm that is overdue can be gone to', () => {
  expect(alarmOf({ what: 'alert_without_deadline', id: 'a1', street: null })).toBe('a1');
  expect(alarmOf({ what: 'outbox_stuck', id: '7', street: null })).toBeUndefined();
});
