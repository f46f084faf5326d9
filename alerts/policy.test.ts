import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, policyChooser, withContacts } from './policy.ts';

const targets = (steps: readonly { to: string }[]): string[] => steps.map(({ to }) => to);
const row = { id: 'p1', version: 3, kinds: ['sos'], steps: [{ afterS: 5, to: 'supervisor' }] };

describe('the policy for a kind', () => {
  it('is the newest that names it, with its priorities and quiet hours; else the default', () => {
    const night = { from: '22:00', to: '07:00' };
    const policyFor = policyChooser([
      { ...row, priorities: [1, 2, 3], quiet: night },
      { ...row, id: 'older' },
    ]);
    expect(policyFor('sos')).toEqual({
      id: 'p1',
      version: 3,
      steps: row.steps,
      priorities: [1, 2, 3],
      quiet: night,
    });
    expect(policyFor('fall')).toEqual(DEFAULT_POLICY);
    expect(policyChooser([{ ...row, priorities: null, quiet: null }])('sos')).toEqual({
      id: 'p1',
      version: 3,
      steps: row.steps,
    });
  });

  it('passes over what cannot be read: an alarm never fails for a policy', () => {
    expect(
      policyChooser([{ broken: true }, null, { contactRules: { sos: { tell: 'sometimes' } } }])('sos'),
    ).toEqual(DEFAULT_POLICY);
  });
});

describe('the family', () => {
  it('is told of wandering at once unless somebody has set another rule, or written a policy for it', () => {
    expect(targets(policyChooser([])('wandering').steps)).toEqual(['contacts', 'recommended', 'supervisor']);
    expect(targets(policyChooser([{ ...row, kinds: ['wandering'] }])('wandering').steps)).toEqual([
      'supervisor',
    ]);
    const never = { contactRules: { wandering: { tell: 'never' } } };
    expect(targets(policyChooser([never])('wandering').steps)).toEqual(['recommended', 'supervisor']);
  });

  it('is told by the rule of the kind, whatever policy counts', () => {
    const rules = { contactRules: { sos: { tell: 'at_once' }, fall: { tell: 'after_step', step: 1 } } };
    const policyFor = policyChooser([row, rules]);
    expect(targets(policyFor('sos').steps)).toEqual(['contacts', 'supervisor']);
    expect(targets(policyFor('fall').steps)).toEqual(['recommended', 'contacts', 'supervisor']);
    expect(targets(policyFor('vitals').steps)).toEqual(['recommended', 'supervisor']);
  });

  it('is told once, where the rule says, and a policy is never left without a step', () => {
    const both = [{ afterS: 0, to: 'contacts' as const }, ...DEFAULT_POLICY.steps];
    expect(targets(withContacts(both, { tell: 'at_once' }))).toEqual(targets(both));
    expect(targets(withContacts(both, { tell: 'after_step', step: 9 }))).toEqual([
      'recommended',
      'supervisor',
      'contacts',
    ]);
    expect(withContacts([{ afterS: 9, to: 'contacts' }], { tell: 'never' })).toEqual(DEFAULT_POLICY.steps);
  });
});
