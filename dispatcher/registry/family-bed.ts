import { type FamilyBedRule, STANDARD_RULES } from '../../schemas/rules.ts';

/** Names of the lines of the bundle for which the home has no device. Pure. */
export const missingOf = (rule: FamilyBedRule, kinds: readonly string[]): string[] =>
  rule.bundle.filter((line) => !line.anyOf.some((kind) => kinds.includes(kind))).map((line) => line.name);

/** The rule in force on a local date, of all that there are. */
export function bedRuleOn(
  rules: readonly { from: string; body: FamilyBedRule }[] | null,
  date: string,
): FamilyBedRule {
  const begun = (rules ?? []).filter((rule) => rule.from <= date);
  begun.sort((a, b) => (a.from < b.from ? 1 : -1));
  return begun[0]?.body ?? STANDARD_RULES.familyBed;
}
