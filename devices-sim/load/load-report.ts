import { type ApiClient, isRecord } from '../api/api-client.ts';
import { inParallel } from '../api/pool.ts';
import { Histogram, type HistogramSummary } from '../measure/histogram.ts';
import type { LoadResult, LoadSpec } from './run-load.ts';

export interface LoadReport {
  clients: number;
  connectFailures: number;
  connectsPerS: number;
  connectMs: HistogramSummary;
  offeredPerS: number | 'max';
  acknowledgedPerS: number;
  sent: number;
  acknowledged: number;
  unacknowledged: number;
  /** From when a message was due until its PUBACK. */
  ackMs: HistogramSummary;
  pressAckMs: HistogramSummary;
  presses: number;
  pressesSeen: number | null;
  /** From when a press was due until the operator's stream brought it; null without an API to watch. */
  sosMs: HistogramSummary | null;
  lost: number | null;
  duplicated: number | null;
  closed: Record<string, number>;
  generatorRssBytesPerClient: number;
}

export interface Observed {
  /** When each press came over the stream; undefined: nobody watched. */
  seenAt: ReadonlyMap<string, number> | undefined;
  stored: { lost: number; duplicated: number } | undefined;
}

export function reportLoad(spec: LoadSpec, result: LoadResult, observed: Observed): LoadReport {
  const sos = new Histogram();
  for (const press of result.presses) {
    const seenAt = observed.seenAt?.get(press.messageId);
    if (seenAt !== undefined) sos.record(seenAt - press.dueAt);
  }
  return {
    clients: result.clients,
    connectFailures: result.connectFailures,
    connectsPerS: Math.round(result.clients / Math.max(result.connectedInMs / 1000, 0.001)),
    connectMs: summaryOf(result.connectMs),
    offeredPerS: spec.ratePerS,
    acknowledgedPerS: Math.round(result.measuredAcks / result.measuredS),
    sent: result.sent,
    acknowledged: result.acknowledged,
    unacknowledged: result.unacknowledged.length,
    ackMs: summaryOf(result.ackMs),
    pressAckMs: summaryOf(result.pressAckMs),
    presses: result.presses.length,
    pressesSeen: observed.seenAt === undefined ? null : sos.count,
    sosMs: observed.seenAt === undefined ? null : sos.summary(),
    lost: observed.stored?.lost ?? null,
    duplicated: observed.stored?.duplicated ?? null,
    closed: result.closed,
    generatorRssBytesPerClient: Math.round(result.rssBytes / Math.max(result.clients, 1)),
  };
}

function summaryOf(data: LoadResult['ackMs']): HistogramSummary {
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
  spec: LoadSpec,
  result: LoadResult,
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
