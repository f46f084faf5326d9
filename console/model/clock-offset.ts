/**
 * How far the service's clock is ahead of the browser's, from a response's `Date` header. That header has whole
 * seconds, so differences below two seconds are noise and count as none: a timer that is right to the second must
 * not jump.
 */
export function clockOffsetMs(
  dateHeader: string | null,
  sentMs: number,
  receivedMs: number,
): number | undefined {
  const serverMs = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  if (Number.isNaN(serverMs)) return undefined;
  const offset = serverMs + 500 - (sentMs + receivedMs) / 2;
  return Math.abs(offset) < 2000 ? 0 : Math.round(offset);
}
