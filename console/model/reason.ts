import { namesZh } from '../words/names-zh.ts';
import { named } from '../words/words.ts';
import type { Words } from '../words/words.ts';

/** A recommendation's reason code as a short tag: `within_15_min`, `skill:助急`, `stars:5`. */
export function reasonText(code: string, words: Words): string {
  const colon = code.indexOf(':');
  if (colon < 0) return named(words.reason, code);
  const head = code.slice(0, colon);
  const value = skillText(code.slice(colon + 1), words);
  const say = Object.hasOwn(words.reasonWith, head) ? words.reasonWith[head] : undefined;
  return say ? say(value) : `${named(words.reason, head)} ${value}`;
}

/** Of a skill or whatever else a reason names: the word for one that we know; anything else stands as it was written. */
export function skillText(value: string, words: Words): string {
  for (const table of [words.caregiverRole, words.service, words.language] as Record<string, string>[])
    if (Object.hasOwn(table, value)) return table[value] ?? value;
  // Skills are registered in Chinese.
  const service = Object.entries(namesZh.service).find(([, name]) => name === value)?.[0];
  if (service !== undefined) return named(words.service, service);
  return (Object.hasOwn(words.skill, value) ? words.skill[value] : undefined) ?? value;
}
