import { describe, expect, it } from 'vitest';
import type { AlertEvent, EventOf } from '../../alerts/events.ts';
import { historyOffences } from './alert-history.ts';

const at = '2026-11-23T08:00:00.000Z';
const policy = { id: 'p', version: 1, steps: [{ afterS: 2, to: 'supervisor' as const }] };
const opened: AlertEvent = {
  type: 'opened',
  at,
  id: 'a',
  kind: 'sos',
  priority: 1,
  state: 'open',
  dedupKey: 'h:emergency',
  homeId: 'h',
  residentId: null,
  street: '莲花',
  occurredAt: at,
  receivedAt: at,
  deadlineAt: at,
  previousAlertId: null,
  service: null,
  test: false,
  synthetic: false,
  policy,
};
const acknowledged: AlertEvent = { type: 'acknowledged', at, by: 'operator-0', note: null, deadlineAt: at };
const again: AlertEvent = { type: 'called_again', at, reason: 'call', deadlineAt: at };
const pressed: AlertEvent = {
  type: 'joined',
  at,
  evidence: [],
  deviceId: 'd',
  call: true,
  raised: 'sos',
  real: true,
};
const escalated = (step: number, more: Partial<EventOf<'escalated'>> = {}): AlertEvent => ({
  type: 'escalated',
  at,
  by: 'system',
  to: 'supervisor',
  note: null,
  step,
  attempts: 0,
  rounds: 0,
  stepSince: at,
  ...more,
});
const told = (changes: AlertEvent[][], work = {}): string[] =>
  historyOffences({ id: 'a', changes, work: { opening: 1, step: 0, rounds: 0, policy, ...work } });

describe('what has happened to an alert', () => {
  it('is nothing to speak of where it went as it should', () => {
    expect(
      told(
        [
          [opened],
          [escalated(1)],
          [acknowledged],
          // By hand it may go on
          [escalated(2, { by: 'operator-0' })],
          [pressed, again],
          [escalated(1)],
        ],
        { opening: 2, step: 1 },
      ),
    ).toEqual([]);
  });

  it.each<[string, AlertEvent[][], object]>([
    ['I8 a: supervisor is called', [[opened], [acknowledged], [escalated(1)]], { step: 1 }],
    ['I8 a: a press on an acknowledged alert', [[opened], [acknowledged], [pressed]], {}],
    ['I9 a goes from step 2', [[opened], [escalated(2)], [escalated(1)]], { step: 1 }],
    ['I9 a stands at opening 1, step 0', [[opened], [escalated(1)]], {}],
    ['I9 a follows another policy', [[opened]], { policy: { ...policy, version: 2 } }],
  ])('is an offence: %s', (start, changes, work) => {
    expect(told(changes, work).map((line) => line.slice(0, start.length))).toEqual([start]);
  });
});
