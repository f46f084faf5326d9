import type { Claim } from './home.ts';

/**
 * What was in somebody's way together, in groups that are to go by themselves: each call alone, so that whoever is blocked
 * blocks nobody else; all others in halves, until who is blocked is found. Hundreds of alarms one by one would hold up
 * for seconds what comes after them.
 */
export function apart(claims: readonly Claim[]): (readonly Claim[])[] {
  const groups: (readonly Claim[])[] = claims.filter(({ call }) => call === true).map((claim) => [claim]);
  const others = claims.filter(({ call }) => call !== true);
  const middle = Math.ceil(others.length / 2);
  for (const half of [others.slice(0, middle), others.slice(middle)]) if (half.length > 0) groups.push(half);
  return groups;
}
