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
