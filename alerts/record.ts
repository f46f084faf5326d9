import type { Alert, AlertKind, FrozenPolicy, Priority } from '../schemas/alert.ts';
import { KIND_GRAVITY } from '../schemas/alert.ts';

/**
 * An alert as it is stored: what the world sees (`alerts.doc`) and what only the machine needs (`alerts.work`).
 * Plain JSON, times in ISO 8601.
 */
export interface AlertRecord {
  /** `publishedAt` is null here: the relay writes it beside the document, and it is no change of the alert. */
  alert: Alert;
  work: AlertWork;
}

export interface AlertWork {
  /** As it stood when the alert opened, or was opened anew (I9). */
  policy: FrozenPolicy;
  /** Counts the calls: 1, then one more for every new call, reopening and lapsed acknowledgement. */
  opening: number;
  /** Step of the policy that comes next; beyond the last one: the standing rounds. Grows within one opening (I9). */
  step: number;
  /** How often that step has been tried in this opening. */
  attempts: number;
  /** From when that step's `afterS` counts. */
  stepSince: string;
  /** Rounds after the last step of the policy: the supervisor is told again and again. */
  rounds: number;
  /** Kinds of the signals that opened it or joined as reasons of their own (not as mere support). */
  raisedBy: AlertKind[];
  /** The question that a pending fall has put to the resident. */
  ask: { promptId: string; deviceIds: string[] } | null;
  /** A visit for this opening has been completed: what is missing now is a person who ends the alert. */
  served: { opening: number; at: string; reminded?: boolean } | null;
  /** The last time a person did something about it; an acknowledgement without such an act goes stale (I8). */
  touchedAt: string;
}

/** Whether `a` is graver than `b`: by priority, then by kind. */
export function graver(
  a: { kind: AlertKind; priority: Priority },
  b: { kind: AlertKind; priority: Priority },
): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  return KIND_GRAVITY.indexOf(a.kind) < KIND_GRAVITY.indexOf(b.kind);
}
