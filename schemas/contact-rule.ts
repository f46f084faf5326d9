import { z } from 'zod';
import type { AlertKind } from './alert.ts';

/** When the family hears of an alarm: by the programme's rule for its kind, whatever its policy says about them. */
export const contactRuleSchema = z.discriminatedUnion('tell', [
  z.strictObject({ tell: z.literal('at_once') }),
  /** Once so many steps of the policy have been carried out, the family's own not counted. */
  z.strictObject({ tell: z.literal('after_step'), step: z.int().min(1).max(20) }),
  z.strictObject({ tell: z.literal('never') }),
]);
export type ContactRule = z.infer<typeof contactRuleSchema>;

/** Where nobody has set another, for kinds without a policy of their own (budgets.md, C1). */
export const SHIPPED_CONTACT_RULES: Partial<Record<AlertKind, ContactRule>> = {
  wandering: { tell: 'at_once' },
};
