import { describe, expect, it } from 'vitest';
import { Histogram } from '../measure/histogram.ts';
import { addSeries, Series } from './series.ts';

const maxMs = (latency: { maxMs: number }): number => latency.maxMs;

describe('the course of a run', () => {
  it('counts what is due when it is due, and a latency where it began, however late the answer came', () => {
    const series = new Series(2_000);
    series.due(100, false);
    series.due(600, true);
    series.acknowledged(100, 1_900);
    const { stepMs, steps } = series.data();
    expect(stepMs).toBe(500);
    expect(steps.map(({ due, presses, acknowledged }) => [due, presses, acknowledged])).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(steps.map(({ latency }) => maxMs(latency))).toEqual([1_800, 0, 0, 0]);
  });

  it('leaves out warm-up and what comes after the end', () => {
    const series = new Series(1_000);
    series.due(-5, false);
    series.due(1_000, false);
    series.acknowledged(-5, 3);
    const { steps } = series.data();
    expect(steps.map(({ due, acknowledged }) => [due, acknowledged])).toEqual([
      [0, 1],
      [0, 0],
    ]);
    expect(steps.every(({ latency }) => latency.buckets.length === 0)).toBe(true);
  });

  it('has at most 240 steps, however long the run', () => {
    expect(new Series(86_400_000).data().steps).toHaveLength(240);
  });

  it('adds up over processes', () => {
    const [left, right] = [new Series(1_000), new Series(1_000)];
    left.acknowledged(0, 5);
    right.acknowledged(0, 50);
    right.due(700, false);
    const { steps } = addSeries(left.data(), right.data());
    expect(steps.map(({ due, acknowledged }) => [due, acknowledged])).toEqual([
      [0, 2],
      [1, 0],
    ]);
    const both = new Histogram();
    both.add(steps[0]?.latency ?? new Histogram().data());
    expect(both.summary()).toMatchObject({ count: 2, minMs: 5, maxMs: 50 });
  });
});
