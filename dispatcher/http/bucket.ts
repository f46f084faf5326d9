const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Longest list of buckets one answer may hold for one device and channel. */
export const MOST_BUCKETS = 10_000;

/** `5m`, `1h`, `30s`, `1d` as seconds, whole and at least 1; undefined for anything else. */
export function bucketSeconds(text: string): number | undefined {
  const match = /^(\d{1,6})(s|m|h|d|w)$/.exec(text);
  if (match === null) return undefined;
  const seconds = Number(match[1]) * (UNIT_S[match[2] ?? ''] ?? 0);
  return seconds >= 1 ? seconds : undefined;
}
