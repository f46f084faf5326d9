import type { WindowLimits } from '../limits.ts';

/** What one connection has waiting for its acceptance. Bytes are of payloads. */
export interface Waiting {
  readonly submitted: number;
  readonly submittedBytes: number;
  readonly held: number;
  readonly heldBytes: number;
  /** Accepted, and not yet taken by aedes. */
  readonly unforwarded: number;
  readonly unforwardedBytes: number;
}

/** What the rest of the process says: the intake is saturated; all connections together hold too much. */
export interface Pressure {
  readonly saturated: boolean;
  readonly overfull: boolean;
}

/** Whether telemetry may be submitted now; presses always may. Telemetry never overtakes telemetry of its connection. */
export function maySubmit(
  { submitted, submittedBytes, held }: Waiting,
  bytes: number,
  limits: WindowLimits,
  pressure: Pressure,
): boolean {
  return (
    held === 0 &&
    hasRoom(submitted, submittedBytes, bytes, limits) &&
    (!pressure.saturated || isItsOne(submitted, bytes))
  );
}

/** Whether the first of the held may be submitted. */
export const mayRelease = (
  { submitted, submittedBytes }: Waiting,
  bytes: number,
  limits: WindowLimits,
  pressure: Pressure,
): boolean =>
  hasRoom(submitted, submittedBytes, bytes, limits) && (!pressure.saturated || isItsOne(submitted, bytes));

/**
 * One small message each connection may always have under way. Whoever floods keeps the intake saturated, and a home that
 * says something once a second would wait for ever, its button's acknowledgement in order behind it.
 */
const isItsOne = (submitted: number, bytes: number): boolean => submitted === 0 && bytes <= SMALL_BYTES;
const SMALL_BYTES = 1_024;

/** A payload that is larger than the whole window passes when nothing else is under way. */
const hasRoom = (count: number, have: number, bytes: number, limits: WindowLimits): boolean =>
  count === 0 || (count < limits.messages && have + bytes <= limits.bytes);

/** Whether the socket must no longer be read. */
export function mustPause(waiting: Waiting, limits: WindowLimits, pressure: Pressure): boolean {
  const count = waiting.submitted + waiting.held + waiting.unforwarded;
  const bytes = waiting.submittedBytes + waiting.heldBytes + waiting.unforwardedBytes;
  if (pressure.overfull && count > 0) return true;
  return count >= limits.lookAheadMessages || bytes >= limits.lookAheadBytes;
}

/** Whether a socket that was paused is read again: with some room, so that it does not stop and go at every packet. */
export const mayResume = (waiting: Waiting, limits: WindowLimits, pressure: Pressure): boolean =>
  !mustPause(waiting, halved(limits), pressure);

const halved = (limits: WindowLimits): WindowLimits => ({
  ...limits,
  lookAheadMessages: Math.max(1, limits.lookAheadMessages / 2),
  lookAheadBytes: Math.max(1, limits.lookAheadBytes / 2),
});
