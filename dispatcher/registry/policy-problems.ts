import type { PolicyStep } from '../../schemas/alert.ts';
import type { RefusedField } from './refused.ts';

/** Whether anybody stands behind a target as things are; 120 always answers. */
export type Reachable = Readonly<Record<Exclude<PolicyStep['to'], '120'>, boolean>>;

/** A whole policy that takes longer than this to run out of steps leaves somebody lying there. */
const LONGEST_S = 24 * 3_600;

/**
 * What is wrong with a policy, found when it is saved and not when it is needed: nobody behind any of its steps, or
 * steps that wait for ever. Pure.
 */
export function policyProblems(steps: readonly PolicyStep[], reachable: Reachable): RefusedField[] {
  const problems: RefusedField[] = [];
  if (!steps.some((step) => step.to === '120' || reachable[step.to]))
    problems.push({
      field: 'steps',
      message: `no step reaches anybody: there is nobody for ${[...new Set(steps.map((step) => step.to))].join(', ')}`,
    });
  let atS = 0;
  for (const [index, step] of steps.entries()) {
    atS += step.afterS;
    if (atS > LONGEST_S) {
      problems.push({
        field: `steps.${index}.afterS`,
        message: `is reached only after ${atS} s, more than a day`,
      });
      break;
    }
    atS += (step.repeat ?? 0) * (step.acceptWithinS ?? 0);
  }
  return problems;
}
