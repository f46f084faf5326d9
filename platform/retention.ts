/**
 * How long each kind of data is kept, in days: `RETENTION`, a list such as `readings=400,positions=90`. Pure. What is not
 * here has a time of its own (message ids, the stream) or is kept for good: alerts, orders, the audit log (never under
 * six months, in fact never deleted), the time bank.
 */
export const RETENTION_KINDS = {
  readings: {
    atLeast: 30,
    unless: undefined,
    of: 'readings of devices, vital signs and positions among them',
  },
  positions: { atLeast: 7, unless: undefined, of: 'positions, where they go sooner than other readings' },
  'dead-letters': { atLeast: 7, unless: 90, of: 'messages that could not be taken' },
  handovers: { atLeast: 7, unless: 365, of: 'notes from shift to shift' },
  notices: { atLeast: 7, unless: 365, of: 'what was sent to gateways, without names and numbers' },
  'visit-notes': {
    atLeast: 183,
    unless: undefined,
    of: 'what caregivers wrote about visits, and where they were',
  },
  prompts: { atLeast: 1, unless: 30, of: 'what was asked or ordered through devices' },
} as const satisfies Record<string, { atLeast: number; unless: number | undefined; of: string }>;

export type RetentionKind = keyof typeof RETENTION_KINDS;
/** Days; undefined: for good. */
export type Retention = Readonly<Record<RetentionKind, number | undefined>>;

const isKind = (text: string): text is RetentionKind => Object.hasOwn(RETENTION_KINDS, text);

const KINDS = Object.keys(RETENTION_KINDS) as RetentionKind[];

/** `text` undefined: what applies unless said otherwise. A number of days, or `forever`. */
export function parseRetention(
  text: string | undefined,
): { ok: true; retention: Retention } | { ok: false; problems: string[] } {
  const retention = Object.fromEntries(KINDS.map((kind) => [kind, RETENTION_KINDS[kind].unless])) as Record<
    RetentionKind,
    number | undefined
  >;
  const problems: string[] = [];
  for (const item of (text ?? '').split(',').map((part) => part.trim())) {
    if (item === '') continue;
    const [kind = '', days = ''] = item.split('=').map((part) => part.trim());
    if (!isKind(kind)) problems.push(`must name ${KINDS.join(', ')}`);
    else if (days === 'forever') retention[kind] = undefined;
    else if (!/^\d{1,5}$/.test(days)) problems.push(`${kind} wants a number of days, or forever`);
    else if (Number(days) < RETENTION_KINDS[kind].atLeast)
      problems.push(`${kind} are kept at least ${RETENTION_KINDS[kind].atLeast} days`);
    else retention[kind] = Number(days);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, retention };
}
