import { describe, expect, it } from 'vitest';
import { budgetOf, timerAt } from './budgets.ts';
import { alertOf, iso, orderOf, T0 } from './example-alert.ts';

describe('timers', () => {
  it('are neutral to half the budget, amber to the budget, red beyond with the overrun', () => {
    const budget = budgetOf(alertOf(), []);
    expect(budget).toEqual({ phase: 'answer', fromMs: T0, budgetMs: 60_000 });
    const tone = (s: number) => timerAt(budget, T0 + s * 1000).tone;
    expect([tone(0), tone(29.9), tone(30), tone(59.9), tone(60)]).toEqual([
      'neutral',
      'neutral',
      'amber',
      'amber',
      'red',
    ]);
    expect(timerAt(budget, T0 + 75_000)).toMatchObject({ overrunMs: 15_000, elapsedMs: 75_000 });
  });

  it('never run backwards when a clock is behind', () => {
    expect(timerAt(budgetOf(alertOf(), []), T0 - 5000)).toMatchObject({ elapsedMs: 0, tone: 'neutral' });
  });

  it('count a pending fall against its own deadline', () => {
    const asked = alertOf({ kind: 'fall', priority: 2, state: 'pending', deadlineAt: iso(T0 + 20_000) });
    expect(budgetOf(asked, [])).toEqual({ phase: 'asking', fromMs: T0, budgetMs: 20_000 });
  });

  it('count an acknowledged alarm from its opening to arrival: 15 minutes for a call, 30 for critical vitals', () => {
    expect(budgetOf(alertOf({ state: 'acknowledged' }), [])).toMatchObject({
      phase: 'arrive',
      budgetMs: 900_000,
    });
    expect(budgetOf(alertOf({ state: 'acknowledged', kind: 'vitals' }), [])).toMatchObject({
      budgetMs: 1_800_000,
    });
  });

  it('have nothing to be late for once somebody is on scene', () => {
    const there = orderOf({ state: 'on_scene', arrivedAt: iso(T0 + 600_000) });
    const budget = budgetOf(alertOf({ state: 'acknowledged' }), [there]);
    expect(budget).toEqual({ phase: 'on_scene', fromMs: T0 + 600_000, budgetMs: null });
    expect(timerAt(budget, T0 + 90_000_000).tone).toBe('neutral');
  });

  it('start anew when the resident calls again', () => {
    const again = alertOf({
      timeline: [
        { at: iso(T0), what: 'opened', by: 'system', note: null },
        { at: iso(T0 + 300_000), what: 'called_again', by: 'system', note: 'call' },
      ],
    });
    expect(budgetOf(again, []).fromMs).toBe(T0 + 300_000);
  });
});
