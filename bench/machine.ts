import type { HistogramSummary } from '../devices-sim/measure/histogram.ts';
import { cpus, loadavg, totalmem } from 'node:os';

/** What a number was measured on; a number without it says little. */
export interface Machine {
  cpus: number;
  cpu: string;
  memoryGb: number;
  node: string;
  /** Before the benchmark: what else was going on. */
  load1m: number;
}

export const machine = (): Machine => ({
  cpus: cpus().length,
  cpu: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  load1m: Number((loadavg()[0] ?? 0).toFixed(2)),
});

/** How the three numbers of a benchmark are printed and written. */
export interface Report {
  name: string;
  machine: Machine;
  at: string;
  settings: Record<string, unknown>;
  product: Record<string, unknown>;
  floor: Record<string, unknown>;
  /** Product over floor, as said for each. */
  ratio: Record<string, number>;
  aims: { what: string; aim: string; measured: number; met: boolean }[];
}

export function reportText(report: Report): string {
  const block = (title: string, values: Record<string, unknown>): string[] => [
    title,
    ...Object.entries(values).map(([name, value]) => `  ${name.padEnd(28)} ${text(value)}`),
  ];
  return [
    `${report.name} on ${report.machine.cpus} × ${report.machine.cpu}, node ${report.machine.node}, load before ${report.machine.load1m}`,
    ...block('product', report.product),
    ...block('floor', report.floor),
    ...block('ratio', report.ratio),
    'aims',
    ...report.aims.map(
      ({ what, aim, measured, met }) => `  ${met ? 'met   ' : 'MISSED'} ${what} ${aim}: ${measured}`,
    ),
    '',
  ].join('\n');
}

const text = (value: unknown): string => {
  if (isSummary(value))
    return `p50 ${value.p50Ms} ms, p99 ${value.p99Ms} ms, max ${value.maxMs} ms (${value.count})`;
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const isSummary = (value: unknown): value is HistogramSummary =>
  typeof value === 'object' && value !== null && 'p50Ms' in value && 'maxMs' in value;

export const round = (value: number, digits = 3): number => Number(value.toFixed(digits));
