import { describe, expect, it } from 'vitest';
import { plotSvg } from './plots.ts';

const plot = (points: [number, number][], logY = false): string =>
  plotSvg({ title: 'T', xLabel: 's', yLabel: 'ms', logY, lines: [{ name: 'p99', points }] });
const coordinates = (svg: string): number[][] =>
  (/polyline class="line line-0" points="([^"]*)"/.exec(svg)?.[1] ?? '')
    .split(' ')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split(',').map(Number));

describe('a plot', () => {
  it('draws greater values higher and later ones further right, all within the picture', () => {
    const at = coordinates(plot([[0, 0], [5, 50], [10, 100]])); // prettier-ignore
    const [xs, ys] = [at.map(([x]) => x ?? NaN), at.map(([, y]) => y ?? NaN)];
    expect(xs).toEqual(xs.toSorted((a, b) => a - b));
    expect(ys).toEqual(ys.toSorted((a, b) => b - a));
    expect([...xs, ...ys].every((value) => value >= 0 && value <= 720)).toBe(true);
  });

  it('gives every power of ten the same height on a logarithmic axis', () => {
    const ys = coordinates(plot([[0, 1], [1, 10], [2, 100]], true)).map(([, y]) => y ?? NaN); // prettier-ignore
    expect((ys[0] ?? 0) - (ys[1] ?? 0)).toBeCloseTo((ys[1] ?? 0) - (ys[2] ?? 0), 0);
  });

  it('bears no points, one point, zeros on a logarithmic axis, and names that look like markup', () => {
    for (const svg of [plot([]), plot([[3, 7]]), plot([[0, 0], [1, 0]], true)]) expect(svg).not.toMatch(/NaN|Infinity/); // prettier-ignore
    expect(plotSvg({ title: '<b>&', xLabel: '', yLabel: '', lines: [] })).toContain('&#60;b&#62;&#38;');
  });
});
