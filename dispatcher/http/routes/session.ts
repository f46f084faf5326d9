import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { loginBody } from '../../../schemas/commands.ts';
import { USER_ROLES } from '../../../schemas/registry.ts';
import { answers, type App, callerOf } from '../app.ts';
import { SESSION_COOKIE } from '../guard.ts';
import { notFound, Problem } from '../problem.ts';
import {
  type LoginRefusal,
  SESSION_MS,
  sessionKey,
  type Sessions,
  type SessionUser,
  type SessionView,
} from '../sessions.ts';
import type { StreamHub } from '../stream/hub.ts';

const userAnswer = z.object({
  username: z.string(),
  role: z.enum(USER_ROLES),
  streets: z.array(z.string()).describe('empty: the whole district'),
  caregiverId: z.string().nullable(),
});
const sessionAnswer = z.object({
  id: z.string().describe('names the session; opens nothing'),
  username: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  address: z.string().describe('from where it was opened'),
  means: z.enum(['password', 'totp', 'recovery', 'oidc']),
  current: z.boolean().describe('the one that asks'),
});

export interface SessionRouteOptions {
  sessions: Sessions;
  hub: StreamHub;
  failures: { inc(labels: { reason: string }): void };
}

/** Log in, log out, who am I; which sessions are open, and ending them. */
export function sessionRoutes(app: App, { sessions, hub, failures }: SessionRouteOptions): void {
  app.post(
    '/session',
    {
      schema: {
        tags: ['session'],
        summary: 'Log in: a token, and the same as a cookie',
        description:
          'Of a user with a second factor `code` is wanted as well: 401 `code_needed` without one, 401 `wrong_code` with a ' +
          'wrong one. Failures are limited per username and address, per username, and per address.',
        body: loginBody,
        response: answers({
          200: z.object({ token: z.string(), user: userAnswer, expiresAt: z.iso.datetime() }),
        }),
      },
    },
    async (request, reply) => {
      const { username, password, code } = request.body;
      const result = await sessions.login(username, password, request.ip, code);
      if (!result.ok) {
        failures.inc({ reason: result.code });
        throw refusalOf(result);
      }
      const { token, user, expiresAt } = result;
      giveCookie(request, reply, token);
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

  app.get(
    '/sessions',
    {
      schema: {
        tags: ['session'],
        summary: 'Open sessions: one’s own; an administrator of the whole district sees everybody’s',
        querystring: z.object({ username: z.string().max(64).optional() }),
        response: answers({ 200: z.object({ items: z.array(sessionAnswer) }) }),
      },
    },
    async (request): Promise<{ items: (SessionView & { current: boolean })[] }> => {
      const { actor, token } = callerOf(request);
      const wanted = request.query.username;
      const owner = ownerFor(request, wanted);
      if (wanted !== undefined && owner !== wanted)
        throw new Problem('forbidden', `the role ${actor.role} sees its own sessions only`);
      const items = await sessions.list(owner);
      return { items: items.map((item) => ({ ...item, current: item.id === sessionKey(token) })) };
    },
  );

  app.delete(
    '/sessions/:id',
    {
      schema: {
        tags: ['session'],
        summary: 'End a session, wherever it is used; another’s: administrators of the whole district only',
        params: z.object({ id: z.string().regex(/^[0-9a-f]{64}$/, 'must be an id out of GET /sessions') }),
        response: answers({ 204: z.null() }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { actor } = callerOf(request);
      if (!(await sessions.revoke(id, ownerFor(request, undefined), actor))) throw notFound('session', id);
      hub.endSession(id);
      return reply.code(204).send();
    },
  );
}

/** Whose sessions the caller may deal with; undefined: everybody's. */
function ownerFor(request: FastifyRequest, wanted: string | undefined): string | undefined {
  const { role, streets, username } = callerOf(request).actor;
  return role === 'admin' && streets.length === 0 ? wanted : username;
}

export function giveCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  void reply.setCookie(SESSION_COOKIE, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
    maxAge: SESSION_MS / 1000,
  });
}

export function refusalOf(refusal: LoginRefusal): Problem {
  switch (refusal.code) {
    case 'wrong':
      return new Problem('wrong_credentials', 'username or password is wrong');
    case 'code_needed':
      return new Problem('code_needed', 'the code of the second factor is needed as well');
    case 'wrong_code':
      return new Problem('wrong_code', 'the code is wrong, or has been used');
    case 'throttled': {
      const seconds = Math.max(1, Math.ceil(refusal.retryAfterMs / 1000));
      return new Problem('throttled', `too many failed logins; try again in ${seconds} s`, {
        headers: { 'retry-after': String(seconds) },
      });
    }
  }
}
