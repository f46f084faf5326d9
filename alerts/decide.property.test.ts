import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dedupKey, DISPOSITIONS } from '../schemas/alert.ts';
import { toIso } from '../schemas/ids.ts';
import type { Signal } from '../schemas/signal.ts';
import type { AlertCommand } from './decide-command.ts';
import type { AlertEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { AlertRecord } from './record.ts';
import { Board } from './testing/board.ts';
import {
  answer,
  confirmedFall,
  homeThatAsks,
  inactivity,
  offline,
  plainHome,
  press,
  signal,
  suspectedFall,
  T0,
  vitals,
} from './testing/signals.ts';

const SEED = Number(process.env['FC_SEED'] ?? 0) || undefined;
const RUNS = { numRuns: 400, ...(SEED !== undefined && { seed: SEED }) };

type Op =
  | { op: 'signal'; make: (now: number) => Signal; home: number }
  | { op: 'command'; make: () => AlertCommand; pick: number }
  | { op: 'deadline'; pick: number };

type Patch = Partial<Signal> & { homeId: string };
const gateKey = (patch: Patch): string => dedupKey.device(`${patch.homeId}-d`, 'device_offline');
const signals: ((patch: Patch) => Signal)[] = [
  press,
  press,
  suspectedFall,
  confirmedFall,
  inactivity,
  (patch) => answer('ok', 'p1', patch),
  (patch) => answer('help', 'p1', patch),
  (patch) => vitals(1, patch),
  (patch) => vitals(2, patch),
  (patch) => signal({ effect: 'support', ...patch }),
  (patch) => confirmedFall({ effect: 'clear', ...patch }),
  (patch) => vitals(1, { effect: 'clear', ...patch }),
  (patch) => offline({ ...patch, dedupKey: gateKey(patch) }),
  (patch) => offline({ effect: 'clear', ...patch, dedupKey: gateKey(patch) }),
  (patch) => press({ test: true, ...patch }),
];

const commands = fc.oneof(
  fc.constant<AlertCommand>({ type: 'acknowledge', by: 'op', note: null }),
  fc.constantFrom(...DISPOSITIONS).map((disposition): AlertCommand => ({
    type: 'resolve',
    by: 'op',
    disposition,
    note: null,
  })),
  fc.constant<AlertCommand>({ type: 'note', by: 'op', text: 'n' }),
  fc.constant<AlertCommand>({ type: 'reopen', by: 'op', note: null }),
);
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({ index: fc.nat(signals.length - 1), home: fc.nat(1) })
      .map(({ index, home }): Op => ({
        op: 'signal',
        make: (now) => (signals[index] ?? press)({ homeId: `h${home}`, occurredAt: now, receivedAt: now }),
        home,
      })),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ make: commands, pick: fc.nat() })
      .map(({ make, pick }): Op => ({ op: 'command', make: () => make, pick })),
  },
  { weight: 1, arbitrary: fc.nat().map((pick): Op => ({ op: 'deadline', pick })) },
);

/** What the engine does when an alert's deadline has come, as far as the alert itself is concerned. */
function atDeadline(record: AlertRecord, now: number): AlertEvent[] {
  const at = toIso(now);
  const { alert, work } = record;
  const deadlineAt = toIso(now + 30_000);
  switch (alert.state) {
    case 'pending':
      return [{ type: 'verified', at, verdict: 'silence', priority: 1, since: at, deadlineAt }];
    case 'acknowledged':
      return [
        { type: 'acknowledgement_lapsed', at, by: 'system', was: alert.acknowledgedBy ?? '', deadlineAt },
      ];
    case 'open':
      return [
        {
          type: 'escalated',
          at,
          by: 'system',
          to: 'supervisor',
          note: null,
          step: work.step + 1,
          attempts: 0,
          rounds: 0,
          stepSince: at,
        },
        { type: 'deadline', at, deadlineAt },
      ];
    case 'resolved':
      return [];
  }
}

