import type { Alert } from '../../schemas/alert.ts';
import type { Signal } from '../../schemas/signal.ts';
import { type AlertCommand, type CommandDecision, decideCommand } from '../decide-command.ts';
import { decideSignal, type HomeFacts, type SignalDecision } from '../decide-signal.ts';
import type { AlertEvent } from '../events.ts';
import { evolveAll } from '../evolve.ts';
import { policyChooser, type PolicyFor } from '../policy.ts';
import type { AlertRecord } from '../record.ts';
import { plainHome } from './signals.ts';

/** The store's rules without a database: for tests of what is decided. Keeps every change that was made. */
export class Board {
  readonly records = new Map<string, AlertRecord>();
  readonly log: { before: AlertRecord | undefined; after: AlertRecord; events: AlertEvent[] }[] = [];
  home: HomeFacts = plainHome;
  policyFor: PolicyFor = policyChooser([]);

  unresolved(key: string): AlertRecord | undefined {
    return [...this.records.values()].find(
      ({ alert }) => alert.dedupKey === key && alert.state !== 'resolved',
    );
  }

  signal(signal: Signal, now = signal.receivedAt): Alert | undefined {
    return this.decideOn(signal, now).alert;
  }

  decideOn(signal: Signal, now = signal.receivedAt): SignalDecision & { alert: Alert | undefined } {
    const before = this.unresolved(signal.dedupKey);
    const resolved = [...this.records.values()].filter(({ alert }) => alert.dedupKey === signal.dedupKey);
    const decision = decideSignal(before, signal, {
      now,
      home: this.home,
      policyFor: this.policyFor,
      newAlertId: `a${this.records.size + 1}`,
      previousAlertId: before === undefined ? (resolved.at(-1)?.alert.id ?? null) : null,
    });
    return { ...decision, alert: this.#apply(before, decision.events) };
  }

  command(id: string, command: AlertCommand, now: number): CommandDecision {
    const before = this.get(id);
    const other = this.unresolved(before.alert.dedupKey);
    const decision = decideCommand(before, command, {
      now,
      policyFor: this.policyFor,
      newerUnresolved: other !== undefined && other.alert.id !== id,
    });
    if (decision.ok) this.#apply(before, decision.events);
    return decision;
  }

  /** What a machine other than a detector decided. */
  machine(id: string, events: AlertEvent[]): Alert {
    const alert = this.#apply(this.get(id), events);
    if (alert === undefined) throw new Error('no events');
    return alert;
  }

  get(id: string): AlertRecord {
    const record = this.records.get(id);
    if (record === undefined) throw new Error(`no alert ${id}`);
    return record;
  }

  #apply(before: AlertRecord | undefined, events: AlertEvent[]): Alert | undefined {
    if (events.length === 0) return before?.alert;
    const after = evolveAll(before, events);
    this.records.set(after.alert.id, after);
    this.log.push({ before, after, events });
    return after.alert;
  }
}
