import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Pool } from '../../../platform/database.ts';
import { ALERT_KINDS, type Alert } from '../../../schemas/alert.ts';
import { toIso } from '../../../schemas/ids.ts';
import { residentSettings } from '../../../schemas/registry.ts';
import type { ReplayedAlert, ReplaySource } from '../../ports.ts';
import { settingsInWgs84 } from '../../registry/place.ts';
import { answers, type App } from '../app.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { momentParam } from '../query-params.ts';

const DAY_MS = 86_400_000;
const STANDARD_DAYS = 30;
const MOST_DAYS = 92;
const MOST_SHOWN = 1_000;

const priority = z.int().min(1).max(4);
const wouldBe = z.object({
  kind: z.enum(ALERT_KINDS),
  priority,
  openedAt: z.iso.datetime(),
  occurredAt: z.iso.datetime(),
  because: z.array(z.string()),
  deviceIds: z.array(z.string()),
});
const didHappen = z.object({
  id: z.string(),
  kind: z.enum(ALERT_KINDS),
  priority,
  openedAt: z.iso.datetime(),
  disposition: z.string().nullable(),
  because: z.array(z.string()),
});

export interface ReplayRouteOptions {
  pool: Pool;
  now(): number;
  replay: ReplaySource | undefined;
  homeVisible(homeId: string, request: FastifyRequest): Promise<boolean>;
}

/** A change of settings, tried on what has been before it is saved. */
export function replayRoutes(app: App, { pool, now, replay, homeVisible }: ReplayRouteOptions): void {
  app.post(
    '/homes/:id/replay',
    {
      schema: {
        tags: ['homes'],
        summary: 'What would have alerted in this home under other settings, beside what did',
        description:
          `Reads only. Absent: the last ${STANDARD_DAYS} days. \`settings\` take the place of the home's own, whoever of ` +
          'its residents they are of; the rest is as it was at the time. Every emergency is taken as seen to after 30 ' +
          'minutes, in both runs, for what people did to the real ones cannot be repeated.',
        params: z.object({ id: z.string() }),
        body: z.strictObject({
          from: momentParam.optional(),
          to: momentParam.optional(),
          settings: residentSettings,
        }),
        response: answers({
          200: z.object({
            from: z.iso.datetime(),
            to: z.iso.datetime(),
            did: z.array(didHappen).describe('alerts as they are stored'),
            before: z.array(wouldBe).describe('replayed under the settings of the time'),
            tried: z.array(wouldBe).describe('replayed under these settings'),
            both: z.array(z.object({ before: wouldBe, tried: wouldBe })).describe('in both runs'),
            added: z.array(wouldBe).describe('only under these settings'),
            gone: z.array(wouldBe).describe('no more under these settings'),
            items: z.int().describe('readings and inputs that were folded, two weeks of lead-in included'),
          }),
        }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const to = request.body.to === undefined ? now() : Date.parse(request.body.to);
      const from =
        request.body.from === undefined ? to - STANDARD_DAYS * DAY_MS : Date.parse(request.body.from);
      if (!(from < to) || to - from > MOST_DAYS * DAY_MS)
        throw invalid({ field: 'from', message: `must be before to, by ${MOST_DAYS} days at most` });
      if (replay === undefined) throw new Problem('unavailable', 'this process does not replay');
      if (!(await homeVisible(id, request))) throw notFound('home', id);
      const answer = await replay.run({
        homeId: id,
        from,
        to,
        settings: settingsInWgs84(request.body.settings),
      });
      if (answer === undefined) throw notFound('home', id);
      const { rows } = await pool.query<{ doc: Alert }>(
        `select doc from alerts where home_id = $1 and opened_at >= $2 and opened_at < $3 and not synthetic
         order by opened_at limit ${MOST_SHOWN}`,
        [id, toIso(from), toIso(to)],
      );
      return {
        from: toIso(from),
        to: toIso(to),
        did: rows.map(({ doc }) => ({
          id: doc.id,
          kind: doc.kind,
          priority: doc.priority,
          openedAt: doc.openedAt,
          disposition: doc.disposition,
          because: becauseOf(doc),
        })),
        before: answer.before.map(shown),
        tried: answer.tried.map(shown),
        both: answer.both.map((pair) => ({ before: shown(pair.before), tried: shown(pair.tried) })),
        added: answer.added.map(shown),
        gone: answer.gone.map(shown),
        items: answer.items,
      };
    },
  );
}

const becauseOf = (alert: Alert): string[] =>
  [...new Set(alert.evidence.map(({ text }) => text))].slice(0, 5);

const shown = (alert: ReplayedAlert) => ({
  ...alert,
  openedAt: toIso(alert.openedAt),
  occurredAt: toIso(alert.occurredAt),
});
