import { STATUS_CODES } from 'node:http';

/** One field of the request that is wrong, named as a path: `steps.0.afterS`, `?limit`. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** Every refusal the API can give, by stable code (RFC 9457 `code` member) and HTTP status. */
export const PROBLEM_STATUS = {
  validation: 400,
  malformed: 400,
  bad_cursor: 400,
  unauthenticated: 401,
  wrong_credentials: 401,
  code_needed: 401,
  wrong_code: 401,
  forbidden: 403,
  cross_site: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  throttled: 429,
  internal: 500,
  unavailable: 503,
} as const;
export type ProblemCode = keyof typeof PROBLEM_STATUS;

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export interface ProblemOptions {
  /** Wrong fields; they are named in `detail` as well. */
  problems?: readonly FieldProblem[];
  /** Further members of the body, such as `current`. */
  members?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
  /** Instead of the code's own. */
  status?: number;
}

/** A refusal on its way to the client. Thrown anywhere below a route, written by the error handler. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly problems: readonly FieldProblem[] | undefined;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? PROBLEM_STATUS[code];
    this.problems = options.problems;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
  }

  body(instance: string): Record<string, unknown> {
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      code: this.code,
      detail: this.message,
      instance,
      ...(this.problems && { problems: this.problems }),
      ...this.members,
    };
  }
}

/** Refuses a request for its fields, all of them at once. */
export const invalid = (...problems: FieldProblem[]): Problem =>
  new Problem('validation', problems.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    problems,
  });

export const notFound = (what: string, id: string): Problem =>
  new Problem('not_found', `there is no ${what} ${id}`);

/** A conflict shows the object as it is, under `current` and under its own name (contract.md, *Alerts*). */
export const conflict = (detail: string, name?: string, current?: unknown): Problem =>
  new Problem(
    'conflict',
    detail,
    name === undefined || current === undefined ? {} : { members: { current, [name]: current } },
  );
