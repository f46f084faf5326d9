import { describe, expect, it } from 'vitest';
import type { Lane } from './commit.ts';
import { type Claim, Home, type Work } from './home.ts';
import { Scheduler, type Urgency } from './scheduler.ts';

const BULK = 200;

/** Lanes that say in which order they were given work, and that finish when told to. */
function stage(expressLanes: readonly string[] = ['express']) {
  const lanes = (names: readonly string[]) =>
    names.map((name) => ({ name, busy: false })) as unknown as Lane[];
  const begun: { lane: string; works: number }[] = [];
  const homes: string[][] = [];
  const ends: (() => void)[] = [];
  const scheduler = new Scheduler({
    express: lanes(expressLanes),
    bulk: lanes(['bulk 1', 'bulk 2']),
    run: (lane, claims: readonly Claim[]) => {
      const works = claims.reduce((sum, claim) => sum + claim.works.length, 0);
      begun.push({ lane: (lane as unknown as { name: string }).name, works });
      homes.push(claims.map(({ home }) => home?.homeId ?? ''));
      return new Promise((resolve) => ends.push(resolve));
    },
    isReady: () => true,
    setTimer: () => () => undefined,
    now: () => 0,
    onFault: (error) => {
      throw error;
    },
  });
  const say = (home: Home, times: number, urgency: Urgency = 'bulk'): void => {
    for (let i = 0; i < times; i++) scheduler.add(home, { kind: 'timer', now: 0 } satisfies Work, urgency);
  };
  return { scheduler, begun, homes, ends, say };
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

    say(new Home('c'), 1, 'call');
    await turn();
    expect(begun.slice(1)).toEqual([
      { lane: 'express', works: 1 },
      { lane: 'bulk 2', works: BULK },
    ]);
  });

  it('gives a lane that has come to its end new work in the next turn, not in the one that answers are handled in', async () => {
    const { scheduler, begun, ends, say } = stage();
    scheduler.open();
    say(new Home('a'), 1, 'call');
    await turn();
    say(new Home('b'), 1, 'call');
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

  it('begins with a call before the rest of the turn is read, together with what was read at once with it', async () => {
    const { scheduler, begun, say } = stage(['calls', 'shared']);
    scheduler.open();
    say(new Home('a'), 1, 'call');
    say(new Home('b'), 1, 'call');
    expect(begun).toEqual([]);
    await Promise.resolve();
    expect(begun).toEqual([{ lane: 'calls', works: 2 }]);

    // The lane for calls is at work: what comes now waits for company until the end of the turn
    say(new Home('c'), 1, 'call');
    say(new Home('d'), 1, 'call');
    await Promise.resolve();
    expect(begun).toHaveLength(1);
    await turn();
    expect(begun.slice(1)).toEqual([{ lane: 'shared', works: 2 }]);
  });

  describe('with alarms of hundreds of homes that were found in bulk', () => {
    const CALLS = 'calls first';
    const SHARED = 'shared';
    const found = (count: number): Claim[] =>
      Array.from({ length: count }, (_, n) => {
        const home = new Home(`found ${n}`);
        home.claimed = 1;
        return { home, works: [{ kind: 'timer', now: 0 }] };
      });

    it('keeps a lane for calls, so that one that comes then goes at once', async () => {
      const { scheduler, begun, homes, say } = stage([CALLS, SHARED]);
      scheduler.open();
      scheduler.hand(found(200));
      await turn();
      expect(begun.map(({ lane }) => lane)).toEqual([SHARED]);

      say(new Home('caller'), 1, 'call');
      await turn();
      expect(begun[1]).toEqual({ lane: CALLS, works: 1 });
      expect(homes[1]).toEqual(['caller']);
    });

    it('lets calls and alarms take turns in the other lane: neither waits for the end of the other', async () => {
      const { scheduler, begun, homes, ends, say } = stage([CALLS, SHARED]);
      scheduler.open();
      scheduler.hand(found(200));
      await turn();
      for (let round = 0; round < 2; round++) {
        say(new Home(`caller ${round} a`), 1, 'call');
        await turn();
        say(new Home(`caller ${round} b`), 1, 'call');
        ends[begun.findLastIndex(({ lane }) => lane === SHARED)]?.();
        await turn();
        await turn();
      }
      const shared = homes
        .filter((_, i) => begun[i]?.lane === SHARED)
        .map(([first = '']) => first.split(' ')[0]);
      expect(shared).toEqual(['found', 'caller', 'found']);
    });

    it('sends what a home has handed with its call, which must wait for it', async () => {
      const { scheduler, homes, say } = stage([CALLS, SHARED]);
      scheduler.open();
      const claims = found(200);
      scheduler.hand(claims);
      await turn();
      const last = claims.at(-1)?.home;
      if (last) say(last, 1, 'call');
      await turn();
      // The lane for calls was free; what waited behind 135 others is under way.
      expect(homes[1]).toEqual(['found 199']);
    });

    it('takes groups that must go apart one by one, in turns with what else waits', async () => {
      const { scheduler, homes, ends } = stage();
      scheduler.open();
      const [a, b, c, d] = found(4) as [Claim, Claim, Claim, Claim];
      scheduler.handApart([a, b]);
      scheduler.handApart([c]);
      scheduler.hand([d]);
      for (let i = 0; i < 3; i++) {
        await turn();
        ends[i]?.();
        await turn();
      }
      expect(homes).toEqual([['found 0', 'found 1'], ['found 3'], ['found 2']]);
    });
  });
});
