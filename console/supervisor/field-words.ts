import type { FieldSpec } from '../model/registry-form.ts';
import type { PolicyStep } from '../model/api-types.ts';
import { dayRuns } from '../model/page-groups.ts';
import { yuanText } from '../model/money.ts';
import { phoneText } from '../model/person.ts';
import { policyPreview } from '../model/policy-preview.ts';
import { skillText } from '../model/reason.ts';
import { agoText, dateTimeText, endText, exactText, spanText } from '../model/span.ts';
import type { SupervisorWords } from '../words/supervisor-words.ts';
import { named } from '../words/words.ts';
import type { Words } from '../words/words.ts';

/** Values and words of a field's options, in the order of their dictionary. */
export function optionsOf(field: FieldSpec, words: Words, s: SupervisorWords): [string, string][] {
  const name = field.options ?? '';
  if (name === 'weekday') return s.weekday.map((text, i) => [String(i + 1), text]);
  if (name === 'target') {
    // A key of digits comes first in every object, and 120 last in every policy.
    const { '120': ambulance = '120', ...others } = words.timeline.target;
    return [...Object.entries(others), ['120', ambulance]];
  }
  const table = (name in s ? s[name as keyof SupervisorWords] : words[name as keyof Words]) as unknown;
  return typeof table === 'object' && table !== null ? Object.entries(table as Record<string, string>) : [];
}

export const labelOf = (field: FieldSpec, s: SupervisorWords): string =>
  named(s.field, field.label ?? field.name);

/** The heading of a list's column: without what only the form needs to say. */
export const headingOf = (field: FieldSpec, s: SupervisorWords): string =>
  s.column[field.name] ?? labelOf(field, s);

/** A detection setting as it is read: a number, or from–to. */
export const settingText = (value: unknown): string => {
  if (Array.isArray(value)) return value.join('–');
  return typeof value === 'number' ? String(value) : '';
};

const LOW_BATTERY_PCT = 20;
/** What the service tells of a device: in words, with what must be seen at once in colour and sign. */
export function shownCell(
  name: string,
  value: unknown,
  nowMs: number,
  words: Words,
): { text: string; tone: string; title: string } {
  const { device } = words.context;
  if (name === 'online')
    return value === false
      ? { text: `✕ ${device.offline}`, tone: 'tone-red', title: '' }
      : { text: value === true ? device.online : '—', tone: value === true ? '' : 'dim', title: '' };
  if (name === 'lastSeenAt' && typeof value === 'string')
    return { text: agoText(value, nowMs, words.lang), tone: '', title: exactText(value, words.lang) };
  if (name === 'battery' && typeof value === 'number')
    return { text: `${Math.round(value)}%`, tone: value <= LOW_BATTERY_PCT ? 'tone-red' : '', title: '' };
  return { text: '—', tone: 'dim', title: '' };
}

/** Weekdays as runs, `Mo–Fr`. */
function daysText(days: readonly number[], words: Words, s: SupervisorWords): string {
  const name = (d: number): string => s.weekdayShort(s.weekday[d - 1] ?? '');
  return dayRuns(days)
    .map(([from, to]) => (from === to ? name(from) : s.weekdays(name(from), name(to))))
    .join(words.lang === 'zh' ? '、' : ', ');
}

/** What the bundle of a family bed lacks; nothing where there is no such bed. */
export function bedCell(value: unknown, words: Words, s: SupervisorWords): ReturnType<typeof shownCell> {
  if (!Array.isArray(value)) return { text: '', tone: '', title: '' };
  if (value.length === 0) return { text: `✓ ${s.bed.complete}`, tone: '', title: '' };
  const lacking = value.map((line) => named(s.bed.line, String(line)));
  const text = s.bed.lacks(lacking.join(words.lang === 'zh' ? '、' : ', '));
  return { text: `▲ ${text}`, tone: 'tone-amber', title: text };
}

/** A cell of the list: short, in words. */
export function cellText(field: FieldSpec, value: unknown, words: Words, s: SupervisorWords): string {
  if (field.name === 'services' && !value) return s.allServices;
  if (value === null || value === undefined || value === '') return '';
  const table = new Map(optionsOf(field, words, s));
  if (field.name === 'phone' && typeof value === 'string') return phoneText(value);
  if (field.name === 'steps' && Array.isArray(value))
    return policyPreview(value as PolicyStep[])
      .map(({ atS, step }) => `${spanText(atS * 1000, words.lang)} ${named(words.timeline.target, step.to)}`)
      .join(' → ');
  if (field.kind === 'yuan' && typeof value === 'number') return yuanText(value, words.lang);
  if (field.name === 'days' && Array.isArray(value)) return daysText(value.map(Number), words, s);
  if (Array.isArray(value)) {
    if (field.name === 'streets' && value.length === 0) return s.form.all;
    if (field.name === 'services' && value.length === 0) return s.allServices;
    const word = (v: string): string =>
      field.name === 'skills' ? skillText(v, words) : (table.get(v) ?? named(words.condition, v));
    const shown = value.slice(0, 4).map((v) => word(String(v)));
    return shown.join(words.lang === 'zh' ? '、' : ', ') + (value.length > 4 ? ` +${value.length - 4}` : '');
  }
  if (field.kind === 'moment' && typeof value === 'string') return dateTimeText(value, words.lang);
  if (field.name === 'weekly' && typeof value === 'object') {
    const { days, start, end } = value as { days?: number[]; start?: string; end?: string };
    return `${daysText(days ?? [], words, s)} ${start ?? ''}–${endText(end ?? '')}`;
  }
  if (field.name === 'zone' && typeof value === 'string') return named(words.zone, value);
  if (typeof value === 'string' || typeof value === 'number')
    return table.get(String(value)) ?? String(value);
  return '';
}
