import { describe, expect, it } from 'vitest';
import { channelPayloads, isChannel } from '../../schemas/channels.ts';
import { Histogram } from '../measure/histogram.ts';
import { addResults, share } from './processes.ts';
import { loadPage } from './load-page.ts';
import { LOAD_METRICS, metricOf, reportLoad } from './load-report.ts';
import type { LoadResult, LoadSpec } from './run-load.ts';
import { plainHomes } from './seed-load.ts';
import { ordinaryOf, pressOf } from './traffic.ts';

const spec: LoadSpec = {
  host: '127.0.0.1',
  port: 1883,
  homes: plainHomes(5, 1),
  ratePerS: 100,
  pressesPerS: 10,
  window: 50,
  warmUpMs: 0,
  durationMs: 2_000,
  seed: '1',
  runId: 'r',
};
const histogram = (...values: number[]) => {
  const all = new Histogram();
  for (const value of values) all.record(value);
  return all.data();
};
const result: LoadResult = {
  clients: 2,
  connectFailures: 0,
  connectMs: histogram(3, 4),
  connectedInMs: 10,
  reconnectMs: histogram(),
  sent: 200,
  acknowledged: 199,
  repeats: 3,
  dropped: 0,
  measuredS: 2,
  measuredAcks: 190,
  heldMs: histogram(0.1),
  ackMs: histogram(1, 2),
  pressAckMs: histogram(),
  presses: [
    { messageId: 'p1', homeId: 'h', dueAt: 100 },
    { messageId: 'p2', homeId: 'h', dueAt: 200 },
  ],
  unacknowledged: ['x'],
  closed: {},
  series: { stepMs: 500, steps: [{ due: 3, presses: 1, acknowledged: 2, latency: histogram(4) }] },
  rssPerClientBytes: 1000,
};

describe('load', () => {
  it('tells what the schemas take', () => {
    for (const home of plainHomes(3, 7)) {
      const told = [pressOf(home), ...Array.from({ length: 200 }, (_, number) => ordinaryOf(home, number))];
      const channels = new Set<string>();
      for (const { topic, tail } of told.filter((one) => one !== undefined)) {
        const channel = topic.split('/')[4] ?? '';
        channels.add(channel);
        const body: unknown = JSON.parse(`{"id":"r-1","ts":1768176000000${tail}`);
        expect(isChannel(channel) && channelPayloads[channel].safeParse(body).error).toBeUndefined();
      }
      expect([...channels].toSorted()).toEqual(['presence', 'sos', 'status', 'vitals']);
    }
  });

  it('is dealt out over processes without remainder', () => {
    const parts = share(spec, 2);
    expect(parts.map((part) => part.homes.length)).toEqual([3, 2]);
    expect(parts.map((part) => [part.ratePerS, part.pressesPerS])).toEqual([
      [50, 5],
      [50, 5],
    ]);
    expect(share(spec, 50)).toHaveLength(5);
    expect(parts.map((part) => part.localAddress)).toEqual([undefined, undefined]);
    const many = { ...spec, homes: plainHomes(25_001, 1) };
    expect(share(many, 2).map((part) => part.localAddress)).toEqual(['127.0.0.1', '127.0.0.2']);
  });

  it('is added up over processes', () => {
    const both = addResults(result, { ...result, closed: { gone: 1 }, ackMs: histogram(9) });
    expect(both).toMatchObject({ clients: 4, sent: 400, measuredAcks: 380, closed: { gone: 1 } });
    expect(reportLoad(spec, both, { seenAt: undefined, stored: undefined }).ackMs.maxMs).toBe(9);
  });

  it('reports the time from when a press was due, and presses nobody saw', () => {
    const report = reportLoad(spec, result, {
      seenAt: new Map([['p1', 104]]),
      stored: { lost: 0, duplicated: 0 },
    });
    expect(report).toMatchObject({
      acknowledgedPerS: 95,
      presses: 2,
      pressesSeen: 1,
      unacknowledged: 1,
      lost: 0,
    });
    expect(report.sosMs).toMatchObject({ count: 1, p50Ms: 4 });
  });

  it('has every metric that an assertion may name, and none that was not measured', () => {
    const seen = { seenAt: new Map([['p1', 104]]), stored: { lost: 0, duplicated: 2 } };
    const report = reportLoad(spec, result, { ...seen, pressesDoubled: 1 });
    for (const name of LOAD_METRICS.counts) expect(metricOf(report, name), name).toEqual(expect.any(Number));
    for (const name of LOAD_METRICS.times)
      expect(metricOf(report, `${name}.count`), name).toEqual(expect.any(Number));
    expect(metricOf(report, 'unseen')).toBe(1);
    expect(metricOf(report, 'duplicated')).toBe(3);
    expect(metricOf(report, 'sos.p99')).toBe(4);
    expect(metricOf(report, 'pressAck.p99')).toBeNull();
    const unwatched = reportLoad(spec, result, { seenAt: undefined, stored: undefined });
    for (const name of ['lost', 'duplicated', 'unseen', 'sos.p99', 'sos.count'])
      expect(metricOf(unwatched, name), name).toBeNull();
  });

  it('becomes a page that needs nothing from elsewhere and shows what did not hold', () => {
    const report = reportLoad(spec, result, { seenAt: undefined, stored: undefined });
    report.assertions = [{ text: 'ack.p99<1ms', held: false, measured: 2 }];
    const page = loadPage({ spec, result, report, sos: undefined, hops: undefined, conditions: 'a <test>' });
    expect(page.match(/<svg/g)).toHaveLength(3);
    expect(page).toContain('BROKEN: <code>ack.p99&#60;1ms</code>, measured 2');
    expect(page).toContain('a &#60;test&#62;');
    expect(page).not.toMatch(/<script|https?:\/\/|<link|NaN|undefined/);
  });
});
