import { describe, expect, it } from 'vitest';
import { RULE_NAMES, RULES, STANDARD_RULES } from '../../schemas/rules.ts';
import { dateAfter, dayStrip, standingsIn, tooTight } from './day-plan.ts';
import type { CaregiverDay } from './day-plan.ts';
import { monthBefore, yuanText } from './money.ts';
import { bodyOf, draftOf, missingIn } from './registry-form.ts';
import type { FieldSpec } from './registry-form.ts';
import { RULE_FIELDS, ruleBodyOf, standingOf } from './rule-forms.ts';

describe('the forms of rules', () => {
  it.each(RULE_NAMES)('%s: what stands in the form is the rule itself, and the service takes it', (name) => {
    const draft = draftOf(RULE_FIELDS[name], { ...STANDARD_RULES[name] });
    expect(missingIn(RULE_FIELDS[name], draft)).toEqual([]);
    expect(RULES[name].parse(ruleBodyOf(name, draft))).toEqual(STANDARD_RULES[name]);
  });

  it('have a field for all that a rule may say', () => {
    for (const name of RULE_NAMES)
      expect(RULE_FIELDS[name].map((f) => f.name).sort()).toEqual(Object.keys(RULES[name].shape).sort());
  });

  it('take money in yuan and shares in hundredths, without a fen lost', () => {
    const body = {
      tariffs: [{ provider: '某机构', services: ['meal'], perVisitFen: 1999 }],
      subsidies: [{ name: '补贴', share: 0.285, maxFenPerResidentMonth: 50_050, familyBedOnly: true }],
    };
    const draft = draftOf(RULE_FIELDS.settlement, body);
    expect(draft).toMatchObject({ tariffs: [{ perVisitFen: '19.99' }], subsidies: [{ share: '28.5' }] });
    expect(RULES.settlement.parse(ruleBodyOf('settlement', draft))).toEqual(body);
  });

  it('know which rule is in force, which was and which comes', () => {
    const rules = [{ from: '2027-01-01' }, { from: '2026-01-01' }, { from: null }];
    expect(rules.map((_, i) => standingOf(rules, i, '2026-11-23'))).toEqual(['to_come', 'in_force', 'past']);
    expect(standingOf([{ from: null }], 0, '2026-11-23')).toBe('in_force');
  });
});

it('a field that goes with another’s value is asked for, required and sent with it only', () => {
  const fields: FieldSpec[] = [
    { name: 'to', kind: 'select' },
    { name: 'role', kind: 'text', required: true, when: { field: 'to', is: ['role'] } },
  ];
  expect(bodyOf(fields, { to: 'shift', role: 'nurse' })).toEqual({ to: 'shift' });
  expect(bodyOf(fields, { to: 'role', role: 'nurse' })).toEqual({ to: 'role', role: 'nurse' });
  expect(missingIn(fields, { to: 'shift', role: '' })).toEqual([]);
  expect(missingIn(fields, { to: 'role', role: '' })).toEqual(['role']);
});

describe('a caregiver’s day', () => {
  const visit = (from: string, to: string, slackMinutes: number | null) => ({
    orderId: from,
    homeId: 'h',
    service: 'meal',
    state: 'accepted',
    tentative: false,
    means: 'visit' as const,
    title: null,
    from,
    to,
    minutes: 30,
    travelMinutes: 8,
    slackMinutes,
  });
  const day: CaregiverDay = {
    caregiverId: 'c',
    date: '2026-11-23',
    // Begins the evening before
    shifts: [{ from: '2026-11-22T15:00:00.000Z', to: '2026-11-22T23:30:00.000Z' }],
    visits: [
      visit('2026-11-23T01:00:00.000Z', '2026-11-23T01:30:00.000Z', null),
      visit('2026-11-23T01:35:00.000Z', '2026-11-23T02:05:00.000Z', -3),
    ],
    visitMinutes: 60,
  };
  it('is drawn in the hours that matter, cut at midnight', () => {
    const strip = dayStrip(day);
    expect(strip).toMatchObject({ fromMin: 0, toMin: 19 * 60, shifts: [[0, 450]] });
    expect(strip.visits.map((v) => [v.fromMin, v.toMin])).toEqual([
      [540, 570],
      [575, 605],
    ]);
    expect(strip.hours.at(-1)).toBe(19);
  });
  it('says which visit is over, which is on, and which comes next', () => {
    const at = (minute: string): string[] => standingsIn(day, Date.parse(`2026-11-23T${minute}:00.000Z`));
    expect([at('00:30'), at('01:10'), at('01:32'), at('03:00')]).toEqual([
      ['next', 'later'],
      ['now', 'later'],
      ['past', 'next'],
      ['past', 'past'],
    ]);
    const [first, second] = day.visits;
    if (!first || !second) throw new Error('no visits');
    const asked = { ...day, visits: [{ ...first, tentative: true }, second] };
    expect(standingsIn(asked, Date.parse(day.date))).toEqual(['later', 'next']);
  });
  it('says which visit cannot be reached in time', () => {
    const before = Date.parse('2026-11-23T01:00:00.000Z');
    expect(tooTight(day, before).map((v) => v.slackMinutes)).toEqual([-3]);
    // What is over, or has been done, is short of nothing any more
    expect(tooTight(day, Date.parse('2026-11-23T02:05:00.000Z'))).toEqual([]);
    const done = { ...day, visits: day.visits.map((v) => ({ ...v, state: 'completed' })) };
    expect(tooTight(done, before)).toEqual([]);
    expect(dateAfter('2026-12-31', 1)).toBe('2027-01-01');
  });
});

it('money is told in yuan, months go back over the year', () => {
  expect(yuanText(123_450, 'zh')).toBe('¥1,234.50');
  expect(yuanText(-5, 'en')).toBe('−¥0.05');
  expect(monthBefore('2026-01')).toBe('2025-12');
});
