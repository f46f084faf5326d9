import { z } from 'zod';
import { actsForOthers } from '../../authority.ts';
import { type App, callerOf } from '../app.ts';
import type { HttpDeps } from '../deps.ts';
import { scopeFor } from '../guard.ts';
import { sessionKey } from '../sessions.ts';
import { readLastEventId } from '../stream/frames.ts';
import type { StreamHub } from '../stream/hub.ts';
import type { Visitors } from '../watcher.ts';

const CANARIES = { true: 'too', only: 'only', false: 'none' } as const;

/** `GET /stream`: server-sent events, without a gap. */
export function streamRoutes(
  app: App,
  { hub, visitors, attendance }: { hub: StreamHub; visitors: Visitors } & Pick<HttpDeps, 'attendance'>,
): void {
  app.get(
    '/stream',
    {
      config: { untimed: true },
      schema: {
        tags: ['stream'],
        summary: 'Server-sent events: alert, order, device; reset when Last-Event-ID is too old',
        description:
          'Starts at now, or after Last-Event-ID (header, or query where a browser cannot set it) without a gap. ' +
          'A comment every 15 s. After `reset` read the lists again. ' +
          '`unconfirmed` (without an id, so resuming does not know it) lists all calls for help that have arrived and ' +
          'cannot be stored yet, `{items: [{homeId, deviceId, street, receivedAt}], more}`, at every change; empty when ' +
          'none waits any more. A connection begins with none; if some wait, they are told at once. ' +
          '`unheard: true` stands there while this process hears nothing of the other ones: more may wait than are listed. ' +
          '`overdue` (without an id too) lists what the auditor finds neither done nor due: `{items: [{what, id, street}]}`, ' +
          'at every change; empty when all is well again. ' +
          '`notice` (without an id) is an offer, told to the page of the caregiver who is asked. ' +
          "Canaries' alarms (`synthetic`) come only with `?synthetic=true`, and nothing else with `?synthetic=only`.",
        querystring: z.object({
          lastEventId: z.string().max(32).optional(),
          synthetic: z.enum(['true', 'false', 'only']).optional(),
        }),
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const { actor, scope, token } = callerOf(request);
      if (actsForOthers(actor) && attendance !== undefined)
        reply.raw.once('close', attendance.watches(actor));
      const header = request.headers['last-event-id'];
      await hub.open({
        response: reply.raw,
        headers: reply.getHeaders(),
        scope,
        canaries: CANARIES[request.query.synthetic ?? 'false'],
        after: readLastEventId(typeof header === 'string' ? header : request.query.lastEventId),
        sessionKey: sessionKey(token),
        recheck: async () => {
          const user = await visitors.find(token, 'GET /stream');
          return user && scopeFor(user, 'GET /stream', actor.address);
        },
      });
      return reply.hijack();
    },
  );
}
