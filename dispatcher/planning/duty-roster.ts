import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import { USER_ROLES, weeklySchema } from '../../schemas/registry.ts';
import type { LocalMinute } from '../recommendation/shift.ts';
import { readRoster, shiftOf } from '../recommendation/roster.ts';
import { dutySpans, STEP_MS } from './duty-spans.ts';

export interface OnRoster {
  kind: 'operator' | 'caregiver';
  /** Username or caregiver's id. */
  id: string;
  role: string;
  /** Streets of an operator; empty: the whole district. */
  streets: string[];
  /** An operator has a session that has not ended; null for caregivers. */
  loggedIn: boolean | null;
  /** Now, or else next: a beginning before the roster's own is not known. */
  from: string;
  to: string;
  now: boolean;
  /** Sealed name and phone of a caregiver. */
  personal: Uint8Array | null;
}

/** So far back beginnings are looked for. */
const BACK_MS = 12 * 3_600_000;

const dutyRow = z.object({
  username: z.string(),
  role: z.enum(USER_ROLES),
  streets: z.array(z.string()),
  logged_in: z.boolean(),
  shifts: z.array(
    z.object({
      from: z.number().nullable(),
      to: z.number().nullable(),
      weekly: weeklySchema.nullable(),
      off: z.boolean(),
    }),
  ),
});

/** Who is on duty now, and who comes next within `aheadMs`: the first span of each that has not ended. */
export async function dutyRoster(
  db: Queryable,
  { nowMs, aheadMs, local }: { nowMs: number; aheadMs: number; local: (ms: number) => LocalMinute },
): Promise<OnRoster[]> {
  const { people, personal } = await readRoster(db, nowMs);
  const { rows } = await db.query(
    `select u.username, u.role, u.streets,
       exists (select from sessions s where s.username = u.username and s.expires_at > $1) as logged_in,
       jsonb_agg(jsonb_build_object('from', extract(epoch from d.from_at) * 1000,
                                    'to', extract(epoch from d.to_at) * 1000, 'weekly', d.weekly, 'off', d.off)) as shifts
     from duties d join users u on u.username = d.username and u.retired_at is null
     where d.retired_at is null group by u.username`,
    [toIso(nowMs)],
  );
  const operators = rows.map((row) => {
    const { shifts, logged_in, ...rest } = dutyRow.parse(row);
    return { ...rest, loggedIn: logged_in, shifts: shifts.map(shiftOf) };
  });
  const begin = Math.floor((nowMs - BACK_MS) / STEP_MS) * STEP_MS;
  const current = <T extends { shifts: (typeof people)[number]['shifts'] }>(all: readonly T[]) =>
    [...dutySpans(all, begin, nowMs + aheadMs, local)].flatMap(([person, spans]) => {
      const span = spans.find(({ toMs }) => toMs > nowMs);
      return span === undefined
        ? []
        : [{ person, from: toIso(span.fromMs), to: toIso(span.toMs), now: span.fromMs <= nowMs }];
    });
  return [
    ...current(operators).map(({ person: { username, role, streets, loggedIn }, ...when }) => ({
      kind: 'operator' as const,
      id: username,
      role,
      streets,
      loggedIn,
      personal: null,
      ...when,
    })),
    ...current(people).map(({ person: { caregiverId, role }, ...when }) => ({
      kind: 'caregiver' as const,
      id: caregiverId,
      role,
      streets: [],
      loggedIn: null,
      personal: personal.get(caregiverId) ?? null,
      ...when,
    })),
  ].sort((a, b) => Number(b.now) - Number(a.now) || a.from.localeCompare(b.from) || a.id.localeCompare(b.id));
}
