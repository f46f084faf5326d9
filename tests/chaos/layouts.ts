import type { Role } from '../../platform/roles.ts';

/** Processes that run the same. */
export interface LayoutRow {
  readonly roles: readonly [Role, ...Role[]];
  readonly count: number;
}

/**
 * Which processes there are; another layout is another entry. In the order in which they are stopped: those that speak to
 * devices first, so that what they have taken in is answered. Those of the same role are behind one balancer.
 */
export const LAYOUTS = {
  one: [{ roles: ['broker', 'ingest', 'dispatcher'], count: 1 }],
  apart: [
    { roles: ['broker', 'ingest'], count: 1 },
    { roles: ['dispatcher'], count: 1 },
  ],
  split: [
    { roles: ['broker'], count: 2 },
    { roles: ['ingest'], count: 2 },
    { roles: ['dispatcher'], count: 1 },
  ],
  several: [
    { roles: ['broker'], count: 3 },
    { roles: ['ingest'], count: 3 },
    { roles: ['dispatcher'], count: 2 },
  ],
} as const satisfies Record<string, readonly [LayoutRow, ...LayoutRow[]]>;

export type Layout = keyof typeof LAYOUTS;
export const LAYOUT_NAMES = Object.keys(LAYOUTS) as Layout[];

export const rowsOf = (layout: Layout): readonly [LayoutRow, ...LayoutRow[]] => LAYOUTS[layout];

/** A broker without ingest in its process gives what it takes in to Redis. */
export const needsRedis = (layout: Layout): boolean =>
  rowsOf(layout).some(({ roles }) => roles.includes('broker') !== roles.includes('ingest'));

/** `broker,ingest`, or `broker-2` of several. */
export const nameOf = ({ roles, count }: LayoutRow, nth: number): string =>
  count === 1 ? roles.join(',') : `${roles.join(',')}-${nth + 1}`;

/**
 * The role by which its processes are known to a fault: where `broker` is done by the very processes that do `ingest`, what
 * is done to the one is done to the other already.
 */
export function distinctRoles(layout: Layout): ReadonlySet<Role> {
  const distinct = new Map<string, Role>();
  for (const role of ['ingest', 'dispatcher', 'broker'] as const) {
    const rows = rowsOf(layout)
      .flatMap((row, i) => (row.roles.includes(role) ? [i] : []))
      .join();
    if (!distinct.has(rows)) distinct.set(rows, role);
  }
  return new Set(distinct.values());
}
