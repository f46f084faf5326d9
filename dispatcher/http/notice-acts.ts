import { actsForOthers } from '../authority.ts';
import type { App } from './app.ts';
import type { HttpDeps } from './deps.ts';

/**
 * Whoever asks for something is at a desk, with an event stream or without one (a screen that polls). Whoever changes
 * something acts; reading is done by pages by themselves. Leaving is neither.
 */
export function noticeActs(app: App, attendance: HttpDeps['attendance']): void {
  if (attendance === undefined) return;
  app.addHook('onResponse', (request, reply, done) => {
    const { caller, method } = request;
    const leaves = request.routeOptions.config.access === 'DELETE /session';
    if (caller !== undefined && !leaves && reply.statusCode < 400 && actsForOthers(caller.actor)) {
      attendance.looks(caller.actor);
      if (method !== 'GET' && method !== 'HEAD') attendance.acts(caller.actor);
    }
    done();
  });
}
