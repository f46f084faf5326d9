import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { Actor } from '../ports.ts';
import type { RouteKey } from './access.ts';
import { Problem } from './problem.ts';
import type { Scope } from './scope.ts';

/** The server as route files see it. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Who calls, once `guard.ts` has let them in. */
export interface Caller {
  actor: Actor;
  scope: Scope;
  token: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of routes that need a login; see `callerOf`. */
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** Row of the access table; set by the guard for every route under /api/v1. */
    access?: RouteKey;
    /** Streams and the like: how long they last says nothing about us. */
    untimed?: boolean;
  }
}

export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new Problem('unauthenticated', 'log in first');
  return request.caller;
}

/**
 * Answers as the documentation shows them. They are not checked on their way out (tests do that), so the types of
 * handlers are left alone.
 */
export const answers = (schemas: Record<number, z.ZodType>): Record<number, z.ZodType> => schemas;
