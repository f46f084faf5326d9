import { describe, expect, it } from 'vitest';
import { KEEP, KEEP_ALL, withEntries } from './bounded.ts';
import { evolveAll } from './evolve.ts';
import { Board } from './testing/board.ts';
import { press, T0, vitals } from './testing/signals.ts';

const N = KEEP.first + KEEP.latest;

describe('what an alert’s document keeps', () => {
  it('is everything, up to the bound of a kind', () => {
    const list = Array.from({ length: N }, (_, i) => i);
    const kept = withEntries({ list: list.slice(1), omitted: {} }, [0], () => 'press', KEEP);
    expect(kept.list).toHaveLength(N);
    expect(kept.omitted).toEqual({});
  });

  it('is the first and the latest of a kind, however they came, and the count of the rest', () => {
    const keep = { first: 2, latest: 3 };
    const whole = Array.from({ length: 20 }, (_, i) => i);
    let one = { list: [] as number[], omitted: {} };
    for (const i of whole) one = withEntries(one, [i], () => 'press', keep);
    const all = withEntries({ list: [], omitted: {} }, whole, () => 'press', keep);
    expect(one).toEqual({ list: [0, 1, 17, 18, 19], omitted: { press: 15 } });
    expect(all).toEqual(one);
  });

  it('loses nothing rare to what comes often', () => {
    const keep = { first: 1, latest: 2 };
    const entries = ['a', 'fall', 'b', 'c', 'd', 'score', 'e'];
    const kindOf = (entry: string) => (entry.length === 1 ? 'press' : entry);
    expect(withEntries({ list: [], omitted: {} }, entries, kindOf, keep)).toEqual({
      list: ['a', 'fall', 'd', 'score', 'e'],
      omitted: { press: 2 },
    });
  });

  it('I7: a button that is stuck drops no press: all are counted, all are in the events', () => {
    const board = new Board();
    board.signal(vitals(2));
    for (let i = 1; i <= N + 100; i++) board.signal(press({ occurredAt: T0 + i }), T0 + i);
    const { alert } = board.get('a1');
    expect(alert.calls).toBe(N + 100);
    expect(alert.evidence).toHaveLength(N + 1);
    expect(alert.evidence[0]?.kind).toBe('vitals_score');
    expect(alert.omitted).toEqual({ evidence: { press: 100 }, timeline: { pressed_again: 99 } });
    const events = board.log.map((change) => change.events);
    const whole = events.reduce<ReturnType<typeof evolveAll> | undefined>(
      (record, each) => evolveAll(record, each, KEEP_ALL),
      undefined,
    );
    expect(whole?.alert.evidence).toHaveLength(N + 101);
    expect(whole?.alert).not.toHaveProperty('omitted');
    const { omitted: _, ...rest } = alert;
    expect({ ...whole?.alert, evidence: [], timeline: [] }).toEqual({ ...rest, evidence: [], timeline: [] });
  });
});
