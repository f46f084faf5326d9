import type { AlertKind, Priority } from '../../schemas/alert.ts';
import { dedupKey } from '../../schemas/alert.ts';
import type { EvidenceKind } from '../../schemas/evidence.ts';
import type { Signal } from '../../schemas/signal.ts';
import type { HomeFacts } from '../decide-signal.ts';

/** Signals as the detectors make them, for tests. */
export const T0 = Date.parse('2026-01-12T08:00:00.000Z');
export const HOME = 'h1';
export const STREET = '莲花';

/** What such an alert most often rests on. */
const EVIDENCE_OF: Readonly<Record<AlertKind, EvidenceKind>> = {
  sos: 'press',
  fall: 'fall_suspected',
  vitals: 'vitals_score',
  wandering: 'fence_exit',
  inactivity: 'no_movement',
  overstay: 'bathroom',
  service_request: 'service_request',
  device_offline: 'silence',
  device_fault: 'device_fault',
  low_battery: 'low_battery',
  outage: 'street_silent',
};

let made = 0;

export function signal(patch: Partial<Signal> = {}): Signal {
  const at = patch.occurredAt ?? T0;
  made += 1;
  return {
    kind: 'sos',
    priority: 1,
    dedupKey: dedupKey.emergency(patch.homeId ?? HOME),
    homeId: HOME,
    street: STREET,
    deviceId: 'd1',
    occurredAt: at,
    receivedAt: at,
    effect: 'raise',
    evidence: [
      {
        at,
        kind: EVIDENCE_OF[patch.kind ?? 'sos'],
        deviceId: patch.deviceId ?? 'd1',
        messageId: `m${made}`,
        text: '按下呼叫按钮',
        data: {},
        for: true,
      },
    ],
    ...patch,
  };
}

export const press = (patch: Partial<Signal> = {}): Signal => signal({ effect: 'call', ...patch });
export const suspectedFall = (patch: Partial<Signal> = {}): Signal =>
  signal({ kind: 'fall', priority: 2, verify: true, deviceId: 'w1', ...patch });
export const confirmedFall = (patch: Partial<Signal> = {}): Signal =>
  signal({ kind: 'fall', priority: 1, deviceId: 'w1', ...patch });
export const answer = (said: 'ok' | 'help', promptId?: string, patch: Partial<Signal> = {}): Signal =>
  signal({
    kind: 'fall',
    priority: 2,
    effect: 'support',
    answer: said,
    ...(promptId !== undefined && { promptId }),
    ...patch,
  });
export const vitals = (priority: Priority, patch: Partial<Signal> = {}): Signal =>
  signal({ kind: 'vitals', priority, ...patch });
export const inactivity = (patch: Partial<Signal> = {}): Signal =>
  signal({ kind: 'inactivity', priority: 2, deviceId: null, ...patch });
export const offline = (patch: Partial<Signal> = {}): Signal =>
  signal({
    kind: 'device_offline',
    priority: 4,
    dedupKey: dedupKey.device('d1', 'device_offline'),
    ...patch,
  });

export const homeThatAsks: HomeFacts = { residentId: 'r1', canAsk: true };
export const plainHome: HomeFacts = { residentId: 'r1', canAsk: false };
