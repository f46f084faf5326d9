import { describe, expect, it } from 'vitest';
import { toIso } from '../schemas/ids.ts';
import { RELOOK_MS } from './deadlines.ts';
import { Board } from './testing/board.ts';
import {
  answer,
  confirmedFall,
  homeThatAsks,
  inactivity,
  offline,
  press,
  signal,
  suspectedFall,
  T0,
  vitals,
} from './testing/signals.ts';

const ms = (iso: string | null | undefined): number => Date.parse(iso ?? '');

describe('a signal without an unresolved alert', () => {
  it('opens one of its kind and priority, with its evidence and the first step as deadline', () => {
    const alert = new Board().signal(press(), T0 + 7);
    expect(alert).toMatchObject({
      kind: 'sos',
      priority: 1,
      state: 'open',
      version: 1,
      dedupKey: 'h1:emergency',
      deviceIds: ['d1'],
      residentId: 'r1',
      occurredAt: toIso(T0),
      openedAt: toIso(T0 + 7),
      deadlineAt: toIso(T0 + 30_007),
      calls: 1,
      previousAlertId: null,
    });
    expect(alert?.evidence).toHaveLength(1);
    expect(alert?.timeline.map((entry) => entry.what)).toEqual(['opened']);
  });

  it('opens nothing if it is support or a clear', () => {
    const board = new Board();
    expect(board.decideOn(signal({ effect: 'support' })).outcome).toBe('ignored');
    expect(board.decideOn(offline({ effect: 'clear' })).outcome).toBe('ignored');
    expect(board.records.size).toBe(0);
  });

  it('opens a new alert after the last one was resolved, linked by previousAlertId (ThingsBoard #7811)', () => {
    const board = new Board();
    const first = board.signal(press());
    board.command(
      first?.id ?? '',
      { type: 'resolve', by: 'op', disposition: 'assisted', note: null },
      T0 + 1000,
    );
    const second = board.signal(press(), T0 + 2000);
    expect(second?.id).not.toBe(first?.id);
    expect(second?.previousAlertId).toBe(first?.id);
    expect(second?.evidence).toHaveLength(1);
  });

  it('priority 3 and 4 are looked at again later, and offered to nobody by themselves (I6)', () => {
    expect(ms(new Board().signal(offline())?.deadlineAt)).toBe(T0 + RELOOK_MS);
  });

  it('carries the version of the settings that decided into the evidence', () => {
    expect(new Board().signal(inactivity({ settingsVersion: 7 }))?.evidence[0]?.data).toEqual({
      settingsVersion: 7,
    });
  });
});

describe('a suspected fall', () => {
  it('is pending for 20 s where the home can ask', () => {
    const board = new Board();
    board.home = homeThatAsks;
    expect(board.signal(suspectedFall())).toMatchObject({
      state: 'pending',
      priority: 2,
      deadlineAt: toIso(T0 + 20_000),
    });
  });

  it('is pending for the window that the resident has chosen', () => {
    const board = new Board();
    board.home = { ...homeThatAsks, verifyWindowMs: 45_000 };
    expect(board.signal(suspectedFall())?.deadlineAt).toBe(toIso(T0 + 45_000));
  });

  it('is open with priority 1 at once where nobody can ask', () => {
    expect(new Board().signal(suspectedFall())).toMatchObject({ state: 'open', priority: 1, kind: 'fall' });
  });

  it('raises an open alert of priority 2 to 1: nobody is being asked', () => {
    const board = new Board();
    board.home = homeThatAsks;
    board.signal(inactivity());
    expect(board.signal(suspectedFall(), T0 + 5000)).toMatchObject({
      kind: 'fall',
      priority: 1,
      state: 'open',
    });
  });
});

