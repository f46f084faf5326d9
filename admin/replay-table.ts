/** What the API says of a replay, as far as the table shows it. */
export interface ReplayAnswer {
  readonly did: readonly Shown[];
  readonly both: readonly { readonly before: Shown; readonly tried: Shown }[];
  readonly added: readonly Shown[];
  readonly gone: readonly Shown[];
  readonly items: number;
}
interface Shown {
  readonly kind: string;
  readonly priority: number;
  readonly openedAt: string;
  readonly disposition?: string | null;
  readonly because: readonly string[];
}

/** Two tables: what happened, and what the replay makes of it, in the order of time. Local times of this machine. */
export function replayTable({ did, both, added, gone, items }: ReplayAnswer): string {
  const change = ({ before, tried }: ReplayAnswer['both'][number]): string => {
    const minutes = Math.round((Date.parse(tried.openedAt) - Date.parse(before.openedAt)) / 60_000);
    const when = minutes === 0 ? 'same' : minutes < 0 ? `${-minutes} min earlier` : `${minutes} min later`;
    return tried.priority === before.priority ? when : `${when}, P${before.priority} → P${tried.priority}`;
  };
  const rows = [
    ...both.map((pair) => ({ mark: ' ', what: change(pair), alert: pair.tried })),
    ...added.map((alert) => ({ mark: '+', what: 'only when tried', alert })),
    ...gone.map((alert) => ({ mark: '-', what: 'no more', alert })),
  ].sort((a, b) => a.alert.openedAt.localeCompare(b.alert.openedAt));
  return [
    `did alert: ${did.length}`,
    ...did.map((one) => `  ${lineOf(one)}  ${one.disposition ?? 'unresolved'}  ${one.because.join('; ')}`),
    `replayed over ${items} readings and inputs; + only under the settings that are tried, - no more under them`,
    ...rows.map(({ mark, what, alert }) => `${mark} ${lineOf(alert)}  ${what}  ${alert.because.join('; ')}`),
    `as it was: ${both.length + gone.length}, tried: ${both.length + added.length}`,
  ].join('\n');
}

const lineOf = ({ openedAt, kind, priority }: Shown): string =>
  `${new Date(openedAt).toLocaleString('sv-SE')}  P${priority} ${kind.padEnd(16)}`;
