import type { Alert, AlertKind, Disposition, Evidence, FrozenPolicy, Priority } from '../schemas/alert.ts';
import { toIso } from '../schemas/ids.ts';
import type { Signal } from '../schemas/signal.ts';
import { openDeadlineMs, VERIFY_WINDOW_MS } from './deadlines.ts';
import type { AlertEvent, EventOf, Verdict } from './events.ts';
import { type AlertRecord, graver } from './record.ts';

/** What fusion must know of the signal's home; from the registry, without names. */
export interface HomeFacts {
  /** The one resident of the home; null when there are several, or none. */
  residentId: string | null;
  /** A smart screen or robot lives here. */
  canAsk: boolean;
  /** Default 20 s. */
  verifyWindowMs?: number;
  /** Nobody lives there: it is the canary's (contract.md, `synthetic`). */
  synthetic?: boolean;
}

export interface SignalContext {
  now: number;
  home: HomeFacts;
  policyFor(kind: AlertKind): FrozenPolicy;
  /** Id of the alert, should one open. */
  newAlertId: string;
  /** The last resolved alert of the key. */
  previousAlertId: string | null;
}

export interface SignalDecision {
  /** I14: signals = opened + joined + ignored; ignored are only support and clears that found nothing open. */
  outcome: 'opened' | 'joined' | 'ignored';
  events: AlertEvent[];
}

/**
 * What a signal does to the unresolved alert of its key (contract.md, *Alerts*). I7: nothing here lowers a priority or
 * a kind, drops evidence, or ends an alert of priority 1 or 2; the one exception is a pending fall that the resident
 * answers.
 */
export function decideSignal(
  record: AlertRecord | undefined,
  given: Signal,
  context: SignalContext,
): SignalDecision {
  const signal = context.home.synthetic === true ? { ...given, synthetic: true } : given;
  if (record === undefined) return open(signal, context);
  if (record.alert.state === 'resolved') throw new Error('a signal joins unresolved alerts only');
  const join = joinEvent(signal, context.now);
  const rest =
    record.alert.state === 'pending'
      ? whilePending(record, signal, context)
      : whileOpen(record, signal, context);
  return { outcome: 'joined', events: [join, ...rest] };
}

const reason = (signal: Signal): boolean => signal.effect === 'call' || signal.effect === 'raise';
const real = (signal: Signal): boolean => reason(signal) && !signal.test && !signal.synthetic;

/** A suspected fall that nobody is being asked about counts as a fall: priority 1. */
const unverified = (signal: Signal): Priority => (signal.verify ? 1 : signal.priority);

function open(signal: Signal, context: SignalContext): SignalDecision {
  if (!reason(signal)) return { outcome: 'ignored', events: [] };
  const { now, home } = context;
  const asks = signal.verify === true && home.canAsk;
  const policy = context.policyFor(signal.kind);
  const flags = { test: signal.test ?? false, synthetic: signal.synthetic ?? false };
  const priority = asks ? signal.priority : unverified(signal);
  const deadlineMs = asks
    ? now + (home.verifyWindowMs ?? VERIFY_WINDOW_MS)
    : openDeadlineMs({ priority, ...flags }, policy, now);
  return {
    outcome: 'opened',
    events: [
      {
        type: 'opened',
        at: toIso(now),
        id: context.newAlertId,
        kind: signal.kind,
        priority,
        state: asks ? 'pending' : 'open',
        dedupKey: signal.dedupKey,
        homeId: signal.homeId,
        residentId: home.residentId,
        street: signal.street,
        occurredAt: toIso(signal.occurredAt),
        receivedAt: toIso(signal.receivedAt),
        deadlineAt: toIso(deadlineMs),
        previousAlertId: context.previousAlertId,
        service: signal.service ?? null,
        ...flags,
        policy,
      },
      joinEvent(signal, now),
    ],
  };
}

function joinEvent(signal: Signal, now: number): AlertEvent {
  const evidence = signal.evidence.map((item): Evidence => {
    const { settingsVersion } = signal;
    return {
      ...item,
      at: toIso(item.at),
      for: item.for && signal.effect !== 'clear',
      data: settingsVersion === undefined ? item.data : { ...item.data, settingsVersion },
    };
  });
  return {
    type: 'joined',
    at: toIso(now),
    evidence,
    deviceId: signal.deviceId,
    call: signal.effect === 'call',
    raised: reason(signal) ? signal.kind : null,
    real: real(signal),
  };
}