describe('a pending fall', () => {
  const pending = (): Board => {
    const board = new Board();
    board.home = homeThatAsks;
    const alert = board.signal(suspectedFall());
    board.machine(alert?.id ?? '', [{ type: 'asked', at: toIso(T0 + 5), promptId: 'p1', deviceIds: ['s1'] }]);
    return board;
  };

  it('is resolved as resident_ok when the resident answers ok (I7, the one exception)', () => {
    expect(pending().signal(answer('ok', 'p1'), T0 + 8000)).toMatchObject({
      state: 'resolved',
      disposition: 'resident_ok',
      resolvedBy: 'resident',
      deadlineAt: null,
    });
  });

  it('is resolved as resident_ok when it is cleared on the device', () => {
    expect(pending().signal(confirmedFall({ effect: 'clear', priority: 2 }), T0 + 8000)).toMatchObject({
      state: 'resolved',
      disposition: 'resident_ok',
    });
  });

  it('stays pending on an answer to another question', () => {
    expect(pending().signal(answer('ok', 'p-yesterday'))).toMatchObject({ state: 'pending' });
  });

  it.each([
    ['help', answer('help', 'p1'), 'fall', 'help'],
    ['help to any question', answer('help', 'p-yesterday'), 'fall', 'help'],
    ['a press', press(), 'sos', 'call'],
    ['a confirmation', confirmedFall(), 'fall', 'confirmed'],
    ['critical vitals', vitals(1), 'vitals', 'confirmed'],
  ])('is open with priority 1 after %s', (_name, said, kind, verdict) => {
    const alert = pending().signal(said, T0 + 8000);
    expect(alert).toMatchObject({ state: 'open', priority: 1, kind, deadlineAt: toIso(T0 + 38_000) });
    expect(alert?.timeline.at(-1)).toMatchObject({ what: 'verified', note: verdict });
  });

  it('stays pending when a second suspicion or support joins', () => {
    const board = pending();
    expect(board.signal(suspectedFall(), T0 + 1000)).toMatchObject({ state: 'pending', priority: 2 });
    expect(board.signal(signal({ effect: 'support' }), T0 + 2000)).toMatchObject({ state: 'pending' });
    expect(board.get('a1').alert.evidence).toHaveLength(3);
    expect(board.get('a1').alert.deadlineAt).toBe(toIso(T0 + 20_000));
  });

  it('opens instead of ending on "ok" when something else called as well', () => {
    const board = pending();
    board.signal(vitals(2), T0 + 1000);
    expect(board.signal(answer('ok', 'p1'), T0 + 8000)).toMatchObject({ state: 'open', priority: 2 });
  });
});

describe('an open alert', () => {
  it('takes "ok" and "cleared" as evidence against, and stays (I7)', () => {
    const board = new Board();
    board.signal(confirmedFall());
    board.signal(answer('ok', 'p1'), T0 + 1000);
    const alert = board.signal(confirmedFall({ effect: 'clear' }), T0 + 2000);
    expect(alert).toMatchObject({ state: 'open', priority: 1 });
    expect(alert?.evidence.at(-1)?.for).toBe(false);
  });

  it('joins a repeat press, counts it and shows it (Traccar default filter)', () => {
    const board = new Board();
    board.signal(press());
    const alert = board.signal(press(), T0 + 4000);
    expect(alert).toMatchObject({ calls: 2, version: 2, state: 'open', deadlineAt: toIso(T0 + 30_000) });
    expect(alert?.evidence).toHaveLength(2);
    expect(alert?.timeline.at(-1)).toMatchObject({ what: 'pressed_again', by: 'device:d1' });
  });

  it('is raised to the gravest kind and priority, and never lowered (I7)', () => {
    const board = new Board();
    board.signal(inactivity());
    expect(board.signal(vitals(1), T0 + 1000)).toMatchObject({ kind: 'vitals', priority: 1 });
    expect(board.signal(press(), T0 + 2000)).toMatchObject({ kind: 'sos', priority: 1 });
    expect(board.signal(vitals(2), T0 + 3000)).toMatchObject({ kind: 'sos', priority: 1 });
    expect(board.signal(inactivity(), T0 + 4000)).toMatchObject({ kind: 'sos', priority: 1 });
  });

  it('a raise never puts the deadline off', () => {
    const board = new Board();
    board.signal(inactivity());
    expect(board.signal(press(), T0 + 20_000)?.deadlineAt).toBe(toIso(T0 + 30_000));
  });

  it('takes the policy of the graver kind, from its first step (I9)', () => {
    const board = new Board();
    const steps = [{ afterS: 5, to: 'supervisor' as const }];
    board.policyFor = (kind) => ({ id: kind, version: 1, steps });
    board.signal(inactivity());
    board.signal(press(), T0 + 1000);
    expect(board.get('a1').work).toMatchObject({ policy: { id: 'sos' }, step: 0, opening: 2 });
  });

  it('the first real signal ends a test', () => {
    const board = new Board();
    expect(board.signal(press({ test: true }))).toMatchObject({ test: true, priority: 1 });
    expect(board.signal(press({ test: true }), T0 + 1000)).toMatchObject({ test: true });
    expect(board.signal(press(), T0 + 2000)).toMatchObject({
      test: false,
      state: 'open',
      deadlineAt: toIso(T0 + 32_000),
    });
    expect(board.signal(press({ test: true }), T0 + 3000)).toMatchObject({ test: false });
  });
});

