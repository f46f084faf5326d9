/** What `/reports` answers (dispatcher/reports); members that are missing are shown as such. */
export interface KpiRow {
  group: string;
  households: number;
  visits: number;
  hours: number;
  satisfaction: number | null;
}
export interface KpiReport {
  rows: KpiRow[];
  total: KpiRow;
}
export interface Within {
  count: number;
  share: number | null;
}
export interface Percentiles {
  count: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
}
export interface LateCall {
  alertId: string;
  kind: string;
  priority: number;
  homeId: string;
  street: string;
  openedAt: string;
  answeredAt: string | null;
  waitedS: number;
}
export interface ResponseReport {
  answered: { calls: number; within10S: Within; within60S: Within; within180S: Within; over180S: LateCall[] };
  arrived: { arrivals: number; within15Min: Within; within45Min: Within; within60Min: Within };
  latencyMs: Percentiles & { byPriority: Record<string, Percentiles> };
  falseAlarms: Within & { resolved: number; byDeviceKind: Record<string, Within & { resolved: number }> };
}

/** A share beside its goal (budgets.md). `goal` null: shown without one. */
export interface Measure {
  key: string;
  within: Within;
  goal: number | null;
}
export function answerMeasures(r: ResponseReport): Measure[] {
  return [
    { key: '10s', within: r.answered.within10S, goal: 0.95 },
    { key: '60s', within: r.answered.within60S, goal: 0.975 },
    { key: '180s', within: r.answered.within180S, goal: 0.99 },
  ];
}
export function arrivalMeasures(r: ResponseReport): Measure[] {
  return [
    { key: '15min', within: r.arrived.within15Min, goal: null },
    { key: '45min', within: r.arrived.within45Min, goal: 0.9 },
    { key: '60min', within: r.arrived.within60Min, goal: 1 },
  ];
}
/** null: nothing to judge by. */
export const meets = (m: Measure): boolean | null =>
  m.goal === null || m.within.share === null ? null : m.within.share >= m.goal;
export const percentText = (share: number | null): string =>
  share === null ? '—' : `${Math.round(share * 1000) / 10}%`;
export const spanOfKey = (key: string, lang: 'zh' | 'en'): string =>
  lang === 'zh'
    ? key.replace('min', ' 分钟').replace('s', ' 秒')
    : key.replace('min', ' min').replace('s', ' s');
