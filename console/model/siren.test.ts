import { describe, expect, it } from 'vitest';
import { alertOf, T0 } from './example-alert.ts';
import { chimesFor, newlyRinging, SILENT, sirenOf } from './siren.ts';

const map = (...alerts: ReturnType<typeof alertOf>[]) => new Map(alerts.map((a) => [a.id, a]));

describe('the siren', () => {
  it('rings while a priority-1 alarm waits, louder each ten seconds to a limit', () => {
    const first = sirenOf([alertOf()], SILENT, T0);
    expect(first).toMatchObject({ ringing: true, gain: 0.25, waiting: 1 });
    expect(sirenOf([alertOf()], first, T0 + 9999).gain).toBe(0.25);
    expect(sirenOf([alertOf()], first, T0 + 10_000).gain).toBe(0.4);
    expect(sirenOf([alertOf()], first, T0 + 3_600_000).gain).toBe(1);
  });

  it('ends with the acknowledgement, and begins softly again with a new call', () => {
    const loud = sirenOf([alertOf()], { ringing: true, sinceMs: T0 - 60_000, gain: 1, waiting: 1 }, T0);
    expect(loud.gain).toBe(1);
    const quiet = sirenOf([alertOf({ state: 'acknowledged' })], loud, T0 + 1);
    expect(quiet).toEqual(SILENT);
    expect(sirenOf([alertOf()], quiet, T0 + 2).gain).toBe(0.25);
  });

  it('does not ring for lower priorities, tests and canaries', () => {
    for (const patch of [{ priority: 2 as const }, { test: true }, { synthetic: true }])
      expect(sirenOf([alertOf(patch)], SILENT, T0).ringing).toBe(false);
  });

  it('sounds one tone for a new priority-2 alarm, once', () => {
    const two = alertOf({ priority: 2 });
    expect(chimesFor(map(), map(two))).toBe(1);
    expect(chimesFor(map(two), map({ ...two, version: 2 }))).toBe(0);
    expect(chimesFor(map(), map(alertOf()))).toBe(0);
  });

  it('announces a priority-1 alarm when it comes and when it comes back', () => {
    const taken = alertOf({ state: 'acknowledged' });
    expect(newlyRinging(map(), map(alertOf()))).toHaveLength(1);
    expect(newlyRinging(map(taken), map(alertOf({ version: 3 })))).toHaveLength(1);
    expect(newlyRinging(map(alertOf()), map(alertOf({ version: 2 })))).toHaveLength(0);
  });
});
