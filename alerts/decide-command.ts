import type { AlertKind, Disposition, FrozenPolicy } from '../schemas/alert.ts';
import { toIso } from '../schemas/ids.ts';
import { openDeadlineMs, staleDeadlineMs } from './deadlines.ts';
import type { AlertEvent } from './events.ts';
import type { AlertRecord } from './record.ts';

/** A person's command on an alert (contract.md, *Alerts*, the second table). */
export type AlertCommand = { by: string; expectedVersion?: number | undefined } & (
  | { type: 'acknowledge'; note: string | null }
  | { type: 'resolve'; disposition: Disposition; note: string | null }
  /** The step itself is carried out by the engine; here it is only decided whether it may be. */
  | { type: 'escalate'; step: number | undefined; note: string | null }
  | { type: 'note'; text: string }
  | { type: 'dispatch'; note: string | null }
  | { type: 'reopen'; note: string | null }
  /** The ambulance service has been told, by telephone or otherwise. */
  | { type: 'hand_to_120'; note: string | null }
);

export interface CommandContext {
  now: number;
  policyFor(kind: AlertKind): FrozenPolicy;
  /** Another unresolved alert holds this one's key. */
  newerUnresolved: boolean;
}

export type CommandDecision =
  /** No events: it is as it should be already. */
  { ok: true; events: AlertEvent[] } | { ok: false; code: 'conflict'; detail: string };

export function decideCommand(
  record: AlertRecord,
  command: AlertCommand,
  context: CommandContext,
): CommandDecision {
  const { alert } = record;
  // One's own repeat is answered as the first time even if it carries the version of that time.
  if (command.type === 'acknowledge' && alert.state === 'acknowledged' && alert.acknowledgedBy === command.by)
    return { ok: true, events: [] };
  if (command.expectedVersion !== undefined && command.expectedVersion !== alert.version)
    return conflict(`the alert is at version ${alert.version}, not ${command.expectedVersion}`);
  if (!ALLOWED[command.type].includes(alert.state))
    return conflict(`${command.type} is not possible while the alert is ${alert.state}`);
  return decided(record, command, context);
}

const ALLOWED: Record<AlertCommand['type'], readonly string[]> = {
  acknowledge: ['pending', 'open'],
  resolve: ['open', 'acknowledged'],
  escalate: ['pending', 'open', 'acknowledged'],
  note: ['pending', 'open', 'acknowledged'],
  dispatch: ['pending', 'open', 'acknowledged'],
  reopen: ['resolved'],
  hand_to_120: ['pending', 'open', 'acknowledged'],
};

const conflict = (detail: string): CommandDecision => ({ ok: false, code: 'conflict', detail });

function decided(record: AlertRecord, command: AlertCommand, context: CommandContext): CommandDecision {
  const { alert, work } = record;
  const at = toIso(context.now);
  const { by } = command;
  const stale = toIso(staleDeadlineMs(alert, context.now));
  /** A person who acts on an acknowledged alert keeps it from going stale. */
  const kept: AlertEvent[] =
    alert.state === 'acknowledged' ? [{ type: 'deadline', at, deadlineAt: stale }] : [];
  switch (command.type) {
    case 'acknowledge':
      return { ok: true, events: [{ type: 'acknowledged', at, by, note: command.note, deadlineAt: stale }] };
    case 'resolve':
      return {
        ok: true,
        events: [{ type: 'resolved', at, by, disposition: command.disposition, note: command.note }],
      };
    case 'escalate':
      // I9: only forward within one opening. Steps beyond the last one mean the standing round to the supervisor.
      return command.step !== undefined && command.step < work.step
        ? conflict(`step ${command.step} is done; the next one is ${work.step}`)
        : { ok: true, events: kept };
    case 'note':
      return { ok: true, events: [{ type: 'noted', at, by, text: command.text }, ...kept] };
    case 'dispatch':
      return {
        ok: true,
        events: command.note === null ? kept : [{ type: 'noted', at, by, text: command.note }, ...kept],
      };
    case 'hand_to_120': {
      // Where the policy stands does not change: a person has gone beyond it.
      const { step, attempts, rounds, stepSince } = work;
      const escalated = { type: 'escalated', at, by, to: '120', note: command.note || null } as const;
      return { ok: true, events: [{ ...escalated, step, attempts, rounds, stepSince }, ...kept] };
    }
    case 'reopen': {
      if (context.newerUnresolved) return conflict(`a newer alert of ${alert.dedupKey} is unresolved`);
      const policy = context.policyFor(alert.kind);
      const deadlineAt = toIso(openDeadlineMs(alert, policy, context.now));
      return { ok: true, events: [{ type: 'reopened', at, by, note: command.note, policy, deadlineAt }] };
    }
  }
}
