import { describe, expect, it } from 'vitest';
import type { Lane } from './commit.ts';
import { type Claim, Home, type Work } from './home.ts';
import { Scheduler } from './scheduler.ts';

const BULK = 200;

/** Lanes that say in which order they were given work, and that finish when told to. */
function stage() {
  const lanes = (names: readonly string[]) =>
    names.map((name) => ({ name, busy: false })) as unknown as Lane[];
  const begun: { lane: string; works: number }[] = [];
  const ends: (() => void)[] = [];
  const scheduler = new Scheduler({
    express: lanes(['express']),
    bulk: lanes(['bulk 1', 'bulk 2']),
    run: (lane, claims: readonly Claim[]) => {
      const works = claims.reduce((sum, claim) => sum + claim.works.length, 0);
      begun.push({ lane: (lane as unknown as { name: string }).name, works });
      return new Promise((resolve) => ends.push(resolve));
    },
    isReady: () => true,
    setTimer: () => () => undefined,
    now: () => 0,
    onFault: (error) => {
      throw error;
    },
  });
  const say = (home: Home, times: number, express = false): void => {
    for (let i = 0; i < times; i++) scheduler.add(home, { kind: 'timer', now: 0 } satisfies Work, express);
  };
  return { scheduler, begun, ends, say };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the scheduler', () => {
  it('folds one bulk batch in a turn of the event loop, so that a press read meanwhile goes before the next', async () => {
    const { scheduler, begun, say } = stage();
    say(new Home('a'), BULK);
    say(new Home('b'), BULK);
    scheduler.open();
    await turn();
    expect(begun).toEqual([{ lane: 'bulk 1', works: BULK }]);

    say(new Home('c'), 1, true);
    await turn();
    expect(begun.slice(1)).toEqual([
      { lane: 'express', works: 1 },
      { lane: 'bulk 2', works: BULK },
    ]);
  });

  it('gives a lane that has come to its end new work in the next turn, not in the one that answers are handled in', async () => {
    const { scheduler, begun, ends, say } = stage();
    scheduler.open();
    say(new Home('a'), 1, true);
    await turn();
    say(new Home('b'), 1, true);
    await turn();
    expect(begun).toHaveLength(1);

    ends[0]?.();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    expect(begun).toHaveLength(1);
    await turn();
    expect(begun).toHaveLength(2);
  });
});
