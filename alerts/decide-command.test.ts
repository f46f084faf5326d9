import { describe, expect, it } from 'vitest';
import type { AlertState } from '../schemas/alert.ts';
import { toIso } from '../schemas/ids.ts';
import type { AlertCommand } from './decide-command.ts';
import { Board } from './testing/board.ts';
import { homeThatAsks, inactivity, offline, press, suspectedFall, T0 } from './testing/signals.ts';

const COMMANDS: AlertCommand[] = [
  { type: 'acknowledge', by: 'op', note: null },
  { type: 'resolve', by: 'op', disposition: 'assisted', note: null },
  { type: 'escalate', by: 'op', step: undefined, note: null },
  { type: 'note', by: 'op', text: 'seen' },
  { type: 'dispatch', by: 'op', note: null },
  { type: 'reopen', by: 'op', note: null },
];
const command = (type: AlertCommand['type']): AlertCommand => {
  const found = COMMANDS.find((item) => item.type === type);
  if (found === undefined) throw new Error(type);
  return found;
};

function boardIn(state: AlertState): Board {
  const board = new Board();
  board.home = homeThatAsks;
  board.signal(state === 'pending' ? suspectedFall() : press());
  if (state === 'acknowledged') board.command('a1', { type: 'acknowledge', by: 'other', note: null }, T0 + 1);
  if (state === 'resolved')
    board.command('a1', { type: 'resolve', by: 'other', disposition: 'false_alarm', note: null }, T0 + 1);
  return board;
}

/** contract.md, *Alerts*, second table: command × state → state, or 409. */
const TABLE: [AlertCommand['type'], Record<AlertState, AlertState | 409>][] = [
  ['acknowledge', { pending: 'acknowledged', open: 'acknowledged', acknowledged: 409, resolved: 409 }],
  ['resolve', { pending: 409, open: 'resolved', acknowledged: 'resolved', resolved: 409 }],
  ['escalate', { pending: 'pending', open: 'open', acknowledged: 'acknowledged', resolved: 409 }],
  ['note', { pending: 'pending', open: 'open', acknowledged: 'acknowledged', resolved: 409 }],
  ['dispatch', { pending: 'pending', open: 'open', acknowledged: 'acknowledged', resolved: 409 }],
  ['reopen', { pending: 409, open: 409, acknowledged: 409, resolved: 'open' }],
];
const CASES = TABLE.flatMap(([type, row]) =>
  Object.entries(row).map(([from, to]) => ({ type, from: from as AlertState, to })),
);

describe('commands × states', () => {
  it.each(CASES)('$type of a $from alert: $to', ({ type, from, to }) => {
    const board = boardIn(from);
    const decision = board.command('a1', command(type), T0 + 2000);
    expect(decision.ok).toBe(to !== 409);
    expect(board.get('a1').alert.state).toBe(to === 409 ? from : to);
  });

  it("one's own repeat of acknowledge changes nothing", () => {
    const board = boardIn('open');
    board.command('a1', { type: 'acknowledge', by: 'op', note: null, expectedVersion: 1 }, T0 + 2000);
    const again = board.command(
      'a1',
      { type: 'acknowledge', by: 'op', note: null, expectedVersion: 1 },
      T0 + 3000,
    );
    expect(again).toEqual({ ok: true, events: [] });
    expect(board.get('a1').alert).toMatchObject({ version: 2, acknowledgedAt: toIso(T0 + 2000) });
  });

  it('a command with another version than the alert has is refused (Grafana OnCall #3161)', () => {
    const board = boardIn('open');
    board.command('a1', { type: 'resolve', by: 'op2', disposition: 'assisted', note: null }, T0 + 1000);
    for (const item of COMMANDS)
      expect(board.command('a1', { ...item, expectedVersion: 1 }, T0 + 2000).ok).toBe(false);
    expect(board.get('a1').alert.state).toBe('resolved');
  });

  it('reopen is refused while a newer alert of its key is unresolved (I5)', () => {
    const board = boardIn('resolved');
    board.signal(press(), T0 + 1000);
    expect(board.command('a1', command('reopen'), T0 + 2000)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('reopen clears the resolution and starts a new opening with a deadline of its own (I6)', () => {
    const board = boardIn('resolved');
    board.command('a1', command('reopen'), T0 + 2000);
    expect(board.get('a1').alert).toMatchObject({
      state: 'open',
      disposition: null,
      resolvedAt: null,
      resolvedBy: null,
      deadlineAt: toIso(T0 + 32_000),
    });
    expect(board.get('a1').work).toMatchObject({ opening: 2, step: 0 });
  });

  it('an acknowledgement goes stale after 5 minutes without an act; a note keeps it (I8)', () => {
    const board = boardIn('open');
    board.command('a1', command('acknowledge'), T0 + 1000);
    expect(board.get('a1').alert.deadlineAt).toBe(toIso(T0 + 301_000));
    board.command('a1', command('note'), T0 + 61_000);
    expect(board.get('a1').alert.deadlineAt).toBe(toIso(T0 + 361_000));
  });

  it('a note on an open alert does not put its escalation off', () => {
    const board = boardIn('open');
    board.command('a1', command('note'), T0 + 20_000);
    expect(board.get('a1').alert.deadlineAt).toBe(toIso(T0 + 30_000));
  });

  it('escalating to a step that is done is refused (I9)', () => {
    const board = boardIn('open');
    board.machine('a1', [
      {
        type: 'escalated',
        at: toIso(T0),
        by: 'system',
        to: 'recommended',
        note: null,
        step: 1,
        attempts: 0,
        rounds: 0,
        stepSince: toIso(T0),
      },
    ]);
    expect(board.command('a1', { type: 'escalate', by: 'op', step: 0, note: null }, T0 + 1).ok).toBe(false);
    expect(board.command('a1', { type: 'escalate', by: 'op', step: 1, note: null }, T0 + 1).ok).toBe(true);
  });

  it('every kind can be acknowledged and resolved', () => {
    for (const first of [inactivity(), offline()]) {
      const board = new Board();
      board.signal(first);
      expect(board.command('a1', command('acknowledge'), T0 + 1).ok).toBe(true);
      expect(board.command('a1', command('resolve'), T0 + 2).ok).toBe(true);
    }
  });
});
