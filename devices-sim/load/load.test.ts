import { describe, expect, it } from 'vitest';
import { channelPayloads, isChannel } from '../../schemas/channels.ts';
import { Histogram } from '../measure/histogram.ts';
import { addResults, share } from './processes.ts';
import type { LoadResult, LoadSpec } from './run-load.ts';
import { reportLoad } from './load-report.ts';
import { plainHomes } from './seed-load.ts';
import { templatesOf } from './traffic.ts';

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
  sent: 200,
  acknowledged: 199,
  measuredS: 2,
  measuredAcks: 190,
  ackMs: histogram(1, 2),
  pressAckMs: histogram(),
  presses: [
    { messageId: 'p1', homeId: 'h', dueAt: 100 },
    { messageId: 'p2', homeId: 'h', dueAt: 200 },
  ],
  unacknowledged: ['x'],
  closed: {},
  rssBytes: 1000,
};

describe('load', () => {
  it('tells what the schemas take', () => {
    for (const home of plainHomes(3, 7)) {
      const { ordinary, press } = templatesOf(home);
      for (const { topic, tails } of [...ordinary, ...(press ? [press] : [])])
        for (const tail of tails) {
          const channel = topic.toString().split('/')[4] ?? '';
          const body: unknown = JSON.parse(`{"id":"r-1","ts":1768176000000${tail}`);
          expect(isChannel(channel) && channelPayloads[channel].safeParse(body).error).toBeUndefined();
        }
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
});
