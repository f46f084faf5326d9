import type { Alert, Evidence, TimelineEntry } from '../schemas/alert.ts';
import { KEEP, type Keep, type Omitted, withEntries } from './bounded.ts';
import type { AlertEvent, EventOf } from './events.ts';
import type { AlertRecord, AlertWork } from './record.ts';

/** The record after one event. Total: events are facts, nothing is refused here. The version is the store's. */
export function evolve(record: AlertRecord | undefined, event: AlertEvent, keep: Keep = KEEP): AlertRecord {
  if (event.type === 'opened') return opened(event);
  if (record === undefined) throw new Error(`an alert's first event is opened, not ${event.type}`);
  return change(record, event, keep);
}

/** A change of an existing record: all its events, one new version. */
export function evolveAll(
  record: AlertRecord | undefined,
  events: readonly AlertEvent[],
  keep: Keep = KEEP,
): AlertRecord {
  let next = record;
  for (const event of events) next = evolve(next, event, keep);
  if (next === undefined) throw new Error('a change without events');
  const version = (record?.alert.version ?? 0) + 1;
  return { ...next, alert: { ...next.alert, version } };
}

function opened(event: EventOf<'opened'>): AlertRecord {
  const what = event.state === 'pending' ? 'pending' : 'opened';
  return {
    alert: {
      id: event.id,
      kind: event.kind,
      priority: event.priority,
      state: event.state,
      disposition: null,
      dedupKey: event.dedupKey,
      version: 0,
      homeId: event.homeId,
      residentId: event.residentId,
      deviceIds: [],
      street: event.street,
      occurredAt: event.occurredAt,
      receivedAt: event.receivedAt,
      committedAt: event.at,
      openedAt: event.at,
      publishedAt: null,
      acknowledgedAt: null,
      acknowledgedBy: null,
      resolvedAt: null,
      resolvedBy: null,
      deadlineAt: event.deadlineAt,
      evidence: [],
      timeline: [entry(event, what, 'system', null)],
      previousAlertId: event.previousAlertId,
      orderIds: [],
      test: event.test,
      synthetic: event.synthetic,
      calls: 0,
      escalationStep: 0,
      service: event.service,
    },
    work: {
      policy: event.policy,
      ...freshOpening(1, event.at),
      raisedBy: [event.kind],
      ask: null,
      served: null,
      touchedAt: event.at,
    },
  };
}

type Progress = Pick<AlertWork, 'opening' | 'step' | 'attempts' | 'stepSince' | 'rounds'>;
const freshOpening = (opening: number, at: string): Progress => ({
  opening,
  step: 0,
  attempts: 0,
  stepSince: at,
  rounds: 0,
});

const entry = (event: AlertEvent, what: string, by: string, note: string | null): TimelineEntry => ({
  at: event.at,
  what,
  by,
  note,
});

/** Open again: nobody is named, nobody has resolved, the policy starts from its first step. */
const openAgain = {
  state: 'open',
  acknowledgedAt: null,
  acknowledgedBy: null,
  resolvedAt: null,
  resolvedBy: null,
  disposition: null,
  escalationStep: 0,
} as const satisfies Partial<Alert>;

