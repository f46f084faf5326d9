import { z } from 'zod';
import type { Log } from '../../../platform/log.ts';
import { answers, type App } from '../app.ts';
import { OIDC_LOGIN_MS, type OidcLogin } from '../login/oidc.ts';
import { notFound, Problem } from '../problem.ts';
import type { Sessions } from '../sessions.ts';
import { giveCookie } from './session.ts';

const STATE_COOKIE = 'yinling_oidc';
const COOKIE_PATH = '/api/v1/session/oidc';
const LONGEST_STATE = 64;

export interface OidcRouteOptions {
  /** undefined: no identity provider is configured. */
  oidc: OidcLogin | undefined;
  sessions: Sessions;
  failures: { inc(labels: { reason: string }): void };
  log: Log;
}

/** Which ways in there are, and the way through the identity provider: browsers only. */
export function oidcRoutes(app: App, { oidc, sessions, failures, log }: OidcRouteOptions): void {
  app.get(
    '/session/methods',
    {
      schema: {
        tags: ['session'],
        summary: 'Which ways to log in there are, for a page to show them',
        response: answers({ 200: z.object({ password: z.literal(true), oidc: z.boolean() }) }),
      },
    },
    () => ({ password: true as const, oidc: oidc !== undefined }),
  );

  app.get(
    '/session/oidc',
    {
      schema: {
        tags: ['session'],
        summary: 'Log in at the identity provider: sends the browser there',
        response: answers({ 302: z.null() }),
      },
    },
    async (request, reply) => {
      if (oidc === undefined) throw notFound('identity provider', 'configured');
      const begun = await oidc.begin(request.ip).catch((cause: unknown) => {
        log.warn({ err: cause }, 'the identity provider cannot be asked');
        throw new Problem('unavailable', 'the identity provider cannot be asked; log in with a password');
      });
      if (begun === undefined) throw new Problem('throttled', 'too many logins at once; try again shortly');
      void reply.setCookie(STATE_COOKIE, begun.state, {
        path: COOKIE_PATH,
        httpOnly: true,
        // The way back comes from another site.
        sameSite: 'lax',
        secure: request.protocol === 'https',
        maxAge: OIDC_LOGIN_MS / 1000,
      });
      return reply.redirect(begun.url, 302);
    },
  );

  app.get(
    '/session/oidc/callback',
    {
      schema: {
        tags: ['session'],
        summary: 'The way back from the identity provider: opens a session for a user of that name',
        querystring: z.looseObject({}),
        response: answers({ 302: z.null() }),
      },
    },
    async (request, reply) => {
      if (oidc === undefined) throw notFound('identity provider', 'configured');
      void reply.clearCookie(STATE_COOKIE, { path: COOKIE_PATH });
      const state = request.cookies[STATE_COOKIE] ?? '';
      const query = URL.parse(request.url, 'http://localhost')?.search ?? '';
      const finished = await oidc.finish(query, state.slice(0, LONGEST_STATE));
      if (!finished.ok) {
        failures.inc({ reason: `oidc_${finished.code}` });
        log.warn({ err: finished.cause, code: finished.code }, 'login at the identity provider refused');
        return reply.redirect('/?login=refused', 302);
      }
      const opened = await sessions.openFor(finished.username, request.ip, 'oidc');
      if (opened === undefined) {
        failures.inc({ reason: 'oidc_nobody' });
        return reply.redirect('/?login=nobody', 302);
      }
      giveCookie(request, reply, opened.token);
      return reply.redirect(opened.user.role === 'caregiver' ? '/h5' : '/', 302);
    },
  );
}