function whilePending(record: AlertRecord, signal: Signal, context: SignalContext): AlertEvent[] {
  const { alert, work } = record;
  const at = toIso(context.now);
  const verdict = verdictOf(signal);
  if (verdict !== undefined) {
    const kind = verdict === 'help' ? alert.kind : signal.kind;
    const policy = context.policyFor(kind);
    const deadlineAt = toIso(
      openDeadlineMs({ priority: 1, ...flagsWith(alert, signal) }, policy, context.now),
    );
    return [
      { type: 'raised', at, kind, priority: 1, policy, deadlineAt },
      { type: 'verified', at, verdict, priority: 1, since: at, deadlineAt },
    ];
  }
  if (!saysOk(signal) || !answersThis(record, signal)) return [];
  // Something else than the fall called as well: the resident's "ok" ends the asking, but not the alert.
  if (work.raisedBy.some((kind) => kind !== 'fall')) {
    const deadlineAt = toIso(openDeadlineMs(alert, work.policy, context.now));
    return [
      { type: 'verified', at, verdict: 'other_evidence', priority: alert.priority, since: at, deadlineAt },
    ];
  }
  const note = signal.promptId === undefined ? 'cleared on the device' : 'answered ok';
  return [{ type: 'resolved', at, by: 'resident', disposition: 'resident_ok', note }];
}

/** Why a signal ends the asking and makes it an emergency; undefined if it does not. */
function verdictOf(signal: Signal): Verdict | undefined {
  if (signal.answer === 'help') return 'help';
  if (signal.effect === 'call') return 'call';
  if (signal.effect === 'raise' && !signal.verify && signal.priority === 1) return 'confirmed';
  return undefined;
}

const saysOk = (signal: Signal): boolean =>
  signal.answer === 'ok' || (signal.effect === 'clear' && signal.kind === 'fall');

/** An answer to another question (of yesterday, of another alert) ends nothing. One on the device itself names no question. */
const answersThis = ({ work }: AlertRecord, signal: Signal): boolean =>
  signal.promptId === undefined || signal.promptId === work.ask?.promptId;

function whileOpen(record: AlertRecord, signal: Signal, context: SignalContext): AlertEvent[] {
  const { alert, work } = record;
  if (signal.effect === 'clear') return clear(record, signal, context);
  const help = signal.answer === 'help';
  if (!reason(signal) && !help) return [];

  const at = toIso(context.now);
  const flags = flagsWith(alert, signal);
  const said = help
    ? { kind: alert.kind, priority: 1 as const }
    : { kind: signal.kind, priority: unverified(signal) };
  const rises = graver(said, alert);
  const priority = rises ? said.priority : alert.priority;
  const policy = priority < alert.priority ? context.policyFor(said.kind) : null;
  const deadlineMs = openDeadlineMs({ priority, ...flags }, policy ?? work.policy, context.now);

  const events: AlertEvent[] = [];
  if (rises) {
    // The deadline of an open alert only ever comes nearer.
    const beforeMs = alert.deadlineAt === null ? Infinity : Date.parse(alert.deadlineAt);
    const deadlineAt = toIso(Math.min(beforeMs, deadlineMs));
    events.push({ type: 'raised', at, kind: said.kind, priority, policy, deadlineAt });
  }
  const why = calledAgain(alert, signal, rises);
  if (why !== undefined)
    events.push({ type: 'called_again', at, reason: why, deadlineAt: toIso(deadlineMs) });
  return events;
}

/** A new call: on an acknowledged alert a press, a cry for help or graver evidence; on a test the first real signal. */
function calledAgain(
  alert: Alert,
  signal: Signal,
  rises: boolean,
): EventOf<'called_again'>['reason'] | undefined {
  if (alert.state === 'acknowledged') {
    if (signal.answer === 'help') return 'help';
    if (signal.effect === 'call') return 'call';
    if (rises) return 'graver';
  }
  return real(signal) && (alert.test || alert.synthetic) ? 'real' : undefined;
}

/** Test and canary flags once the signal has joined: the first real signal ends them. */
const flagsWith = (alert: Alert, signal: Signal): { test: boolean; synthetic: boolean } =>
  real(signal) ? { test: false, synthetic: false } : { test: alert.test, synthetic: alert.synthetic };

const DISPOSITION_OF_CLEAR: Partial<Record<AlertKind, Disposition>> = {
  vitals: 'resident_ok',
  service_request: 'service_done',
};

/** The condition is over. Priority 3 and 4 end by themselves, with the reason; an emergency does not (I7). */
function clear({ alert }: AlertRecord, signal: Signal, { now }: SignalContext): AlertEvent[] {
  if (alert.priority <= 2) return [];
  const reasons = signal.evidence.map((item) => item.text).join('; ');
  return [
    {
      type: 'resolved',
      at: toIso(now),
      by: 'system',
      disposition: DISPOSITION_OF_CLEAR[alert.kind] ?? 'device_repaired',
      note: `condition over${reasons === '' ? '' : `: ${reasons}`}`,
    },
  ];
}
