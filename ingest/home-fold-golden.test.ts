import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { foldScript } from '../tests/support/fold-script.ts';
import { DETECTORS } from './detectors/registry.ts';
import { createHomeFold } from './home-fold.ts';
import { type HomeStateJson, initialState, stateFromJson, stateToJson } from './home-state.ts';
import { localTimeOf } from './local-time.ts';

const STEPS = 2_500;
/** Every so often the state goes through its snapshot, as after a restart. */
const RESTART_EVERY = 137;

/**
 * Four homes' weeks of everything, by every detector: what was concluded, and a hash of it and of each snapshot on the
 * way. Whoever makes the fold faster changes nothing here; whoever changes what a detector concludes writes it down
 * anew (`vitest -u`) and looks at the difference.
 */
describe('the fold of a home, to the byte', () => {
  it.each([0, 1, 2, 3])('home %i concludes what it did, and its snapshots are the same text', (seed) => {
    const fold = createHomeFold(DETECTORS, localTimeOf('Asia/Shanghai'));
    const { items, outages, streets } = foldScript(seed, STEPS);
    const hash = createHash('sha256');
    const concluded: Record<string, number> = {};
    let state = initialState(fold.detectors);
    for (const [i, item] of items.entries()) {
      const result = fold.fold(state, item, outages, streets);
      expect(result.faults).toEqual([]);
      expect(fold.wakeAt(result.state)).toBe(result.wakeAt);
      state = result.state;
      hash.update(`${result.wakeAt}${JSON.stringify(result.signals)}\n`);
      for (const { kind, effect, evidence } of result.signals) {
        const key = `${kind} ${effect} ${evidence[0]?.kind ?? ''}`;
        concluded[key] = (concluded[key] ?? 0) + 1;
      }
      if (i % RESTART_EVERY !== 0) continue;
      const text = JSON.stringify(stateToJson(fold.detectors, state));
      hash.update(text);
      state = stateFromJson(fold.detectors, JSON.parse(text) as HomeStateJson);
    }
    expect({ hash: hash.digest('hex'), concluded }).toMatchSnapshot();
  });
});
