import { type ApiClient, isRecord } from '../api/api-client.ts';
import { inParallel } from '../api/pool.ts';
import { type Judged, type Measurable, quantileOf } from '../measure/assertions.ts';
import { Histogram, type HistogramData, type HistogramSummary } from '../measure/histogram.ts';
import type { Hop } from './press-watch.ts';
import type { LoadResult, LoadSpec } from './run-load.ts';

export interface LoadReport {
  clients: number;
  connectFailures: number;
  connectsPerS: number;
  connectMs: HistogramSummary;
  reconnectMs: HistogramSummary;
  offeredPerS: number | 'max';
  acknowledgedPerS: number;
  sent: number;
  acknowledged: number;
  unacknowledged: number;
  /** Sent a second time by faulty devices. */
  repeats: number;
  /** From when a message was due until it was written: the generator's share of what follows. */
  heldMs: HistogramSummary;
  /** From when a message was due until its PUBACK. */
  ackMs: HistogramSummary;
  pressAckMs: HistogramSummary;
  presses: number;
  pressesSeen: number | null;
  /** From when a press was due until the operator's stream brought it; null without an API to watch. */
  sosMs: HistogramSummary | null;
  hopsMs: Record<Hop, HistogramSummary> | null;
  lost: number | null;
  duplicated: number | null;
  closed: Record<string, number>;
  generatorRssBytesPerClient: number;
  assertions: Judged[];
}

export interface Observed {
  /** When each press came over the stream; undefined: nobody watched. */
  seenAt: ReadonlyMap<string, number> | undefined;
  hops?: Record<Hop, HistogramData> | undefined;
  /** Presses that came as evidence of more than one alert. */
  pressesDoubled?: number | undefined;
  stored: { lost: number; duplicated: number } | undefined;
}

export function reportLoad(spec: LoadSpec, result: LoadResult, observed: Observed): LoadReport {
  const { stored, hops } = observed;
  const sos = sosHistogram(result, observed);
  return {
    clients: result.clients,
    connectFailures: result.connectFailures,
    connectsPerS: Math.round(result.clients / Math.max(result.connectedInMs / 1000, 0.001)),
    connectMs: summaryOf(result.connectMs),
    reconnectMs: summaryOf(result.reconnectMs),
    offeredPerS: spec.ratePerS,
    acknowledgedPerS: Math.round(result.measuredAcks / result.measuredS),
    sent: result.sent,
    acknowledged: result.acknowledged,
    unacknowledged: result.unacknowledged.length,
    repeats: result.repeats,
    heldMs: summaryOf(result.heldMs),
    ackMs: summaryOf(result.ackMs),
    pressAckMs: summaryOf(result.pressAckMs),
    presses: result.presses.length,
    pressesSeen: sos?.count ?? null,
    sosMs: sos?.summary() ?? null,
    hopsMs:
      hops === undefined
        ? null
        : {
            'device→broker': summaryOf(hops['device→broker']),
            'broker→commit': summaryOf(hops['broker→commit']),
            'commit→published': summaryOf(hops['commit→published']),
            'published→screen': summaryOf(hops['published→screen']),
          },
    lost: stored?.lost ?? null,
    duplicated: stored === undefined ? null : stored.duplicated + (observed.pressesDoubled ?? 0),
    closed: result.closed,
    generatorRssBytesPerClient: result.rssPerClientBytes,
    assertions: [],
  };
}

/** From when each press was due until it was seen; undefined if nobody watched. */
export function sosHistogram(result: LoadResult, observed: Pick<Observed, 'seenAt'>): Histogram | undefined {
  if (observed.seenAt === undefined) return undefined;
  const sos = new Histogram();
  for (const press of result.presses) {
    const seenAt = observed.seenAt.get(press.messageId);
    if (seenAt !== undefined) sos.record(seenAt - press.dueAt);
  }
  return sos;
}

/** What `--assert` may speak of. */
export const LOAD_METRICS: Measurable = {
  times: ['sos', 'ack', 'pressAck', 'held', 'connect', 'reconnect'],
  counts: [
    'lost',
    'duplicated',
    'unseen',
    'unacknowledged',
    'ackPerS',
    'connectsPerS',
    'connectFailures',
    'presses',
    'sent',
    'acknowledged',
    'rssPerClient',
  ],
};

/** Null: this run did not measure it. */
export function metricOf(report: LoadReport, metric: string): number | null {
  const [name, quantile] = metric.split('.');
  const times: Record<string, HistogramSummary | null> = {
    sos: report.sosMs,
    ack: report.ackMs,
    pressAck: report.pressAckMs,
    held: report.heldMs,
    connect: report.connectMs,
    reconnect: report.reconnectMs,
  };
  if (quantile !== undefined) return quantileOf(times[name ?? ''] ?? null, quantile);
  const counts: Record<string, number | null> = {
    lost: report.lost,
    duplicated: report.duplicated,
    unseen: report.pressesSeen === null ? null : report.presses - report.pressesSeen,
    unacknowledged: report.unacknowledged,
    ackPerS: report.acknowledgedPerS,
    connectsPerS: report.connectsPerS,
    connectFailures: report.connectFailures,
    presses: report.presses,
    sent: report.sent,
    acknowledged: report.acknowledged,
    rssPerClient: report.generatorRssBytesPerClient,
  };
  return counts[metric] ?? null;
}

/** Metrics that only a service's API can tell. */
export const needsApi = (metric: string): boolean =>
  ['lost', 'duplicated', 'unseen'].includes(metric) || metric.startsWith('sos.');

/** Metrics that only reading everything back can tell. */
export const needsCheck = (metric: string): boolean => metric === 'lost' || metric === 'duplicated';

function summaryOf(data: HistogramData): HistogramSummary {
  const histogram = new Histogram();
  histogram.add(data);
  return histogram.summary();
}

const HOMES_AT_ONCE = 4;

/**
 * Counts this run's readings in the store against what was acknowledged, home by home. Every id that was sent and is not there must be
 * among the unacknowledged; none may be there twice.
 */
export async function checkStored(
  api: ApiClient,
  spec: Pick<LoadSpec, 'homes' | 'runId'>,
  result: Pick<LoadResult, 'unacknowledged' | 'acknowledged'>,
  from: number,
  to: number,
): Promise<{ lost: number; duplicated: number }> {
  const unacknowledged = new Set(result.unacknowledged);
  let found = 0;
  let duplicated = 0;
  let unacknowledgedStored = 0;
  await inParallel(spec.homes, HOMES_AT_ONCE, async ({ homeId }) => {
    const seen = new Set<string>();
    const range = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
    for await (const row of api.list(`/homes/${homeId}/readings?${range}`)) {
      const messageId = isRecord(row) ? row['messageId'] : undefined;
      if (typeof messageId !== 'string' || !messageId.startsWith(`${spec.runId}-`)) continue;
      if (seen.has(messageId)) duplicated += 1;
      else if (unacknowledged.has(messageId)) unacknowledgedStored += 1;
      seen.add(messageId);
    }
    found += seen.size;
  });
  return { lost: Math.max(0, result.acknowledged - (found - unacknowledgedStored)), duplicated };
}
