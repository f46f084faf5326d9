import type { AlertKind, Disposition, Evidence, FrozenPolicy, Priority } from '../schemas/alert.ts';
import type { Service } from '../schemas/channels.ts';

/** ISO 8601 UTC with ms. */
type Time = string;

/**
 * What can happen to an alert. One change is a list of these, stored in one row of `alert_events` under the version
 * that it made; folding all of them with `evolve` gives the alert (proved by test).
 */
export type AlertEvent = { at: Time } & (
  | {
      type: 'opened';
      id: string;
      kind: AlertKind;
      priority: Priority;
      state: 'pending' | 'open';
      dedupKey: string;
      homeId: string;
      residentId: string | null;
      street: string;
      occurredAt: Time;
      receivedAt: Time;
      deadlineAt: Time;
      previousAlertId: string | null;
      service: Service | null;
      test: boolean;
      synthetic: boolean;
      policy: FrozenPolicy;
    }
  | {
      type: 'joined';
      evidence: Evidence[];
      deviceId: string | null;
      /** A person called with it (a press). */
      call: boolean;
      /** Kind that it raised by itself; null: mere support. */
      raised: AlertKind | null;
      /** Nothing of a test or a canary about it: the alert is none any more either. */
      real: boolean;
    }
  /** Graver than before. With a graver priority the policy of the graver kind counts, from its first step: a new opening. */
  | { type: 'raised'; kind: AlertKind; priority: Priority; policy: FrozenPolicy | null; deadlineAt: Time }
  /** The asking is over and the alert is open; `since` then its policy counts, even if that was noticed late. */
  | { type: 'verified'; verdict: Verdict; priority: Priority; since: Time; deadlineAt: Time }
  | { type: 'asked'; promptId: string; deviceIds: string[] }
  /** A new call on an alert that somebody had acknowledged: open again, notified again (I8). */
  | { type: 'called_again'; reason: 'call' | 'graver' | 'help' | 'real'; deadlineAt: Time }
  | { type: 'acknowledged'; by: string; note: string | null; deadlineAt: Time }
  | { type: 'acknowledgement_lapsed'; by: string; was: string; deadlineAt: Time }
  | { type: 'resolved'; by: string; disposition: Disposition; note: string | null }
  | { type: 'reopened'; by: string; note: string | null; policy: FrozenPolicy; deadlineAt: Time }
  | { type: 'noted'; by: string; text: string }
  /** A step of the policy (or a standing round) was carried out; the numbers are those that come next. */
  | {
      type: 'escalated';
      by: string;
      to: string;
      note: string | null;
      step: number;
      attempts: number;
      rounds: number;
      stepSince: Time;
    }
  /** Something happened to an order of this alert. */
  | { type: 'order'; orderId: string; what: string; by: string; note: string | null; person: boolean }
  /** Nothing is to be done but one thing by a person; said once. */
  | { type: 'reminded'; note: string }
  /** The engine looks again at that time. */
  | {
      type: 'deadline';
      deadlineAt: Time;
      progress?: { step: number; attempts: number; rounds: number; stepSince: Time };
    }
);

export type Verdict = 'help' | 'silence' | 'confirmed' | 'call' | 'nobody_to_ask' | 'other_evidence';

export type AlertEventType = AlertEvent['type'];
export type EventOf<T extends AlertEventType> = Extract<AlertEvent, { type: T }>;
