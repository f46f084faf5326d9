import { describe, expect, it } from 'vitest';
import { foldScript } from '../tests/support/fold-script.ts';
import { DETECTORS } from './detectors/registry.ts';
import { latenessOf } from './event-time/lateness.ts';
import { createHomeFold } from './home-fold.ts';
import { type HomeState, initialState, stateToJson } from './home-state.ts';
import { localTimeOf } from './local-time.ts';

const STEPS = 600;
const SEEDS = [0, 1, 2, 3];
const aFold = () => createHomeFold(DETECTORS, localTimeOf('Asia/Shanghai'));

/** All the way down; who writes to it afterwards throws, which the fold tells as a fault or passes on. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of value instanceof Map ? value.values() : Object.values(value)) frozen(part);
  return value;
}

/** A fold uses one draft for all homes, and detectors write to what they have just made: neither may be seen outside. */
describe('a fold of a home, pure', () => {
  it.each(SEEDS)('writes to no state that it has been given or has given (home %i)', (seed) => {
    const fold = aFold();
    const { items, outages, streets } = foldScript(seed, STEPS);
    let state = frozen(initialState(fold.detectors));
    for (const item of items) {
      const result = fold.fold(state, frozen(item), outages, streets);
      expect(result.faults).toEqual([]);
      state = frozen(result.state);
    }
    expect(Object.isFrozen(state.states[0])).toBe(true);
  });

  it('does to homes in turn what it does to each alone', () => {
    const scripts = SEEDS.map((seed) => {
      const script = foldScript(seed, STEPS);
      return { ...script, items: script.items.slice(0, STEPS) };
    });
    const alone = scripts.map(({ items, outages, streets }) => {
      const fold = aFold();
      return items.reduce(
        (state: HomeState, item) => fold.fold(state, item, outages, streets).state,
        initialState(fold.detectors),
      );
    });
    const fold = aFold();
    const states = SEEDS.map(() => initialState(fold.detectors));
    for (let i = 0; i < STEPS; i++)
      for (const [n, { items, outages, streets }] of scripts.entries()) {
        const [state, item] = [states[n], items[i]];
        if (state && item) states[n] = fold.fold(state, item, outages, streets).state;
      }
    const texts = (all: readonly HomeState[]) =>
      all.map((state) => JSON.stringify(stateToJson(DETECTORS, state)));
    expect(texts(states)).toEqual(texts(alone));
  });

  it.each(SEEDS)('the first deadline is the one that a look at all of them finds (home %i)', (seed) => {
    const fold = aFold();
    const { items, outages, streets } = foldScript(seed, STEPS);
    const lags = DETECTORS.map(({ timerLatenessMs, channels }) => timerLatenessMs ?? latenessOf(channels));
    let state = initialState(fold.detectors);
    for (const item of items) {
      state = fold.fold(state, item, outages, streets).state;
      const dues = state.wakes.map((wakeAt, i) => wakeAt + (lags[i] ?? 0));
      const first = Math.min(...dues);
      const of = first === Infinity ? -1 : dues.indexOf(first);
      expect([state.nextWakeAt, state.nextWakeOf]).toEqual([first, of]);
    }
  });
});
