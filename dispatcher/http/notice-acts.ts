import { actsForOthers } from '../authority.ts';
import type { App } from './app.ts';
import type { HttpDeps } from './deps.ts';

/** Whoever at a desk changes something acts; reading is done by pages by themselves, and so is leaving. */
export function noticeActs(app: App, attendance: HttpDeps['attendance']): void {
  if (attendance === undefined) return;
  app.addHook('onResponse', (request, reply, done) => {
    const { caller, method } = request;
    const changes =
      method !== 'GET' && method !== 'HEAD' && request.routeOptions.config.access !== 'DELETE /session';
    if (caller !== undefined && changes && reply.statusCode < 400 && actsForOthers(caller.actor))
      attendance.acts(caller.actor);
    done();
  });
}
