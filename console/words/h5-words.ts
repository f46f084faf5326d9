import type { Lang } from '../model/span.ts';
import { h5En } from './h5-en.ts';
import { h5Zh } from './h5-zh.ts';
import type { H5Words } from './h5-zh.ts';
import { namesEn } from './names-en.ts';
import { namesZh } from './names-zh.ts';
import type { Names } from './names-zh.ts';

export type CarerWords = Names & { h5: H5Words; lang: Lang };
const zh: CarerWords = { lang: 'zh', ...namesZh, h5: h5Zh };
const en: CarerWords = { lang: 'en', ...namesEn, h5: h5En };
export const carerWords = (lang: Lang): CarerWords => (lang === 'zh' ? zh : en);
