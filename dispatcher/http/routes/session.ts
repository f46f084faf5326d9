import { z } from 'zod';
import { loginBody } from '../../../schemas/commands.ts';
import { USER_ROLES } from '../../../schemas/registry.ts';
import { answers, type App, callerOf } from '../app.ts';
import { SESSION_COOKIE } from '../guard.ts';
import { Problem } from '../problem.ts';
import { SESSION_MS, sessionKey, type Sessions, type SessionUser } from '../sessions.ts';
import type { StreamHub } from '../stream/hub.ts';

const userAnswer = z.object({
  username: z.string(),
  role: z.enum(USER_ROLES),
  streets: z.array(z.string()).describe('empty: the whole district'),
  caregiverId: z.string().nullable(),
});

export interface SessionRouteOptions {
  sessions: Sessions;
  hub: StreamHub;
  failures: { inc(labels: { reason: string }): void };
}

/** Log in, log out, who am I. */
export function sessionRoutes(app: App, { sessions, hub, failures }: SessionRouteOptions): void {
  app.post(
    '/session',
    {
      schema: {
        tags: ['session'],
        summary: 'Log in: a token, and the same as a cookie',
        body: loginBody,
        response: answers({
          200: z.object({ token: z.string(), user: userAnswer, expiresAt: z.iso.datetime() }),
        }),
      },
    },
    async (request, reply) => {
      const { username, password } = request.body;
      const result = await sessions.login(username, password, request.ip);
      if (!result.ok) {
        failures.inc({ reason: result.code });
        if (result.code === 'wrong') throw new Problem('wrong_credentials', 'username or password is wrong');
        const seconds = Math.max(1, Math.ceil(result.retryAfterMs / 1000));
        throw new Problem('throttled', `too many failed logins; try again in ${seconds} s`, {
          headers: { 'retry-after': String(seconds) },
        });
      }
      const { token, user, expiresAt } = result;
      void reply.setCookie(SESSION_COOKIE, token, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: request.protocol === 'https',
        maxAge: SESSION_MS / 1000,
      });
      return { token, user, expiresAt };
    },
  );

  app.delete(
    '/session',
    { schema: { tags: ['session'], summary: 'Log out', response: answers({ 204: z.null() }) } },
    async (request, reply) => {
      const { actor, token } = callerOf(request);
      const { address, ...user } = actor;
      await sessions.end(token, { ...user, streets: [...user.streets] }, address);
      hub.endSession(sessionKey(token));
      return reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send();
    },
  );

  app.get(
    '/me',
    { schema: { tags: ['session'], summary: 'Who am I', response: answers({ 200: userAnswer }) } },
    (request): SessionUser => {
      const { username, role, streets, caregiverId } = callerOf(request).actor;
      return { username, role, streets: [...streets], caregiverId };
    },
  );
}
