import { type ApiClient, isRecord } from '../api/api-client.ts';
import { inParallel } from '../api/pool.ts';
import { readAlert, readOrder, type SeenAlert, type SeenOrder } from '../people/board.ts';
import {
  checkConservation,
  type Conservation,
  type PressEvidence,
  type Published,
  type Stored,
} from './conservation.ts';

export interface Books {
  published: readonly Published[];
  startedAt: number;
  /** Times of events, as devices dated them, lie within. */
  from: number;
  to: number;
}

export interface Verified {
  conservation: Conservation;
  alerts: SeenAlert[];
  orders: SeenOrder[];
}

const HOMES_AT_ONCE = 4;

/** Holds the devices' own books against what the public API shows; asks for nothing that an auditor could not ask for. */
export async function verifyFromOutside(api: ApiClient, books: Books): Promise<Verified> {
  const stored: Stored[] = [];
  const homes = new Set(books.published.map((message) => message.homeId));
  await inParallel(homes, HOMES_AT_ONCE, async (homeId) => {
    for await (const row of api.list(
      `/homes/${homeId}/readings?from=${new Date(books.from).toISOString()}&to=${new Date(books.to).toISOString()}`,
    ))
      if (typeof row['messageId'] === 'string' && typeof row['deviceId'] === 'string')
        stored.push({ messageId: row['messageId'], deviceId: row['deviceId'] });
  });
  const alerts: SeenAlert[] = [];
  // A list shows the first and the latest evidence of a kind; where there is more, the alert itself has it.
  for await (const item of api.list('/alerts'))
    alerts.push(
      readAlert(
        item['omitted'] === undefined ? item : await api.call('GET', `/alerts/${String(item['id'])}`),
      ),
    );
  const orders: SeenOrder[] = [];
  for await (const item of api.list('/orders')) orders.push(readOrder(item));
  const conservation = checkConservation(
    books.published,
    stored,
    pressEvidence(alerts),
    await countDeadLetters(api, books),
  );
  return { conservation, alerts, orders };
}

/** Where presses are cited as evidence. One message may be cited for several reasons in one alert, but for each once. */
export function pressEvidence(alerts: readonly SeenAlert[]): PressEvidence[] {
  return alerts
    .filter((alert) => alert.dedupKey.endsWith(':emergency'))
    .flatMap((alert) => {
      const reasons = Map.groupBy(
        alert.evidence,
        (item) => `${item.deviceId ?? ''}\n${item.messageId ?? ''}`,
      );
      return [...reasons.values()].flatMap((items) => {
        const [first] = items;
        if (first === undefined || first.messageId === null) return [];
        const times = Math.max(
          ...[...Map.groupBy(items, (item) => item.kind).values()].map((same) => same.length),
        );
        const { deviceId, messageId } = first;
        return Array.from({ length: times }, () => ({ alertId: alert.id, deviceId, messageId }));
      });
    });
}

async function countDeadLetters(api: ApiClient, books: Books): Promise<number> {
  const broken = books.published.filter((message) => message.expect === 'dead_letter');
  if (broken.length === 0) return 0;
  const topics = new Set(
    broken.map(({ homeId, deviceId, channel }) => `care/v1/${homeId}/${deviceId}/${channel}`),
  );
  let count = 0;
  for await (const letter of api.list('/dead-letters'))
    if (isRecord(letter) && topics.has(String(letter['topic'])) && receivedAt(letter) >= books.startedAt)
      count += 1;
  return count;
}

const receivedAt = (letter: Record<string, unknown>): number => Date.parse(String(letter['receivedAt']));
