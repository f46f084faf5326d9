import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import {
  ACCESS,
  forbiddenFields,
  isRouteKey,
  OF_THE_WHOLE_DISTRICT,
  reachOf,
  type RouteKey,
} from './access.ts';
import { isCrossSite } from './cross-site.ts';
import { Problem } from './problem.ts';
import { type Scope, scopeOf } from './scope.ts';
import type { SessionUser } from './sessions.ts';
import type { Visitors } from './watcher.ts';

export const API_PREFIX = '/api/v1';
export const SESSION_COOKIE = 'yinling_session';

const LONGEST_TOKEN = 128;

/**
 * In front of every route of the API, before its body is read: who is it, may their role call this, how far do they
 * see. A route without a row in the access table stops the server from starting.
 */
export function guard(app: App, visitors: Visitors): void {
  app.decorateRequest('caller', undefined);

  app.addHook('onRoute', (route) => {
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    for (const method of methods) {
      const key = `${method} ${route.url.slice(API_PREFIX.length)}`;
      if (!route.url.startsWith(API_PREFIX) || !isRouteKey(key))
        throw new Error(`no row in the access table for ${method} ${route.url}`);
      route.config = { ...route.config, access: key };
    }
  });

  app.addHook('onRequest', async (request) => {
    const key = request.routeOptions.config.access;
    if (key === undefined) return;
    const access = ACCESS[key];
    if (key === 'POST /session') refuseCrossSite(request);
    if (access === 'anyone' || access === 'bridge') return;
    const { token, byCookie } = tokenOf(request);
    if (byCookie) refuseCrossSite(request);
    const user = await visitors.find(token, key);
    if (user === undefined) throw unauthenticated('the session is over; log in again');
    const scope = scopeFor(user, key, request.ip);
    if (scope === undefined) throw new Problem('forbidden', `the role ${user.role} may not do this`);
    if (user.streets.length > 0 && OF_THE_WHOLE_DISTRICT.has(key))
      throw new Problem('forbidden', 'this is of the whole district, and your user of some streets only');
    request.caller = { actor: { ...user, address: request.ip }, scope, token };
  });

  app.addHook('preHandler', (request, _reply, done) => {
    const key = request.routeOptions.config.access;
    const { caller } = request;
    if (key !== undefined && caller !== undefined) {
      const fields = forbiddenFields(key, caller.actor.role, request.body);
      if (fields.length > 0)
        return done(
          new Problem('forbidden', `the role ${caller.actor.role} may not change ${fields.join(', ')}`, {
            problems: fields.map((field) => ({ field, message: 'may not be changed by your role' })),
          }),
        );
    }
    done();
  });
}

/** What a user sees through a route; undefined: they may not call it. */
export function scopeFor(user: SessionUser, key: RouteKey, address: string): Scope | undefined {
  const reach = reachOf(key, user.role);
  return reach && scopeOf({ ...user, address }, reach);
}

/** The token of `Authorization: Bearer`; undefined if there is none. */
export function bearerOf(request: FastifyRequest): string | undefined {
  const match = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '');
  const token = match?.[1];
  return token !== undefined && token.length <= LONGEST_TOKEN ? token : undefined;
}

export const unauthenticated = (detail: string): Problem =>
  new Problem('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer realm="yinling"' } });

function tokenOf(request: FastifyRequest): { token: string; byCookie: boolean } {
  // A header is deliberate, a cookie is sent by itself: the header wins.
  if (request.headers.authorization !== undefined) {
    const bearer = bearerOf(request);
    if (bearer === undefined) throw unauthenticated('the Authorization header holds no bearer token');
    return { token: bearer, byCookie: false };
  }
  const cookie = request.cookies[SESSION_COOKIE];
  if (cookie === undefined || cookie.length > LONGEST_TOKEN) throw unauthenticated('log in first');
  return { token: cookie, byCookie: true };
}

function refuseCrossSite(request: FastifyRequest): void {
  const { headers } = request;
  const site = headers['sec-fetch-site'];
  const crossSite = isCrossSite({
    method: request.method,
    secFetchSite: typeof site === 'string' ? site : undefined,
    origin: headers.origin,
    host: request.host,
  });
  if (crossSite) throw new Problem('cross_site', 'a page of another site may not do this in your name');
}
