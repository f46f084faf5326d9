import { z } from 'zod';
import { type AlertKind, type FrozenPolicy, policyStepSchema } from '../schemas/alert.ts';

/** budgets.md, A1: unanswered 30 s → offered by itself; not accepted in 30 s → next; nobody left → supervisor. */
export const DEFAULT_POLICY: FrozenPolicy = {
  id: 'default',
  version: 1,
  steps: [
    { afterS: 30, to: 'recommended', acceptWithinS: 30, repeat: 20 },
    { afterS: 0, to: 'supervisor' },
  ],
};

/** budgets.md, C1: the family is told at once, and whoever is near is asked. */
export const WANDERING_POLICY: FrozenPolicy = {
  id: 'default-wandering',
  version: 1,
  steps: [{ afterS: 0, to: 'contacts' }, ...DEFAULT_POLICY.steps],
};

/** A row of `policies` as the database hands it out; the newest first. */
export const policyRowSchema = z.object({
  id: z.string(),
  version: z.int(),
  kinds: z.array(z.string()),
  steps: z.array(policyStepSchema).min(1),
});
export type PolicyRow = z.infer<typeof policyRowSchema>;

export type PolicyFor = (kind: AlertKind) => FrozenPolicy;

/** The newest policy that names the kind, else the default. Rows that cannot be read are passed over: an alarm never fails for a policy. */
export function policyChooser(rows: readonly unknown[]): PolicyFor {
  const policies = rows.flatMap((row) => {
    const read = policyRowSchema.safeParse(row);
    return read.success ? [read.data] : [];
  });
  return (kind) => {
    const found = policies.find((policy) => policy.kinds.includes(kind));
    if (found === undefined) return kind === 'wandering' ? WANDERING_POLICY : DEFAULT_POLICY;
    return { id: found.id, version: found.version, steps: found.steps };
  };
}
