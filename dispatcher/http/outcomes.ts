import type { CommandResult } from '../ports.ts';
import { Refused } from '../registry/refused.ts';
import { conflict, Problem } from './problem.ts';

/** The value of a command, or its refusal as a problem; a conflict shows the `name` as it is. */
export function valueOf<T>(result: CommandResult<T>, name: 'alert' | 'order'): T {
  if (result.ok) return result.value;
  switch (result.code) {
    case 'conflict':
      throw conflict(result.detail, name, result.current);
    case 'forbidden':
      throw new Problem('forbidden', result.detail);
    case 'not_found':
      throw new Problem('not_found', result.detail);
    case 'invalid':
      throw new Problem('validation', result.detail);
  }
}

/** The registry's refusals as problems. */
export function problemOf(refused: Refused, name: string): Problem {
  const problems = refused.problems.length > 0 ? { problems: refused.problems } : {};
  switch (refused.code) {
    case 'exists':
    case 'conflict': {
      const shown =
        refused.current === undefined ? {} : { current: refused.current, [name]: refused.current };
      return new Problem('conflict', refused.message, { ...problems, members: shown });
    }
    case 'invalid':
      return new Problem('validation', refused.message, problems);
    case 'not_found':
    case 'forbidden':
      return new Problem(refused.code, refused.message, problems);
  }
}