function run(board: Board, ops: readonly Op[]): number {
  let now = T0;
  let presses = 0;
  for (const item of ops) {
    now += 1000;
    if (item.op === 'signal') {
      const made = item.make(now);
      board.home = item.home === 0 ? homeThatAsks : plainHome;
      board.signal(made, now);
      if (made.effect === 'call') presses += 1;
      continue;
    }
    const ids = [...board.records.keys()];
    const id = ids[item.pick % Math.max(1, ids.length)];
    if (id === undefined) continue;
    if (item.op === 'command') board.command(id, item.make(), now);
    else {
      const events = atDeadline(board.get(id), now);
      if (events.length > 0) board.machine(id, events);
    }
  }
  return presses;
}

const check = (holds: (board: Board, presses: number) => void): void =>
  fc.assert(
    fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
      const board = new Board();
      holds(board, run(board, ops));
    }),
    RUNS,
  );

describe('any sequence of signals, commands and deadlines', () => {
  it('I5: leaves at most one unresolved alert per dedup key', () => {
    check((board) => {
      const keys = [...board.records.values()]
        .filter(({ alert }) => alert.state !== 'resolved')
        .map(({ alert }) => alert.dedupKey);
      expect(new Set(keys).size).toBe(keys.length);
    });
  });

  it('I6: leaves every unresolved alert a deadline that was in the future when it was set', () => {
    check((board) => {
      for (const { after, events } of board.log) {
        if (after.alert.state === 'resolved') expect(after.alert.deadlineAt).toBeNull();
        else expect(after.alert.deadlineAt).not.toBeNull();
        for (const event of events)
          if ('deadlineAt' in event)
            expect(event.deadlineAt > event.at || event.type === 'raised').toBe(true);
      }
    });
  });

  it('I7: never lowers a priority, and ends priority 1 and 2 only by a person or out of pending', () => {
    check((board) => {
      for (const { before, after, events } of board.log) {
        if (before !== undefined) expect(after.alert.priority).toBeLessThanOrEqual(before.alert.priority);
        const machine = events.some((event) => event.type === 'resolved' && event.by !== 'op');
        if (!machine || before === undefined) continue;
        expect(before.alert.priority >= 3 || before.alert.state === 'pending').toBe(true);
      }
    });
  });

  it('I7: keeps every press as evidence in exactly one alert', () => {
    check((board, presses) => {
      const evidence = [...board.records.values()].flatMap(({ alert }) => alert.evidence);
      expect(new Set(evidence.map((item) => item.messageId)).size).toBe(evidence.length);
      const calls = [...board.records.values()].reduce((sum, { alert }) => sum + alert.calls, 0);
      expect(calls).toBe(presses);
    });
  });

  it('I8: takes an acknowledgement back only for a call, help, graver evidence or because it went stale', () => {
    check((board) => {
      for (const { before, after, events } of board.log) {
        if (before?.alert.state !== 'acknowledged' || after.alert.state !== 'open') continue;
        expect(
          events.some((event) => event.type === 'called_again' || event.type === 'acknowledgement_lapsed'),
        ).toBe(true);
        expect(after.work.opening).toBeGreaterThan(before.work.opening);
      }
    });
  });

  it('I9: moves the escalation only forward within one opening, by one policy', () => {
    check((board) => {
      for (const { before, after } of board.log) {
        if (before === undefined || before.work.opening !== after.work.opening) continue;
        expect(after.work.step).toBeGreaterThanOrEqual(before.work.step);
        expect(after.work.policy).toEqual(before.work.policy);
      }
    });
  });

  it('the events alone give the alert, version by version', () => {
    check((board) => {
      const folded = new Map<string, AlertRecord>();
      for (const { after, events } of board.log) {
        let record = folded.get(after.alert.id);
        const version = (record?.alert.version ?? 0) + 1;
        for (const event of events) record = evolve(record, event);
        if (record === undefined) throw new Error('no events');
        record = { ...record, alert: { ...record.alert, version } };
        folded.set(after.alert.id, record);
        expect(record).toEqual(after);
      }
    });
  });
});
