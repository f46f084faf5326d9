import { describe, expect, it } from 'vitest';
import { policyProblems } from './policy-problems.ts';

const nobody = {
  recommended: false,
  shift: false,
  contacts: false,
  supervisor: false,
  people: [],
  roles: [],
};

describe('a policy is refused when it is saved, not when it is needed', () => {
  it('if no step reaches anybody', () => {
    const steps = [
      { afterS: 0, to: 'recommended' },
      { afterS: 30, to: 'shift' },
    ] as const;
    expect(policyProblems(steps, nobody)).toEqual([
      { field: 'steps', message: 'no step reaches anybody: there is nobody for recommended, shift' },
    ]);
    expect(policyProblems(steps, { ...nobody, shift: true })).toEqual([]);
  });

  it('but 120 always answers', () => {
    expect(policyProblems([{ afterS: 0, to: '120' }], nobody)).toEqual([]);
  });

  it('if it names a person who is not there, or a role that nobody has', () => {
    const person = [{ afterS: 0, to: 'person', caregiverId: 'c1' }] as const;
    expect(policyProblems(person, nobody)).toMatchObject([{ field: 'steps.0.caregiverId' }]);
    expect(policyProblems(person, { ...nobody, people: ['c1'] })).toEqual([]);
    const role = [{ afterS: 0, to: 'role', role: 'nurse', ring: 'street' }] as const;
    expect(policyProblems(role, nobody)).toMatchObject([{ field: 'steps' }]);
    expect(policyProblems(role, { ...nobody, roles: ['nurse'] })).toEqual([]);
  });

  it.each([
    [{ to: 'person' }, 'steps.0.caregiverId'],
    [{ to: 'role' }, 'steps.0.role'],
    [{ to: 'role', role: 'plumber' }, 'steps.0.role'],
    [{ to: 'supervisor', caregiverId: 'c1' }, 'steps.0.caregiverId'],
    [{ to: 'recommended', ring: 'post' }, 'steps.0.ring'],
  ] as const)('if a step names too little or too much: %j', (step, field) => {
    expect(policyProblems([{ afterS: 0, ...step }], { ...nobody, supervisor: true })).toMatchObject([
      { field },
    ]);
  });

  it('if a step comes only after a day', () => {
    const steps = [
      { afterS: 0, to: 'supervisor', acceptWithinS: 3_600, repeat: 20 },
      { afterS: 20_000, to: '120' },
    ] as const;
    expect(policyProblems(steps, { ...nobody, supervisor: true })).toMatchObject([
      { field: 'steps.1.afterS' },
    ]);
  });
});
