import type { PolicyStep } from '../../schemas/alert.ts';
import { CAREGIVER_ROLES } from '../../schemas/registry.ts';
import type { RefusedField } from './refused.ts';

/** Whether anybody stands behind a target as things are; 120 always answers. */
export interface Reachable {
  recommended: boolean;
  shift: boolean;
  contacts: boolean;
  supervisor: boolean;
  /** Of those that the policy names. */
  people: readonly string[];
  /** That somebody has. */
  roles: readonly string[];
}

/** A whole policy that takes longer than this to run out of steps leaves somebody lying there. */
const LONGEST_S = 24 * 3_600;

/**
 * What is wrong with a policy, found when it is saved and not when it is needed: nobody behind any of its steps, or
 * steps that wait for ever. Pure.
 */
export function policyProblems(steps: readonly PolicyStep[], reachable: Reachable): RefusedField[] {
  const problems: RefusedField[] = [];
  for (const [index, step] of steps.entries())
    problems.push(...namedBadly(step, `steps.${index}`, reachable));
  if (problems.length > 0) return problems;
  if (!steps.some((step) => reaches(step, reachable)))
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

/** What a step names must be there, and only what its target asks for may be named. */
function namedBadly(step: PolicyStep, field: string, { people }: Reachable): RefusedField[] {
  const { to, caregiverId, role, ring } = step;
  const problems: RefusedField[] = [];
  const say = (name: string, message: string): void =>
    void problems.push({ field: `${field}.${name}`, message });
  if (to === 'person') {
    if (caregiverId === undefined) say('caregiverId', 'says which person');
    else if (!people.includes(caregiverId)) say('caregiverId', `there is no caregiver ${caregiverId}`);
  } else if (caregiverId !== undefined) say('caregiverId', 'goes with to: person');
  if (to === 'role') {
    if (role === undefined) say('role', 'says which role');
    else if (!CAREGIVER_ROLES.some((known) => known === role))
      say('role', `one of ${CAREGIVER_ROLES.join(', ')}`);
  } else {
    if (role !== undefined) say('role', 'goes with to: role');
    if (ring !== undefined) say('ring', 'goes with to: role');
  }
  return problems;
}

function reaches({ to, caregiverId, role }: PolicyStep, reachable: Reachable): boolean {
  switch (to) {
    case '120':
      return true;
    case 'person':
      return reachable.people.includes(caregiverId ?? '');
    case 'role':
      return reachable.roles.includes(role ?? '');
    default:
      return reachable[to];
  }
}
