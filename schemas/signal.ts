import type { AlertKind, Evidence, Priority } from './alert.ts';
import type { Service } from './channels.ts';
import type { EvidenceKind } from './evidence.ts';

/**
 * A detector's conclusion, and all that fusion needs to open or join an alert. Pure data; times in ms since the epoch.
 */
export interface Signal {
  kind: AlertKind;
  priority: Priority;
  /** From `dedupKey` in alert.ts. */
  dedupKey: string;
  homeId: string;
  street: string;
  deviceId: string | null;
  occurredAt: number;
  receivedAt: number;
  evidence: SignalEvidence[];
  /**
   * `call`: somebody calls (a press): re-opens an acknowledged alert as a new call.
   * `raise`: opens, or joins; re-opens an acknowledged one only if graver than what it was.
   * `support`: evidence for or against only: joins an unresolved alert of the key, never opens one.
   * `clear`: the condition is over: resolves an alert of priority 3–4 with a reason (never 1–2), else joins as evidence against.
   */
  effect: 'call' | 'raise' | 'support' | 'clear';
  /** A suspected fall asks first: `pending` where the home can ask, open otherwise. */
  verify?: boolean;
  /** The resident answered a prompt (`reply`), or cleared the fall on the device: decides a pending fall. */
  answer?: 'ok' | 'help';
  promptId?: string;
  service?: Service;
  test?: boolean;
  synthetic?: boolean;
  /** Version of the settings that decided; shown in evidence data. */
  settingsVersion?: number;
}

export type SignalEvidence = Omit<Evidence, 'at' | 'kind'> & { at: number; kind: EvidenceKind };
