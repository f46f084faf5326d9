import { z } from 'zod';
import {
  type AlertKind,
  type FrozenPolicy,
  type PolicyStep,
  policyStepSchema,
  prioritySchema,
  quietHoursSchema,
} from '../schemas/alert.ts';
import { type ContactRule, contactRuleSchema, SHIPPED_CONTACT_RULES } from '../schemas/contact-rule.ts';

/** budgets.md, A1: unanswered 30 s → offered by itself; not accepted in 30 s → next; nobody left → supervisor. */
export const DEFAULT_POLICY: FrozenPolicy = {
  id: 'default',
  version: 1,
  steps: [
    { afterS: 30, to: 'recommended', acceptWithinS: 30, repeat: 20 },
    { afterS: 0, to: 'supervisor' },
  ],
};

/** A row of `policies` as the database hands it out; the newest first. */
export const policyRowSchema = z.object({
  id: z.string(),
  version: z.int(),
  kinds: z.array(z.string()),
  steps: z.array(policyStepSchema).min(1),
  priorities: z.array(prioritySchema).nullish(),
  quiet: quietHoursSchema.nullish(),
});
/** Beside them, the rules about families; see `policies_in_force` (0075). */
const contactRulesSchema = z.object({ contactRules: z.record(z.string(), contactRuleSchema) });
export type PolicyRow = z.infer<typeof policyRowSchema>;

export type PolicyFor = (kind: AlertKind) => FrozenPolicy;

/**
 * The newest policy that names the kind, else the default; with when the family is told. Rows that cannot be read are
 * passed over: an alarm never fails for a policy.
 */
export function policyChooser(rows: readonly unknown[]): PolicyFor {
  const policies = rows.flatMap((row) => {
    const read = policyRowSchema.safeParse(row);
    return read.success ? [read.data] : [];
  });
  const rules = Object.assign(
    {},
    ...rows.map((row) => {
      const read = contactRulesSchema.safeParse(row);
      return read.success ? read.data.contactRules : {};
    }),
  ) as Partial<Record<AlertKind, ContactRule>>;
  return (kind) => {
    const found = policies.find((policy) => policy.kinds.includes(kind));
    // What is shipped is for the default; a policy that somebody wrote says itself when the family is told.
    const rule = rules[kind] ?? (found === undefined ? SHIPPED_CONTACT_RULES[kind] : undefined);
    const policy = found === undefined ? DEFAULT_POLICY : frozen(found);
    return rule === undefined ? policy : { ...policy, steps: withContacts(policy.steps, rule) };
  };
}

const frozen = ({ id, version, steps, priorities, quiet }: PolicyRow): FrozenPolicy => ({
  id,
  version,
  steps,
  ...(priorities != null && { priorities }),
  ...(quiet != null && { quiet }),
});

/** The steps with the family where the rule wants it. Never empty: without anybody else there is still the default. */
export function withContacts(steps: readonly PolicyStep[], rule: ContactRule): PolicyStep[] {
  const others = steps.filter((step) => step.to !== 'contacts');
  const rest = others.length > 0 ? others : DEFAULT_POLICY.steps;
  const told: PolicyStep = { afterS: 0, to: 'contacts' };
  switch (rule.tell) {
    case 'at_once':
      return [told, ...rest];
    case 'after_step':
      return [...rest.slice(0, rule.step), told, ...rest.slice(rule.step)];
    case 'never':
      return [...rest];
  }
}
