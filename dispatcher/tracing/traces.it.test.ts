import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import type { Alert } from '../../schemas/alert.ts';
import type { Order } from '../../schemas/order.ts';
import { createTraceExporter } from './exporter.ts';
import { spansOfAlert, spansOfOrder } from './spans.ts';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: { stringValue?: string } }[];
}
const received: { path: string; spans: Span[]; service: string | undefined }[] = [];
const collector = createServer((request, response) => {
  void text(request).then((body) => {
    const { resourceSpans } = JSON.parse(body) as {
      resourceSpans: { resource: { attributes: Span['attributes'] }; scopeSpans: { spans: Span[] }[] }[];
    };
    received.push({
      path: request.url ?? '',
      spans: resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      service: resourceSpans[0]?.resource.attributes.find(({ key }) => key === 'service.name')?.value
        .stringValue,
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
});
beforeAll(async () => {
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterAll(() => collector.close());

const T = Date.UTC(2026, 10, 24, 1);
const at = (seconds: number): string => new Date(T + seconds * 1_000).toISOString();
const alert = {
  id: 'a1',
  kind: 'sos',
  priority: 1,
  state: 'open',
  version: 1,
  homeId: 'h1',
  street: '莲花',
  test: false,
  synthetic: false,
  disposition: null,
  occurredAt: at(0),
  receivedAt: at(0.2),
  committedAt: at(0.21),
  openedAt: at(0.21),
  publishedAt: at(0.22),
  acknowledgedAt: null,
  resolvedAt: null,
  timeline: [],
} as unknown as Alert;
const acknowledged: Alert = {
  ...alert,
  version: 3,
  state: 'acknowledged',
  acknowledgedAt: at(8),
  timeline: [{ at: at(8), what: 'acknowledged', by: 'op', note: null }],
};
const order = {
  id: 'o1',
  alertId: 'a1',
  service: 'urgent',
  state: 'completed',
  street: '莲花',
  createdAt: at(30),
  departedAt: at(60),
  arrivedAt: at(600),
  completedAt: at(1_800),
  cancelledAt: null,
  rating: null,
  offers: [
    { id: 'f1', caregiverId: 'c1', offeredAt: at(30), endedAt: at(60), outcome: 'expired' },
    { id: 'f2', caregiverId: 'c2', offeredAt: at(60), endedAt: at(65), outcome: 'accepted' },
  ],
} as unknown as Order;

it('a collector is told of an alarm from the message to the order, as one trace, whichever server tells it', async () => {
  received.length = 0;
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`;
  const one = await createTraceExporter({ endpoint, log: silentLog() });
  const other = await createTraceExporter({ endpoint, log: silentLog() });
  one.emit(spansOfAlert(alert));
  other.emit(spansOfAlert(acknowledged));
  other.emit(spansOfOrder(order));
  await Promise.all([one.stop(), other.stop()]);

  expect(new Set(received.map(({ path }) => path))).toEqual(new Set(['/v1/traces']));
  expect(new Set(received.map(({ service }) => service))).toEqual(new Set(['yinling']));
  const spans = received.flatMap((request) => request.spans);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  const nameOf = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  const shown = spans.map(({ name, parentSpanId, startTimeUnixNano, endTimeUnixNano }) => [
    name,
    nameOf.get(parentSpanId ?? '') ?? null,
    Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e9,
  ]);
  expect(shown.toSorted()).toEqual(
    [
      ['alarm sos', null, 0.22],
      ['device', 'alarm sos', 0.2],
      ['commit', 'alarm sos', 0.01],
      ['publish', 'alarm sos', 0.01],
      ['answer', 'alarm sos', 7.79],
      ['order', 'alarm sos', 1_770],
      ['offer', 'order', 30],
      ['offer', 'order', 5],
      ['travel', 'order', 540],
      ['visit', 'order', 1_200],
    ].toSorted(),
  );
});

it('nothing is told of canaries, of what is not over, or twice', () => {
  expect(spansOfAlert({ ...alert, synthetic: true })).toEqual([]);
  expect(spansOfAlert({ ...alert, version: 2 })).toEqual([]);
  expect(spansOfOrder({ ...order, state: 'on_scene', completedAt: null })).toEqual([]);
  expect(spansOfOrder({ ...order, rating: { score: 9, comment: null, at: at(9_000) } })).toEqual([]);
});
