import { writeAudit } from '../registry/audit-log.ts';
import type { Pool } from '../../platform/database.ts';
import type { RouteKey } from './access.ts';
import type { App } from './app.ts';

interface Look {
  readonly action: string;
  /** `kind:ID`; `params` and `body` are those of the request, checked. */
  object(params: Readonly<Record<string, string>>, body: Readonly<Record<string, unknown>>): string;
}

const everything =
  (kind: string): Look['object'] =>
  () =>
    `${kind}:*`;
const home: Look['object'] = ({ id = '' }) => `home:${id}`;

/**
 * Routes whose answer shows what is personal, and what a look through them is called in the audit log. Files of the
 * registry and sheets for 120 write theirs themselves, for they know what they have shown. What is said of alarms and
 * orders is not here: it is the work in hand, and stands on every desk of its street by the stream.
 */
export const LOOKS: Partial<Record<RouteKey, Look>> = {
  'GET /homes/:id/readings': { action: 'home.readings', object: home },
  'POST /homes/:id/replay': { action: 'home.replay', object: home },
  'POST /policies/preview': {
    action: 'home.contacts',
    object: (_params, { homeId }) => `home:${String(homeId)}`,
  },
  'GET /handovers': { action: 'handover.list', object: everything('handover') },
  'GET /dead-letters': { action: 'dead_letter.list', object: everything('dead_letter') },
  'GET /roster': { action: 'caregiver.list', object: everything('caregiver') },
  'GET /visit-plans': { action: 'visit_plan.list', object: everything('visit_plan') },
  'GET /visit-plans/:id': { action: 'visit_plan.view', object: ({ id = '' }) => `visit_plan:${id}` },
  'GET /caregivers/:id/day': { action: 'caregiver.day', object: ({ id = '' }) => `caregiver:${id}` },
  'GET /ledger/:accountId': {
    action: 'ledger.view',
    object: ({ accountId = '' }) => `account:${accountId}`,
  },
};

/** Nothing is shown whose look is not on record: where that cannot be written, the answer is a fault. */
export function recordLooks(app: App, { pool, now }: { pool: Pool; now(): number }): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const key = request.routeOptions.config.access;
    const look = key && LOOKS[key];
    const { caller } = request;
    if (look !== undefined && caller !== undefined && reply.statusCode < 300) {
      const params = (request.params ?? {}) as Record<string, string>;
      const body = (request.body ?? {}) as Record<string, unknown>;
      await writeAudit(pool, caller.actor, now(), { action: look.action, object: look.object(params, body) });
    }
    return payload;
  });
}
