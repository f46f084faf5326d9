import { z } from 'zod';
import type { Queryable } from '../../../platform/database.ts';
import { caregiverDay, type DayVisit } from '../../planning/caregiver-day.ts';
import { localDate } from '../../registry/age.ts';
import { answers, type App, callerOf } from '../app.ts';
import type { HttpDeps } from '../deps.ts';
import { notFound } from '../problem.ts';
import type { Scope } from '../scope.ts';

const span = { from: z.iso.datetime(), to: z.iso.datetime() };
const dayAnswer = z.object({
  caregiverId: z.string(),
  date: z.iso.date(),
  shifts: z.array(z.object(span)),
  visits: z.array(
    z.object({
      orderId: z.string(),
      homeId: z.string().describe('empty: outside your streets'),
      service: z.string(),
      state: z.string(),
      tentative: z.boolean().describe('asked, not yet answered'),
      means: z.enum(['visit', 'call']).describe('call: by telephone, no way to it'),
      title: z.string().nullable().describe('what the regular visit is called'),
      ...span,
      minutes: z.int(),
      travelMinutes: z.number().describe('from the visit before'),
      slackMinutes: z.int().nullable().describe('left after that way; negative: it cannot be made'),
    }),
  ),
  visitMinutes: z.int(),
});

/** Somebody is busy elsewhere, too; where and with what is for those who see that street. */
async function shownTo(scope: Scope, visits: DayVisit[], db: Queryable): Promise<DayVisit[]> {
  if (scope.reach !== 'all' || scope.streets === null) return visits;
  const { rows } = await db.query<{ id: string }>(
    'select id from homes where id = any($1) and street = any($2)',
    [visits.map((visit) => visit.homeId), scope.streets],
  );
  const seen = new Set(rows.map(({ id }) => id));
  return visits.map((visit) => (seen.has(visit.homeId) ? visit : { ...visit, homeId: '', title: null }));
}

/** What somebody has to do on a day. */
export function dayRoutes(
  app: App,
  { pool, clock, timeZone, words }: Pick<HttpDeps, 'pool' | 'clock' | 'timeZone' | 'words'>,
): void {
  app.get(
    '/caregivers/:id/day',
    {
      schema: {
        tags: ['caregivers'],
        summary: "A caregiver's day: shifts, visits in order, the ways between",
        params: z.object({ id: z.string() }),
        querystring: z.object({ date: z.iso.date().optional().describe('local; absent: today') }),
        response: answers({ 200: dayAnswer }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const { scope } = callerOf(request);
      if (scope.reach !== 'all' && scope.caregiverId !== id) throw notFound('caregiver', id);
      const nowMs = clock.now();
      const date = request.query.date ?? localDate(nowMs, timeZone);
      const day = await caregiverDay(pool, id, date, { nowMs, timeZone });
      if (day === undefined) throw notFound('caregiver', id);
      return { ...day, visits: await words.open(await shownTo(scope, day.visits, pool)) };
    },
  );
}
