import { describe, expect, it } from 'vitest';
import { apart } from './apart.ts';
import { type Claim, Home } from './home.ts';

const claim = (homeId: string, call = false): Claim => ({ home: new Home(homeId), works: [], call });
const names = (groups: readonly (readonly Claim[])[]): string[][] =>
  groups.map((group) => group.map(({ home }) => home?.homeId ?? ''));

describe('claims that were in somebody’s way', () => {
  it('go apart as calls by themselves and the rest in halves', () => {
    const claims = [claim('a'), claim('b', true), claim('c'), claim('d', true), claim('e')];
    expect(names(apart(claims))).toEqual([['b'], ['d'], ['a', 'c'], ['e']]);
  });

  it('are each alone after as many rounds as halving takes', () => {
    let groups: (readonly Claim[])[] = [Array.from({ length: 64 }, (_, n) => claim(`h${n}`))];
    let rounds = 0;
    while (groups.some((group) => group.length > 1)) {
      groups = groups.flatMap((group) => (group.length > 1 ? apart(group) : [group]));
      rounds += 1;
    }
    expect(rounds).toBe(6);
    expect(groups).toHaveLength(64);
  });

  it('that are none make no group', () => {
    expect(apart([])).toEqual([]);
  });
});
