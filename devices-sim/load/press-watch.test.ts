import { describe, expect, it } from 'vitest';
import { Histogram, type HistogramData } from '../measure/histogram.ts';
import { PressWatch } from './press-watch.ts';

const AT = Date.UTC(2026, 0, 12, 8);
const iso = (ms: number): string => new Date(AT + ms).toISOString();
const event = (id: string, evidence: [string, string][]) => ({
  id: '1',
  event: 'alert',
  data: JSON.stringify({
    id,
    occurredAt: iso(0),
    receivedAt: iso(2),
    committedAt: iso(6),
    publishedAt: iso(7),
    evidence: evidence.map(([kind, messageId]) => ({ kind, messageId })),
  }),
});
const summary = (data: HistogramData) => {
  const histogram = new Histogram();
  histogram.add(data);
  return histogram.summary();
};

describe('the watch over presses', () => {
  it('notes when each press of this run was first seen, and each hop of what opened an alert', () => {
    const watch = new PressWatch('r1');
    watch.take(event('a', [['press', 'r1-h-1']]), AT + 9);
    watch.take(event('a', [['press', 'r1-h-1'], ['press', 'r1-h-2']]), AT + 20); // prettier-ignore
    expect([...watch.seen]).toEqual([
      ['r1-h-1', AT + 9],
      ['r1-h-2', AT + 20],
    ]);
    const hops = watch.hops();
    expect(Object.values(hops).map((data) => [summary(data).count, summary(data).p50Ms])).toEqual([
      [1, 2],
      [1, 4],
      [1, 1],
      [1, 2],
    ]);
    expect(watch.doubled).toBe(0);
  });

  it('counts a press that is evidence in two alerts as doubled', () => {
    const watch = new PressWatch('r1');
    watch.take(event('a', [['press', 'r1-h-1']]), AT);
    watch.take(event('b', [['press', 'r1-h-1']]), AT);
    expect(watch.doubled).toBe(1);
  });

  it('leaves out other runs, other evidence and other events', () => {
    const watch = new PressWatch('r1');
    watch.take(event('a', [['press', 'r11-h-1'], ['vitals', 'r1-h-3']]), AT); // prettier-ignore
    watch.take({ ...event('a', [['press', 'r1-h-1']]), event: 'order' }, AT);
    expect(watch.seen.size).toBe(0);
  });
});
