import { describe, expect, it } from 'vitest';
import { policyProblems } from './policy-problems.ts';

const nobody = { recommended: false, shift: false, contacts: false, supervisor: false };

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
