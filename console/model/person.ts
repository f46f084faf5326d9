import type { Contact, Resident } from './api-types.ts';
import { named } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { ageAt } from './span.ts';

/** Conditions that say how someone lives rather than what they suffer from: shown as tags beside the name. */
const SITUATIONS = ['独居', '空巢', '失能', '失智', '高龄'];
const SITUATION_WORDS: Record<string, string> = {
  lives_alone: '独居',
  living_alone: '独居',
  alone: '独居',
  empty_nest: '空巢',
  disabled: '失能',
  dementia: '失智',
  very_old: '高龄',
};
/** 高龄 says nothing that the age beside it does not. */
const UNSAID = ['高龄'];

const canonical = (condition: string): string => SITUATION_WORDS[condition] ?? condition;

export function situationTags(resident: Resident, words: Words): string[] {
  const found = new Set((resident.conditions ?? []).map(canonical).filter((c) => SITUATIONS.includes(c)));
  if ((resident.careLevel ?? 0) >= 3) found.add('失能');
  return SITUATIONS.filter((s) => found.has(s) && !UNSAID.includes(s)).map((s) => named(words.condition, s));
}

export const illnesses = (resident: Resident, words: Words): string[] =>
  (resident.conditions ?? [])
    .filter((c) => !SITUATIONS.includes(canonical(c)) || canonical(c) === '失智')
    .map((c) => named(words.condition, c));

/** `王桂兰 83 岁`; in English `王桂兰, 83`. */
export function nameAndAge(resident: Resident, nowMs: number, words: Words): string {
  const age = ageAt(resident.birthDate, nowMs);
  if (age === undefined) return resident.name;
  return words.lang === 'zh' ? `${resident.name} ${words.years(age)}` : `${resident.name}, ${age}`;
}

export const languagesOf = (resident: Resident, words: Words): string[] =>
  (resident.languages ?? []).map((l) => named(words.language, l));

/** What the resident wishes of whoever comes, in words. */
export function wishesOf(
  resident: Resident,
  words: Words,
  caregiverName: (id: string) => string | undefined,
): string[] {
  const { gender, languages, preferred, avoided, note } = resident.wishes ?? {};
  const { wish } = words.context;
  const names = (ids: readonly string[] = []): string[] => ids.map((id) => caregiverName(id) ?? id);
  const list = (items: readonly string[]): string => items.join(words.lang === 'zh' ? '、' : ', ');
  return [
    gender ? wish.gender(named(words.gender, gender)) : '',
    languages?.length ? wish.languages(list(languages.map((l) => named(words.language, l)))) : '',
    preferred?.length ? wish.preferred(list(names(preferred))) : '',
    avoided?.length ? wish.avoided(list(names(avoided))) : '',
    note ?? '',
  ].filter((text) => text !== '');
}

export const keyHolders = (resident: Resident): Contact[] =>
  (resident.contacts ?? []).filter((c) => c.keyHolder === true);

/** `李梅（女儿）` as the call log names a contact. */
export const contactLabel = (contact: Contact): string =>
  contact.relation ? `${contact.name}（${contact.relation}）` : contact.name;

/** The same for whoever reads: `李梅（女儿）`, in English `李梅 (daughter)`. What is stored stays as it is. */
export function labelText(label: string, words: Words): string {
  if (words.lang === 'zh') return label;
  return label.replace(
    /（(.*)）/,
    (_, relation: string) =>
      ` (${relation === '本人' ? words.call.self.toLowerCase() : named(words.relation, relation)})`,
  );
}

/** Eleven digits in the groups in which a mobile number is read out: `138 0013 8000`. */
export function phoneText(phone: string): string {
  const match = /^(\d{3})(\d{4})(\d{4})$/.exec(phone.replace(/[\s-]/g, ''));
  return match ? `${match[1]} ${match[2]} ${match[3]}` : phone;
}
