import { describe, expect, it } from 'vitest';
import { type Desk, isAttended } from './attended.ts';

const NOW = 1_000_000;
const desk = (patch: Partial<Desk> = {}): Desk => ({
  streets: [],
  watchingUntilMs: NOW + 1,
  actedAtMs: NOW - 60_000,
  ...patch,
});
const attended = (desks: Desk[], unansweredSinceMs?: number, street = '莲花'): boolean =>
  isAttended(desks, street, unansweredSinceMs, NOW);

describe('a street is attended', () => {
  it('while the stream of a desk that sees it is open', () => {
    expect(attended([desk()])).toBe(true);
    expect(attended([desk({ watchingUntilMs: NOW })])).toBe(false);
    expect(attended([])).toBe(false);
    expect(attended([desk({ streets: ['福田'] })])).toBe(false);
    expect(attended([desk({ streets: ['福田', '莲花'] })])).toBe(true);
  });

  it('however long the night is quiet, but not after a call that went unanswered until somebody acts', () => {
    expect(attended([desk({ actedAtMs: NOW - 8 * 3_600_000 })])).toBe(true);
    expect(attended([desk()], NOW - 30_000)).toBe(false);
    expect(attended([desk({ actedAtMs: NOW - 29_000 })], NOW - 30_000)).toBe(true);
  });

  it('by whoever acts there, whosever stream it is; not by who acts elsewhere', () => {
    const other = { watchingUntilMs: 0, actedAtMs: NOW - 1 };
    expect(attended([desk(), desk(other)], NOW - 30_000)).toBe(true);
    expect(attended([desk(), desk({ ...other, streets: ['福田'] })], NOW - 30_000)).toBe(false);
  });
});
