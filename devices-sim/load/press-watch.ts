import { isRecord } from '../api/api-client.ts';
import type { StreamedEvent } from '../api/event-stream.ts';
import { Histogram, type HistogramData } from '../measure/histogram.ts';

/** Where the time of a call for help goes, told by the stamps of the alert that it opened. */
export const HOPS = ['device→broker', 'broker→commit', 'commit→published', 'published→screen'] as const;
export type Hop = (typeof HOPS)[number];

/**
 * What an operator's screen gets to see of a load's presses. `published→screen` is between two clocks, the service's (in
 * whole ms) and ours: on one machine they are the same.
 */
export class PressWatch {
  readonly #firstSeenAt = new Map<string, number>();
  readonly #timesSeen = new Map<string, Set<string>>();
  readonly #hops = new Map<Hop, Histogram>(HOPS.map((hop) => [hop, new Histogram()]));
  readonly #runId: string;

  constructor(runId: string) {
    this.#runId = `${runId}-`;
  }

  seenAt(messageId: string): number | undefined {
    return this.#firstSeenAt.get(messageId);
  }

  get seen(): ReadonlyMap<string, number> {
    return this.#firstSeenAt;
  }

  /** Presses that are evidence in more than one alert; there must be none (contract, *Alerts*). */
  get doubled(): number {
    return [...this.#timesSeen.values()].filter((alerts) => alerts.size > 1).length;
  }

  hops(): Record<Hop, HistogramData> {
    const data = (hop: Hop): HistogramData => (this.#hops.get(hop) ?? new Histogram()).data();
    return {
      'device→broker': data('device→broker'),
      'broker→commit': data('broker→commit'),
      'commit→published': data('commit→published'),
      'published→screen': data('published→screen'),
    };
  }

  take(event: StreamedEvent, seenAt: number): void {
    if (event.event !== 'alert') return;
    const alert: unknown = JSON.parse(event.data);
    if (!isRecord(alert) || !Array.isArray(alert['evidence'])) return;
    const evidence = alert['evidence'] as unknown[];
    for (const item of evidence) {
      const messageId = isRecord(item) && item['kind'] === 'press' ? item['messageId'] : undefined;
      if (typeof messageId !== 'string' || !messageId.startsWith(this.#runId)) continue;
      this.#note(messageId, String(alert['id']));
      if (this.#firstSeenAt.has(messageId)) continue;
      this.#firstSeenAt.set(messageId, seenAt);
      if (evidence.length === 1) this.#takeHops(alert, seenAt);
    }
  }

  #note(messageId: string, alertId: string): void {
    const alerts = this.#timesSeen.get(messageId);
    if (alerts === undefined) this.#timesSeen.set(messageId, new Set([alertId]));
    else alerts.add(alertId);
  }

  #takeHops(alert: Record<string, unknown>, seenAt: number): void {
    const stamps = [
      ...['occurredAt', 'receivedAt', 'committedAt', 'publishedAt'].map((name) =>
        Date.parse(String(alert[name])),
      ),
      seenAt,
    ];
    for (const [i, hop] of HOPS.entries()) {
      const tookMs = (stamps[i + 1] ?? NaN) - (stamps[i] ?? NaN);
      if (Number.isFinite(tookMs)) this.#hops.get(hop)?.record(tookMs);
    }
  }
}
