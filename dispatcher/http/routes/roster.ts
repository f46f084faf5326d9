import { z } from 'zod';
import { dutyRoster } from '../../planning/duty-roster.ts';
import { localMinutes } from '../../recommendation/local-minute.ts';
import { answers, type App, callerOf } from '../app.ts';
import type { HttpDeps } from '../deps.ts';

const HOUR_MS = 3_600_000;
const onRoster = z.object({
  kind: z.enum(['operator', 'caregiver']),
  id: z.string().describe('username of an operator, id of a caregiver'),
  name: z.string().nullable(),
  phone: z.string().nullable(),
  role: z.string(),
  streets: z.array(z.string()).describe('of an operator; empty: the whole district'),
  loggedIn: z.boolean().nullable().describe('an operator has a session; null for a caregiver'),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  now: z.boolean(),
});

/** Who is on duty now and next, at the desk and outside. */
export function rosterRoutes(
  app: App,
  { pool, clock, timeZone, cipher }: Pick<HttpDeps, 'pool' | 'clock' | 'timeZone' | 'cipher'>,
): void {
  app.get(
    '/roster',
    {
      schema: {
        tags: ['shifts'],
        summary:
          'Who is on duty now, and who comes next: operators by their duties, caregivers by their shifts',
        querystring: z.object({ hours: z.coerce.number().min(1).max(48).default(12) }),
        response: answers({ 200: z.object({ at: z.iso.datetime(), items: z.array(onRoster) }) }),
      },
    },
    async (request) => {
      const nowMs = clock.now();
      const { streets } = callerOf(request).scope;
      const aheadMs = request.query.hours * HOUR_MS;
      const items = await dutyRoster(pool, { nowMs, aheadMs, local: localMinutes(timeZone) });
      return {
        at: new Date(nowMs).toISOString(),
        items: items
          // Colleagues whose streets have nothing to do with the caller's are not theirs to hand over to.
          .filter(
            (one) =>
              streets === null || one.streets.length === 0 || one.streets.some((s) => streets.includes(s)),
          )
          .map(({ personal, ...one }) => {
            const sealed =
              personal === null ? null : (cipher.open(personal) as { name: string; phone: string | null });
            return { ...one, name: sealed?.name ?? null, phone: sealed?.phone ?? null };
          }),
      };
    },
  );
}
