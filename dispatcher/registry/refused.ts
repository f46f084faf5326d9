/** One field that is wrong, by its path in the body. */
export interface RefusedField {
  field: string;
  message: string;
}

/**
 * Why the registry does not do what it was asked. Thrown, so that the transaction rolls back.
 * `exists` and `conflict` carry the object as it is.
 */
export class Refused extends Error {
  readonly code: 'invalid' | 'not_found' | 'exists' | 'conflict' | 'forbidden';
  readonly problems: readonly RefusedField[];
  readonly current: unknown;

  constructor(
    code: Refused['code'],
    detail: string,
    { problems = [], current }: { problems?: readonly RefusedField[]; current?: unknown } = {},
  ) {
    super(detail);
    this.code = code;
    this.problems = problems;
    this.current = current;
  }
}

export const refuseField = (field: string, message: string): Refused =>
  new Refused('invalid', `${field}: ${message}`, { problems: [{ field, message }] });

/** Everything that a schema finds wrong, each by its path. */
export const refuseIssues = (issues: readonly { path: readonly PropertyKey[]; message: string }[]): Refused =>
  new Refused('invalid', 'the body is not as it should be', {
    problems: issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message })),
  });
