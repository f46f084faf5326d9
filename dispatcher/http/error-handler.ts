import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { databaseErrorKind } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import { type FieldProblem, Problem, PROBLEM_TYPE, type ProblemCode } from './problem.ts';

/** Writes every refusal and fault as problem details (RFC 9457); faults are logged, and tell the client nothing. */
export function handleErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: unknown, request, reply) => {
    const problem = asProblem(error);
    if (problem.status >= 500 && problem.code !== 'unavailable')
      log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
    else if (problem.code === 'unavailable' || databaseErrorKind(error) === 'data')
      log.warn({ err: error, method: request.method, route: request.routeOptions.url }, 'request refused');
    return sendProblem(request, reply, problem);
  });
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  // Paths hold ids only; a query may hold a name or phone and is left out.
  const [path] = request.url.split('?', 1);
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problem.body(path ?? ''));
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return validationProblem(error);
  const fault = databaseErrorKind(error);
  if (fault === 'retryable')
    return new Problem('unavailable', 'the database cannot be reached just now; try again', {
      headers: { 'retry-after': '2' },
      cause: error,
    });
  // Our own checks come first; what slips through them is still the request's fault, or a neighbour's.
  if (fault === 'data')
    return new Problem('validation', 'a value cannot be stored, such as a text with U+0000', {
      cause: error,
    });
  if (fault === 'conflict')
    return new Problem('conflict', 'something else was there first', { cause: error });
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (error instanceof Error && status >= 400 && status < 500)
    return new Problem(CODE_OF_STATUS[status] ?? 'malformed', error.message, { status, cause: error });
  return new Problem('internal', 'something went wrong on our side; it has been logged', { cause: error });
}

const CODE_OF_STATUS: Record<number, ProblemCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'throttled',
};

function validationProblem(
  error: Pick<FastifyError, 'validationContext'> & { validation: ZodIssue[] },
): Problem {
  const where = error.validationContext;
  const problems = error.validation.flatMap((issue) => fieldProblems(issue, where));
  return new Problem(
    'validation',
    problems.map(({ field, message }) => `${field}: ${message}`).join('; ') || 'the request is not valid',
    { problems },
  );
}

interface ZodIssue {
  keyword: string;
  instancePath: string;
  message?: string | undefined;
  params: Record<string, unknown>;
}

/** The body's fields by their path, the query's as `?name`, the path's as `:name`. */
function fieldProblems(issue: ZodIssue, where: string | undefined): FieldProblem[] {
  const sign = where === 'querystring' ? '?' : where === 'params' ? ':' : '';
  const path = issue.instancePath.split('/').filter((part) => part !== '');
  const name = (...parts: string[]): string => sign + ([...path, ...parts].join('.') || 'body');
  const { keys } = issue.params;
  if (issue.keyword === 'unrecognized_keys' && Array.isArray(keys))
    return keys.map((key) => ({ field: name(String(key)), message: 'unknown field' }));
  return [{ field: name(), message: issue.message ?? 'not valid' }];
}
