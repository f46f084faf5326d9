import { describe, expect, it } from 'vitest';
import { insideNamespace, isInNamespace, outsideNamespace, RetainedBudget } from './gateway-namespace.ts';

describe("a gateway's namespace", () => {
  it('is put on and taken off', () => {
    const inside = insideNamespace('g1', 'zigbee2mqtt/button');
    expect(isInNamespace(inside)).toBe(true);
    expect(outsideNamespace('g1', inside)).toBe('zigbee2mqtt/button');
  });

  it("is not another's whose id begins alike", () => {
    expect(outsideNamespace('g', insideNamespace('g1', 'x'))).toBeUndefined();
    expect(outsideNamespace('g1', insideNamespace('g', 'x'))).toBeUndefined();
  });
});

describe('the budget of retained state', () => {
  it('counts what a topic holds now, and is freed by an empty payload', () => {
    const budget = new RetainedBudget(1_000);
    expect(budget.admit('g', 'a', 500)).toBe(true);
    expect(budget.admit('g', 'a', 600)).toBe(true);
    expect(budget.admit('g', 'b', 500)).toBe(false);
    expect(budget.admit('g', 'a', 0)).toBe(true);
    expect(budget.admit('g', 'b', 500)).toBe(true);
  });

  it('is per gateway', () => {
    const budget = new RetainedBudget(1_000);
    expect(budget.admit('g1', 'a', 600)).toBe(true);
    expect(budget.admit('g2', 'a', 600)).toBe(true);
  });
});
