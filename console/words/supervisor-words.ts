import type { Lang } from '../model/span.ts';
import { officeEn } from './office-en.ts';
import { officeZh } from './office-zh.ts';
import type { OfficeWords } from './office-zh.ts';
import { supervisorEn } from './supervisor-en.ts';
import { supervisorZh } from './supervisor-zh.ts';
import type { SupervisorWords as RegistryWords } from './supervisor-zh.ts';

export type SupervisorWords = RegistryWords & OfficeWords;

/** Both tables of fields and of pages are one. */
const merged = (registry: RegistryWords, office: OfficeWords): SupervisorWords => ({
  ...registry,
  ...office,
  field: { ...registry.field, ...office.field },
  nav: { ...registry.nav, ...office.nav },
});
const zh = merged(supervisorZh, officeZh);
const en = merged(supervisorEn, officeEn);
export const supervisorWords = (lang: Lang): SupervisorWords => (lang === 'zh' ? zh : en);