describe('an acknowledged alert', () => {
  const acknowledged = (first = press()): Board => {
    const board = new Board();
    board.signal(first);
    board.command('a1', { type: 'acknowledge', by: 'op', note: null }, T0 + 5000);
    return board;
  };

  it.each([
    ['a new press', press(), 'call'],
    ['a cry for help', answer('help'), 'help'],
  ])('is open again as a new call after %s (I8)', (_name, said, why) => {
    const alert = acknowledged().signal(said, T0 + 9000);
    expect(alert).toMatchObject({
      state: 'open',
      acknowledgedBy: null,
      acknowledgedAt: null,
      deadlineAt: toIso(T0 + 39_000),
      escalationStep: 0,
    });
    expect(alert?.timeline.at(-1)).toMatchObject({ what: 'called_again', note: why });
  });

  it('is open again after graver evidence, in kind or priority (I8)', () => {
    expect(acknowledged(inactivity()).signal(vitals(1), T0 + 9000)).toMatchObject({
      state: 'open',
      priority: 1,
    });
    expect(acknowledged(vitals(1)).signal(confirmedFall(), T0 + 9000)).toMatchObject({
      state: 'open',
      kind: 'fall',
    });
  });

  it('stays acknowledged when equal or lesser evidence or support joins', () => {
    const board = acknowledged();
    for (const said of [
      confirmedFall(),
      vitals(2),
      inactivity(),
      signal({ effect: 'support' }),
      answer('ok'),
    ])
      expect(board.signal(said, T0 + 9000)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'op' });
    expect(board.get('a1').alert.evidence).toHaveLength(6);
  });
});

describe('a clear', () => {
  it('resolves priority 3 and 4 with its reason (ThingsBoard #10979)', () => {
    const board = new Board();
    board.signal(offline());
    const alert = board.signal(
      offline({ effect: 'clear', evidence: [{ ...evidence, text: '设备恢复在线' }] }),
      T0 + 60_000,
    );
    expect(alert).toMatchObject({ state: 'resolved', resolvedBy: 'system', disposition: 'device_repaired' });
    expect(alert?.timeline.at(-1)?.note).toContain('设备恢复在线');
  });

  it('resolves an acknowledged one of priority 3 and 4 as well', () => {
    const board = new Board();
    board.signal(offline());
    board.command('a1', { type: 'acknowledge', by: 'tech', note: null }, T0 + 1);
    expect(board.signal(offline({ effect: 'clear' }), T0 + 60_000)).toMatchObject({ state: 'resolved' });
  });

  it.each([1, 2] as const)('of priority %d is evidence only (I7)', (priority) => {
    const board = new Board();
    board.signal(vitals(priority));
    expect(board.signal(vitals(priority, { effect: 'clear' }), T0 + 60_000)).toMatchObject({
      state: 'open',
      priority,
    });
  });
});

const evidence = {
  at: T0,
  kind: 'back_online',
  deviceId: 'd1',
  messageId: 'm',
  text: '',
  data: {},
  for: false,
} as const;
