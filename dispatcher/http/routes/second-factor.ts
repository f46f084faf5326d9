import { z } from 'zod';
import { answers, type App, callerOf } from '../app.ts';
import type { SecondFactor } from '../login/second-factor.ts';
import { conflict, notFound, Problem } from '../problem.ts';
import type { Sessions } from '../sessions.ts';
import { refusalOf } from './session.ts';

const passwordBody = z.strictObject({ password: z.string().min(1).max(256) });

export interface SecondFactorRouteOptions {
  secondFactor: SecondFactor;
  sessions: Pick<Sessions, 'confirm'>;
}

/** One's own second factor; and taking it off another, who has lost the telephone. */
export function secondFactorRoutes(app: App, { secondFactor, sessions }: SecondFactorRouteOptions): void {
  const tags = ['session'];

  app.get(
    '/me/second-factor',
    {
      schema: {
        tags,
        summary: 'Whether one’s logins need a code, and how many recovery codes are left',
        response: answers({
          200: z.object({ on: z.boolean(), recoveryCodesLeft: z.int().nonnegative().nullable() }),
        }),
      },
    },
    async (request) => {
      const left = await secondFactor.recoveryCodesLeft(callerOf(request).actor.username);
      return { on: left !== undefined, recoveryCodesLeft: left ?? null };
    },
  );

  app.post(
    '/me/second-factor',
    {
      schema: {
        tags,
        summary:
          'Begin: a secret for an authenticator app, shown once; logins go on without it until confirmed',
        body: passwordBody,
        response: answers({ 200: z.object({ secret: z.string(), otpauthUri: z.string() }) }),
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      await requirePassword(sessions, actor, request.body.password);
      const begun = await secondFactor.begin(actor);
      if (begun === undefined) throw conflict('a second factor is on already; end it first');
      return begun;
    },
  );

  app.post(
    '/me/second-factor/confirm',
    {
      schema: {
        tags,
        summary: 'Turn it on with a code of the app: ten recovery codes, shown once, each good once',
        body: z.strictObject({ code: z.string().min(1).max(64) }),
        response: answers({ 200: z.object({ recoveryCodes: z.array(z.string()) }) }),
      },
    },
    async (request) => {
      const codes = await secondFactor.confirm(callerOf(request).actor, request.body.code.trim());
      if (codes === undefined)
        throw new Problem('validation', 'code: is wrong, or nothing is waiting to be confirmed', {
          problems: [{ field: 'code', message: 'is wrong, or nothing is waiting to be confirmed' }],
        });
      return { recoveryCodes: codes };
    },
  );

  app.delete(
    '/me/second-factor',
    {
      schema: {
        tags,
        summary: 'Log in without a code again',
        body: passwordBody,
        response: answers({ 204: z.null() }),
      },
    },
    async (request, reply) => {
      const { actor } = callerOf(request);
      await requirePassword(sessions, actor, request.body.password);
      if (!(await secondFactor.end(actor.username, actor)))
        throw notFound('second factor of', actor.username);
      return reply.code(204).send();
    },
  );

  app.delete(
    '/users/:id/second-factor',
    {
      schema: {
        tags: ['users'],
        summary: 'Take the second factor off a user who has lost telephone and recovery codes',
        params: z.object({ id: z.string() }),
        response: answers({ 204: z.null() }),
      },
    },
    async (request, reply) => {
      const { actor } = callerOf(request);
      if (!(await secondFactor.end(request.params.id, actor)))
        throw notFound('second factor of', request.params.id);
      return reply.code(204).send();
    },
  );
}

/** A session that somebody found open must not turn the lock. */
async function requirePassword(
  sessions: SecondFactorRouteOptions['sessions'],
  { username, address }: { username: string; address: string },
  password: string,
): Promise<void> {
  const result = await sessions.confirm(username, password, address);
  if (result.ok) return;
  // 401 would say that the session is over.
  if (result.code === 'wrong')
    throw new Problem('validation', 'password: is wrong', {
      problems: [{ field: 'password', message: 'is wrong' }],
    });
  throw refusalOf(result);
}
