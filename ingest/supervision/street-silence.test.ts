import { describe, expect, it } from 'vitest';
import { decideSignal } from '../../alerts/decide-signal.ts';
import { DEFAULT_POLICY } from '../../alerts/policy.ts';
import {
  AT_ONCE_MS,
  atOnce,
  begins,
  ends,
  grows,
  homesNeeded,
  isOfTheModel,
  isOver,
  isWorthTelling,
} from './street-silence.ts';

const NOW = Date.UTC(2026, 10, 23, 2);
const facts = { street: '莲花', homes: 12, live: 80, from: NOW - 60_000, now: NOW, streets: 1 };
const homeAt = (n: number, noticedAt: number) => ({
  homeId: `h${n}`,
  street: '莲花',
  models: [],
  since: noticedAt - 1000,
  noticedAt,
});

describe('a street’s silence', () => {
  it('takes a tenth of its homes, five at least, thirty at most; of a very small one all, and three', () => {
    expect([3, 4, 5, 40, 120, 20_000].map(homesNeeded)).toEqual([3, 4, 5, 5, 12, 30]);
    expect([0, 1, 2].map(homesNeeded)).toEqual([3, 3, 3]);
  });

  it('counts who fell silent within five minutes: homes given up one by one are no outage', () => {
    const silent = [homeAt(1, NOW), homeAt(2, NOW - AT_ONCE_MS + 1), homeAt(3, NOW - AT_ONCE_MS)];
    expect(atOnce(silent, NOW).map(({ homeId }) => homeId)).toEqual(['h1', 'h2']);
  });

  it('is told again when it has doubled, and over when a fifth is left', () => {
    const silence = { street: '莲花', from: NOW, peak: 50, told: 20 };
    expect([39, 40].map((n) => isWorthTelling(silence, n))).toEqual([false, true]);
    expect([11, 10].map((n) => isOver(silence, n))).toEqual([false, true]);
  });

  it('is one alert of priority 3 with a count, of no home, that ends by itself with the reason', () => {
    const context = {
      now: NOW,
      home: { residentId: null, canAsk: false },
      policyFor: () => DEFAULT_POLICY,
      newAlertId: 'a1',
      previousAlertId: null,
    };
    const silent = Array.from({ length: 60 }, (_, n) => homeAt(n, NOW));
    const begun = begins({ ...facts, homes: 60 }, silent);
    expect(decideSignal(undefined, begun, context)).toMatchObject({
      outcome: 'opened',
      events: [{ kind: 'outage', priority: 3, dedupKey: '莲花:outage', street: '莲花' }, { type: 'joined' }],
    });
    expect(begun.evidence).toMatchObject([{ data: { count: 60, live: 80 } }]);
    expect(begun.evidence[0]?.data['homeIds']).toHaveLength(20);
    expect(grows(facts)).toMatchObject({ effect: 'support', evidence: [{ data: { count: 12 } }] });
    expect(ends(facts, 1)).toMatchObject({
      effect: 'clear',
      evidence: [{ for: false, data: { stillSilent: 1 } }],
    });
  });

  it('is the model’s where homes of one model are silent in several streets, and others there are not', () => {
    const counts = { silent: 12, live: 60, streets: 3, othersSilent: 1, othersLive: 200 };
    expect(isOfTheModel(counts)).toBe(true);
    // of one street only; nobody to compare with; the others are as silent; too few
    expect(isOfTheModel({ ...counts, streets: 1 })).toBe(false);
    expect(isOfTheModel({ ...counts, othersSilent: 0, othersLive: 4 })).toBe(false);
    expect(isOfTheModel({ ...counts, othersSilent: 40 })).toBe(false);
    expect(isOfTheModel({ ...counts, othersSilent: 8 })).toBe(true);
    expect(isOfTheModel({ ...counts, othersSilent: 9 })).toBe(false);
    expect(isOfTheModel({ ...counts, silent: 5 })).toBe(false);
    const begun = begins({ ...facts, model: 'GW-3' }, []);
    expect(begun).toMatchObject({ dedupKey: 'model:GW-3:outage', street: '莲花', priority: 3 });
    expect(begun.evidence).toMatchObject([{ kind: 'model_silent', data: { model: 'GW-3', count: 12 } }]);
    expect(begun.evidence[0]?.text).toContain('型号 GW-3 的网关：12 户同时失联');
  });

  it('says so when several streets are silent at once: our own line is the likelier cause (I13)', () => {
    expect(begins({ ...facts, streets: 3 }, []).evidence[0]?.text).toContain('平台自身网络');
    expect(begins(facts, []).evidence[0]?.text).not.toContain('平台自身网络');
  });
});
