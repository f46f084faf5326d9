import type { ClockVerdict } from '../../schemas/inbound.ts';

/**
 * What a device's clock is worth. Only the future is a wrong clock: the past is late data (stored and forwarded, or a
 * recording) and is kept as it is, however old. All times in ms since the epoch.
 */
export interface ClockReading {
  occurredAt: number;
  verdict: ClockVerdict;
  /** What the device said, on our scale; undefined: nothing that can be read. */
  statedAt: number | undefined;
}

/** A clock ahead by this much or less is a clock that is a little fast: now, and nothing to count. Inclusive. */
export const AHEAD_TOLERANCE_MS = 60_000;
/** Older than this on arrival is `late`. Exclusive. */
export const LATE_AFTER_MS = 60_000;

/** As ms these are 1970 to 1973, as seconds 1998 to 5138: no device in use means the former. */
const FIRST_S = 9e8;
const FIRST_MS = 1e11;
/** As ms the year 5138 and beyond. */
const FIRST_US = 1e14;
const FIRST_NS = 1e17;

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Whether `ts` is a number or an ISO 8601 time with an offset; only then may it be read. */
export function isTimestamp(ts: unknown): ts is number | string {
  if (typeof ts === 'number') return Number.isFinite(ts);
  return typeof ts === 'string' && ISO.test(ts) && !Number.isNaN(Date.parse(ts));
}

export function readClock(ts: number | string | undefined, receivedAt: number): ClockReading {
  if (ts === undefined) return { occurredAt: receivedAt, verdict: 'absent', statedAt: undefined };
  const value = typeof ts === 'number' ? ts : Date.parse(ts);
  if (!Number.isFinite(value) || value < 0)
    return { occurredAt: receivedAt, verdict: 'unreadable', statedAt: undefined };
  const scale = typeof ts === 'number' ? unitOf(value) : 1;
  const statedAt = Math.trunc(value * scale);
  if (statedAt > receivedAt + AHEAD_TOLERANCE_MS)
    return { occurredAt: receivedAt, verdict: 'ahead', statedAt };
  const occurredAt = Math.min(statedAt, receivedAt);
  if (scale !== 1) return { occurredAt, verdict: 'unit', statedAt };
  return { occurredAt, verdict: receivedAt - occurredAt > LATE_AFTER_MS ? 'late' : 'ok', statedAt };
}

/** What one unit of the number is in ms, by its magnitude. */
function unitOf(value: number): number {
  if (value >= FIRST_NS) return 1e-6;
  if (value >= FIRST_US) return 1e-3;
  if (value >= FIRST_S && value < FIRST_MS) return 1e3;
  return 1;
}