function change(
  record: AlertRecord,
  event: Exclude<AlertEvent, { type: 'opened' }>,
  keep: Keep,
): AlertRecord {
  const { alert, work } = record;
  const next = (
    patch: Partial<Alert>,
    what?: TimelineEntry,
    workPatch?: Partial<AlertWork>,
  ): AlertRecord => ({
    alert: { ...alert, ...patch, ...(what && timelineWith(alert, what, keep)) },
    work: workPatch ? { ...work, ...workPatch } : work,
  });
  const newOpening = () => freshOpening(work.opening + 1, event.at);

  switch (event.type) {
    case 'joined':
      return joined(record, event, keep);
    case 'raised':
      return next(
        {
          kind: event.kind,
          priority: event.priority,
          deadlineAt: event.deadlineAt,
          ...(event.policy && { escalationStep: 0 }),
        },
        entry(
          event,
          'raised',
          'system',
          `${alert.kind} P${alert.priority} → ${event.kind} P${event.priority}`,
        ),
        event.policy ? { policy: event.policy, ...newOpening() } : {},
      );
    case 'verified':
      return next(
        { state: 'open', priority: event.priority, deadlineAt: event.deadlineAt },
        entry(event, 'verified', event.verdict === 'help' ? 'resident' : 'system', event.verdict),
        { stepSince: event.since },
      );
    case 'asked':
      return next({}, entry(event, 'asked', 'system', event.deviceIds.join(', ')), {
        ask: { promptId: event.promptId, deviceIds: event.deviceIds },
      });
    case 'called_again':
      return next(
        { ...openAgain, deadlineAt: event.deadlineAt },
        entry(event, 'called_again', event.reason === 'help' ? 'resident' : 'system', event.reason),
        newOpening(),
      );
    case 'acknowledged':
      return next(
        {
          state: 'acknowledged',
          acknowledgedAt: event.at,
          acknowledgedBy: event.by,
          deadlineAt: event.deadlineAt,
        },
        entry(event, 'acknowledged', event.by, event.note),
        { touchedAt: event.at },
      );
    case 'acknowledgement_lapsed':
      return next(
        { ...openAgain, deadlineAt: event.deadlineAt },
        entry(event, 'acknowledgement_lapsed', event.by, `was acknowledged by ${event.was}`),
        newOpening(),
      );
    case 'resolved':
      return next(
        {
          state: 'resolved',
          resolvedAt: event.at,
          resolvedBy: event.by,
          disposition: event.disposition,
          deadlineAt: null,
        },
        entry(event, 'resolved', event.by, event.note ?? event.disposition),
      );
    case 'reopened':
      return next(
        { ...openAgain, deadlineAt: event.deadlineAt },
        entry(event, 'reopened', event.by, event.note),
        { ...newOpening(), policy: event.policy, touchedAt: event.at },
      );
    case 'noted':
      return next({}, entry(event, 'note', event.by, event.text), { touchedAt: event.at });
    case 'escalated':
      return next(
        { escalationStep: Math.max(alert.escalationStep, escalationStep(work.policy.steps.length, event)) },
        entry(event, 'escalated', event.by, event.note === null ? event.to : `${event.to}: ${event.note}`),
        {
          step: event.step,
          attempts: event.attempts,
          rounds: event.rounds,
          stepSince: event.stepSince,
          ...(event.by !== 'system' && { touchedAt: event.at }),
        },
      );
    case 'order':
      return next(
        {
          orderIds: alert.orderIds.includes(event.orderId)
            ? alert.orderIds
            : [...alert.orderIds, event.orderId],
        },
        entry(event, `order_${event.what}`, event.by, event.note),
        {
          ...(event.person && { touchedAt: event.at }),
          ...(event.what === 'completed' && { served: { opening: work.opening, at: event.at } }),
        },
      );
    case 'reminded':
      return next(
        {},
        entry(event, 'reminder', 'system', event.note),
        work.served ? { served: { ...work.served, reminded: true } } : {},
      );
    case 'deadline':
      return next({ deadlineAt: event.deadlineAt }, undefined, event.progress);
  }
}

/** How many steps of the policy have been carried out: the one in work counts. */
const escalationStep = (steps: number, event: EventOf<'escalated'>): number =>
  Math.min(steps, event.step + (event.attempts > 0 ? 1 : 0));

/** `omitted` is there only where something is. */
function omittedWith(alert: Alert, part: 'evidence' | 'timeline', omitted: Omitted): Pick<Alert, 'omitted'> {
  return Object.keys(omitted).length === 0 ? {} : { omitted: { ...alert.omitted, [part]: omitted } };
}

function timelineWith(alert: Alert, what: TimelineEntry, keep: Keep): Partial<Alert> {
  // What people write down is never left out.
  if (what.what === 'note') return { timeline: [...alert.timeline, what] };
  const before = { list: alert.timeline, omitted: alert.omitted?.timeline ?? {} };
  const { list, omitted } = withEntries(before, [what], (each) => each.what, keep);
  return { timeline: list, ...omittedWith(alert, 'timeline', omitted) };
}

function evidenceWith(alert: Alert, evidence: readonly Evidence[], keep: Keep): Partial<Alert> {
  const before = { list: alert.evidence, omitted: alert.omitted?.evidence ?? {} };
  const { list, omitted } = withEntries(before, evidence, (each) => each.kind, keep);
  return { evidence: list, ...omittedWith(alert, 'evidence', omitted) };
}

function joined({ alert: before, work }: AlertRecord, event: EventOf<'joined'>, keep: Keep): AlertRecord {
  const alert = { ...before, ...evidenceWith(before, event.evidence, keep) };
  const { deviceId, raised } = event;
  const again = event.call && alert.calls > 0;
  return {
    alert: {
      ...alert,
      deviceIds:
        deviceId === null || alert.deviceIds.includes(deviceId)
          ? alert.deviceIds
          : [...alert.deviceIds, deviceId],
      calls: alert.calls + (event.call ? 1 : 0),
      test: alert.test && !event.real,
      synthetic: alert.synthetic && !event.real,
      ...(again &&
        timelineWith(
          alert,
          entry(event, 'pressed_again', deviceId === null ? 'resident' : `device:${deviceId}`, null),
          keep,
        )),
    },
    work:
      raised === null || work.raisedBy.includes(raised)
        ? work
        : { ...work, raisedBy: [...work.raisedBy, raised] },
  };
}
