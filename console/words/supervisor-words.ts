import type { Lang } from '../model/span.ts';
import { supervisorEn } from './supervisor-en.ts';
import { supervisorZh } from './supervisor-zh.ts';
import type { SupervisorWords } from './supervisor-zh.ts';

export type { SupervisorWords };
export const supervisorWords = (lang: Lang): SupervisorWords => (lang === 'zh' ? supervisorZh : supervisorEn);
