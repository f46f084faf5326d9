/** Who is on duty now and next, as `GET /roster` tells it, in the order in which it is read. Pure. */
export interface OnRoster {
  kind: 'operator' | 'caregiver';
  id: string;
  name: string | null;
  phone: string | null;
  role: string;
  streets: readonly string[];
  loggedIn: boolean | null;
  from: string;
  to: string;
  now: boolean;
}
export interface RosterGroup {
  role: string;
  people: readonly OnRoster[];
}

/** By role, in the order given; whose duty ends or begins first comes first. */
export function rosterGroups(
  items: readonly OnRoster[],
  kind: OnRoster['kind'],
  now: boolean,
  roles: readonly string[],
): RosterGroup[] {
  const people = items.filter((one) => one.kind === kind && one.now === now);
  const at = (one: OnRoster): string => (now ? one.to : one.from);
  const known = [...roles, ...new Set(people.map((p) => p.role).filter((role) => !roles.includes(role)))];
  return known.flatMap((role) => {
    const here = people.filter((p) => p.role === role);
    here.sort((a, b) => at(a).localeCompare(at(b)) || (a.name ?? a.id).localeCompare(b.name ?? b.id, 'zh'));
    return here.length > 0 ? [{ role, people: here }] : [];
  });
}

const DAY_MS = 86_400_000;
/** Somebody on duty without an end in sight is shown without one. */
export const endsInSight = (one: OnRoster, atMs: number): boolean =>
  Date.parse(one.to) - atMs < DAY_MS / 2 - 60_000;
