import type { AlertKind, Priority } from '../../schemas/alert.ts';
import { dedupKey } from '../../schemas/alert.ts';
import type { EvidenceKind } from '../../schemas/evidence.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import { LIFE_SAFETY_KINDS } from '../../schemas/registry.ts';
import type { Signal, SignalEvidence } from '../../schemas/signal.ts';
import type { HomeProfile, StepContext } from './detector.ts';

/** What a detector found, from which the home's emergency signal is made; what is not said comes from the event. */
export interface Finding {
  kind: AlertKind;
  priority: Priority;
  effect: Signal['effect'];
  /** A new one: one line in `schemas/evidence.ts`. */
  evidenceKind: EvidenceKind;
  /** One sentence in Chinese, for the operator. */
  text: string;
  data?: Record<string, unknown>;
  /** Default true: speaks for the emergency. */
  for?: boolean;
  more?: Partial<Signal>;
}

/** A signal on the home's one emergency, unless `more.dedupKey` says otherwise. */
export function conclude(event: DeviceEvent, context: StepContext, finding: Finding): Signal {
  const { home } = context;
  const data = event.marks.length > 0 ? { ...finding.data, marks: event.marks } : (finding.data ?? {});
  return {
    kind: finding.kind,
    priority: finding.priority,
    dedupKey: dedupKey.emergency(home.homeId),
    homeId: home.homeId,
    street: home.street,
    deviceId: event.deviceId,
    occurredAt: event.occurredAt,
    receivedAt: event.receivedAt,
    effect: finding.effect,
    evidence: [
      {
        at: event.occurredAt,
        kind: finding.evidenceKind,
        deviceId: event.deviceId,
        messageId: event.messageId,
        text: finding.text,
        data,
        for: finding.for ?? true,
      },
    ],
    settingsVersion: home.settingsVersion,
    ...(home.mode === 'test' && { test: true }),
    ...finding.more,
  };
}

/** A signal that rests on time rather than on one message. */
export function concludeAt(
  atMs: number,
  context: StepContext,
  finding: Omit<Finding, 'evidenceKind' | 'text' | 'data' | 'for'>,
  evidence: readonly Omit<SignalEvidence, 'at'>[],
): Signal {
  const { home } = context;
  return {
    kind: finding.kind,
    priority: finding.priority,
    dedupKey: dedupKey.emergency(home.homeId),
    homeId: home.homeId,
    street: home.street,
    deviceId: null,
    occurredAt: atMs,
    receivedAt: context.now,
    effect: finding.effect,
    evidence: evidence.map((item) => ({ at: atMs, ...item })),
    settingsVersion: home.settingsVersion,
    ...(home.mode === 'test' && { test: true }),
    ...finding.more,
  };
}

/** Technical alerts are 4, or 3 when the device is the home's only way to call for help (contract.md, *Alerts*). */
export function technicalPriority(home: HomeProfile, deviceId: string): 3 | 4 {
  const lifeSafety = [...home.devices.values()].filter((device) => LIFE_SAFETY_KINDS.includes(device.kind));
  return lifeSafety.length === 1 && lifeSafety[0]?.deviceId === deviceId ? 3 : 4;
}
