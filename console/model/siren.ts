import type { Alert } from './api-types.ts';

/**
 * What should sound. Priority 1 waiting for a person: two tones, repeated, louder every ten seconds to a limit.
 * Nothing but an acknowledgement ends it: there is no mute.
 */
export interface Siren {
  ringing: boolean;
  /** Oldest moment from which this console has been ringing; null while silent. */
  sinceMs: number | null;
  /** 0–1. */
  gain: number;
  /** How many priority-1 alarms wait. */
  waiting: number;
}
export const SILENT: Siren = { ringing: false, sinceMs: null, gain: 0, waiting: 0 };

const FIRST_GAIN = 0.25;
const STEP_GAIN = 0.15;
const STEP_MS = 10_000;
const LAST_GAIN = 1;

/** A test press is shown, not rung for: the operator on the telephone with the tester sees it. */
const rings = (a: Alert): boolean =>
  a.priority === 1 && (a.state === 'open' || a.state === 'pending') && !a.test && !a.synthetic;

/** `unconfirmed`: calls of which there is no alarm yet, and which nobody here has noted. */
export function sirenOf(alerts: Iterable<Alert>, before: Siren, nowMs: number, unconfirmed = 0): Siren {
  let waiting = unconfirmed;
  for (const a of alerts) if (rings(a)) waiting += 1;
  if (waiting === 0) return SILENT;
  const sinceMs = before.sinceMs ?? nowMs;
  const steps = Math.floor((nowMs - sinceMs) / STEP_MS);
  return { ringing: true, sinceMs, gain: Math.min(LAST_GAIN, FIRST_GAIN + steps * STEP_GAIN), waiting };
}

/** Alarms that call for the single tone: priority 2, newly waiting; a returned one counts as new. */
export function chimesFor(before: ReadonlyMap<string, Alert>, after: ReadonlyMap<string, Alert>): number {
  let chimes = 0;
  for (const a of after.values()) {
    if (before.get(a.id) === a) continue;
    if (isChime(a) && !isChime(before.get(a.id))) chimes += 1;
  }
  return chimes;
}
const isChime = (a: Alert | undefined): boolean =>
  a !== undefined &&
  (a.priority === 2 || (a.priority === 1 && a.test)) &&
  (a.state === 'open' || a.state === 'pending') &&
  !a.synthetic;

/** Priority-1 alarms that newly wait for a person: announced to screen readers, once each. */
export function newlyRinging(before: ReadonlyMap<string, Alert>, after: ReadonlyMap<string, Alert>): Alert[] {
  const found: Alert[] = [];
  for (const a of after.values()) {
    const was = before.get(a.id);
    if (was !== a && rings(a) && !(was && rings(was))) found.push(a);
  }
  return found;
}
