import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CostMatrix, minCostAssignment } from './min-cost-assignment.ts';

const matrix = (rows: number[][]): CostMatrix => ({
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  cost: Float64Array.from(rows.flat()),
});

/** Every way there is: most rows served first, then least cost. */
function exhaustive(rows: number[][]): { served: number; cost: number } {
  let best = { served: 0, cost: 0 };
  const walk = (row: number, used: Set<number>, served: number, cost: number): void => {
    if (row === rows.length) {
      if (served > best.served || (served === best.served && cost < best.cost)) best = { served, cost };
      return;
    }
    walk(row + 1, used, served, cost);
    for (const [column, value] of (rows[row] ?? []).entries()) {
      if (used.has(column) || value === Infinity) continue;
      walk(row + 1, new Set([...used, column]), served + 1, cost + value);
    }
  };
  walk(0, new Set(), 0, 0);
  return best;
}

const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -20, max: 50 }) },
  { weight: 1, arbitrary: fc.constant(Infinity) },
);
const anyMatrix = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
  .chain(([rows, columns]) =>
    fc.array(fc.array(value, { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  );

it('is as good as trying every way, whatever the shape and whatever is impossible', () => {
  fc.assert(
    fc.property(anyMatrix, (rows) => {
      const { columnOf, cost } = minCostAssignment(matrix(rows));
      const taken = [...columnOf].filter((column) => column >= 0);
      expect(new Set(taken).size).toBe(taken.length);
      expect([...columnOf].every((column, row) => column < 0 || rows[row]?.[column] !== Infinity)).toBe(true);
      expect({ served: taken.length, cost }).toEqual(exhaustive(rows));
    }),
    { numRuns: 2000 },
  );
});

it('nobody to send leaves every row alone', () => {
  expect([...minCostAssignment(matrix([[Infinity], [Infinity]])).columnOf]).toEqual([-1, -1]);
  expect([...minCostAssignment({ rows: 2, columns: 0, cost: new Float64Array() }).columnOf]).toEqual([
    -1, -1,
  ]);
  expect(minCostAssignment({ rows: 0, columns: 3, cost: new Float64Array() }).cost).toBe(0);
});

it('refuses a matrix of the wrong size or with a cost that is no number', () => {
  expect(() => minCostAssignment({ rows: 2, columns: 2, cost: new Float64Array(3) })).toThrow('3 entries');
  expect(() => minCostAssignment(matrix([[Number.NaN]]))).toThrow('NaN');
});

const data = resolve(
  process.env['YINLING_DATA'] ?? resolve(import.meta.dirname, '../../../shared/data'),
  'orlib-assign',
);
const here = existsSync(data);
if (!here) console.warn(`SKIPPED: the OR-Library assignment instances are not on this machine (${data})`);
describe.runIf(here)('OR-Library instances (Beasley 1990)', () => {
  it.each([
    ['assign100.txt', 305],
    ['assign500.txt', 991],
  ])('%s is solved to its known optimum %d', (file, optimum) => {
    const [n = 0, ...cost] = readFileSync(resolve(data, file), 'utf8').trim().split(/\s+/).map(Number);
    expect(minCostAssignment({ rows: n, columns: n, cost: Float64Array.from(cost) }).cost).toBe(optimum);
  });
});
