import type { RuleName } from '../../schemas/rules.ts';
import { namesZh } from '../words/names-zh.ts';
import { bodyOf } from './registry-form.ts';
import type { Draft, FieldSpec } from './registry-form.ts';

/** The programme's dated rules as forms (schemas/rules.ts). One line a field. */
const int = (name: string): FieldSpec => ({ name, kind: 'int', required: true });
const services: FieldSpec = { name: 'services', kind: 'checks', options: 'service' };

export const RULE_FIELDS: Readonly<Record<RuleName, readonly FieldSpec[]>> = {
  settlement: [
    {
      name: 'tariffs',
      kind: 'rows',
      fields: [
        { name: 'provider', kind: 'text' },
        { name: 'perVisitFen', kind: 'yuan' },
        { name: 'perHourFen', kind: 'yuan' },
        services,
      ],
    },
    {
      name: 'subsidies',
      kind: 'rows',
      fields: [
        { name: 'name', kind: 'text', label: 'policyName', required: true },
        { name: 'share', kind: 'percent', required: true },
        { name: 'maxFenPerResidentMonth', kind: 'yuan' },
        { name: 'careLevelAtLeast', kind: 'select', options: 'careLevel', numeric: true },
        { name: 'familyBedOnly', kind: 'bool' },
        services,
      ],
    },
  ],
  timeBank: [
    { name: 'expiresAfterMonths', kind: 'int' },
    {
      name: 'points',
      kind: 'group',
      fields: [
        { name: 'perHour', kind: 'number', required: true },
        { name: 'goodScore', kind: 'number', required: true },
        { name: 'perGoodVisit', kind: 'number', required: true },
        { name: 'perEmergency', kind: 'number', required: true },
        { name: 'perHousehold', kind: 'number', required: true },
      ],
    },
    { name: 'rewards', kind: 'rows', fields: [int('everyMinutes'), int('bonusMinutes')] },
    { name: 'relations', kind: 'checks', options: 'relative' },
  ],
  planning: [
    {
      name: 'durationMin',
      kind: 'group',
      fields: Object.keys(namesZh.service).map((name) => ({ name, kind: 'int' })),
    },
    int('otherwiseMin'),
    int('bufferMin'),
    { name: 'checkInMin', kind: 'int' },
    int('horizonDays'),
    { name: 'repairsBooked', kind: 'bool' },
    { name: 'servicesBooked', kind: 'checks', options: 'service' },
  ],
  rest: [int('maxMinutesPerDay'), int('minRestMinutes'), int('breakAfterMinutes'), int('breakMinutes')],
  rating: [
    { name: 'priorMean', kind: 'number', required: true },
    { name: 'priorWeight', kind: 'number', required: true },
  ],
  familyBed: [
    {
      name: 'bundle',
      kind: 'rows',
      fields: [
        { name: 'name', kind: 'text', label: 'bundleLine', required: true },
        { name: 'anyOf', kind: 'checks', options: 'deviceKind', required: true },
      ],
    },
  ],
};
export const RULE_PAGES = Object.keys(RULE_FIELDS) as RuleName[];

/** Where leaving out is no way to say "none", what says it. */
const NONE: Readonly<Record<RuleName, object>> = {
  settlement: { tariffs: [], subsidies: [] },
  timeBank: { expiresAfterMonths: null, rewards: [], relations: [] },
  planning: { durationMin: {} },
  rest: {},
  rating: {},
  familyBed: { bundle: [] },
};
export const ruleBodyOf = (name: RuleName, draft: Draft): Record<string, unknown> => ({
  ...NONE[name],
  ...bodyOf(RULE_FIELDS[name], draft),
});

/** Of a name's rules, newest first: which is in force on a local date. */
export function standingOf(
  rules: readonly { from: string | null }[],
  index: number,
  today: string,
): 'to_come' | 'in_force' | 'past' {
  const { from = null } = rules[index] ?? {};
  if (from !== null && from > today) return 'to_come';
  return rules.findIndex((rule) => rule.from === null || rule.from <= today) === index ? 'in_force' : 'past';
}
