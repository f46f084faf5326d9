/** A time-bank account and the reports' figures, as the fake service gives them. */
interface Answer {
  status: number;
  body: unknown;
}
const DAY_MS = 86_400_000;

/** Days ago and minutes, the newest first: 1,385 deposited, 120 redeemed. */
const ENTRIES: readonly (readonly [number, number])[] = [
  [1, 45],
  [3, 60],
  [6, 180],
  [9, -120],
  [13, 240],
  [20, 300],
  [28, 240],
  [36, 200],
  [45, 120],
];

export function ledger(accountId: string): Answer {
  if (accountId === 'verify')
    return {
      status: 200,
      body: { ok: true, blocks: 2, transactions: 3, entries: 6, waiting: 0, head: null, problems: [] },
    };
  return {
    status: 200,
    body: {
      accountId,
      balance: 1265,
      deposited: 1385,
      redeemed: 120,
      nextCursor: null,
      entries: ENTRIES.map(([daysAgo, minutes], i) => ({
        // At some hour of the day, not the one at which this is looked at.
        at: new Date(
          Math.floor(Date.now() / DAY_MS - daysAgo) * DAY_MS + (1 + ((i * 5) % 9)) * 3_610_000,
        ).toISOString(),
        minutes,
        kind: minutes < 0 ? 'redemption' : 'deposit',
        transactionId: `tx-${ENTRIES.length - i}`,
        orderId: minutes < 0 ? null : `or-0000${i + 1}`,
        for: minutes < 0 ? '王少芳' : null,
        relation: minutes < 0 ? 'parent' : null,
        residentId: minutes < 0 ? 'h-0003-r1' : null,
        reverses: null,
        by: minutes < 0 ? 'supervisor' : 'system',
        block: ENTRIES.length - i,
      })),
    },
  };
}

export function report(name: string, q: URLSearchParams): Answer {
  if (name === 'kpi') {
    const by = q.get('groupBy') ?? 'month';
    const groups =
      by === 'street'
        ? ['莲花', '福田', '梅林', '沙头']
        : by === 'service'
          ? ['meal', 'bath', 'medical', 'urgent']
          : by === 'provider'
            ? ['福安养老', '莲花社区', '沙头街道长者服务中心', '梅林街道长者服务中心']
            : ['2026-08', '2026-09', '2026-10', '2026-11'];
    const rows = groups.map((group, i) => ({
      group,
      households: 885 + i * 41,
      visits: 4649 + i * 1213,
      hours: 8147 + i * 2210,
      satisfaction: 9.25 + i * 0.2,
    }));
    return {
      status: 200,
      body: {
        rows,
        total: { group: 'total', households: 1104, visits: 25_874, hours: 45_848, satisfaction: 9.6 },
      },
    };
  }
  const within = (count: number, of: number) => ({ count, share: count / of });
  const percentiles = (n: number, slower = 0) => ({
    count: n,
    p50: 4 + slower,
    p95: 9 + 2 * slower,
    p99: 14 + 5 * slower,
    max: 31,
  });
  return {
    status: 200,
    body: {
      answered: {
        calls: 128,
        within10S: within(119, 128),
        within60S: within(126, 128),
        within180S: within(127, 128),
        over180S: [
          {
            alertId: 'al-00004',
            kind: 'sos',
            priority: 1,
            homeId: 'h-0004',
            street: '梅林',
            openedAt: new Date(Date.now() - 9_000_000).toISOString(),
            answeredAt: new Date(Date.now() - 8_780_000).toISOString(),
            waitedS: 220,
          },
        ],
      },
      arrived: {
        arrivals: 41,
        within15Min: within(38, 41),
        within45Min: within(41, 41),
        within60Min: within(41, 41),
      },
      latencyMs: {
        ...percentiles(301, 1),
        byPriority: { 1: percentiles(96), 2: percentiles(120, 1), 3: percentiles(85, 2) },
      },
      falseAlarms: {
        ...within(17, 120),
        resolved: 120,
        byDeviceKind: {
          mmwave: { ...within(11, 40), resolved: 40 },
          sos_button: { ...within(6, 80), resolved: 80 },
        },
      },
    },
  };
}
