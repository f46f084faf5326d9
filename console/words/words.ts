import type { Lang } from '../model/span.ts';
import { namesEn } from './names-en.ts';
import { namesZh } from './names-zh.ts';
import type { Names } from './names-zh.ts';
import { operatorEn } from './operator-en.ts';
import { operatorZh } from './operator-zh.ts';
import type { OperatorWords } from './operator-zh.ts';

export type Words = Names & OperatorWords & { lang: Lang };

const zh: Words = { lang: 'zh', ...namesZh, ...operatorZh };
const en: Words = { lang: 'en', ...namesEn, ...operatorEn };

/** Both dictionaries of the operator's screen; the caregiver's and supervisor's pages add their own, loaded with them. */
export const wordsOf = (lang: Lang): Words => (lang === 'zh' ? zh : en);

export { named } from './words-named.ts';
