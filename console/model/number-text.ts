import type { Lang } from './span.ts';

/** Numbers as people read them: thousands apart, and as many decimals in each row of a column. Pure. */
const formats = new Map<string, Intl.NumberFormat>();
function fixed(value: number, decimals: number, lang: Lang): string {
  const key = `${lang}:${decimals}`;
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const known = formats.get(key) ?? new Intl.NumberFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', digits);
  formats.set(key, known);
  return known.format(value);
}
/** `1,296,420`; `—` where there is nothing to count. */
export const countText = (n: number | null, lang: Lang): string => (n === null ? '—' : fixed(n, 0, lang));
/** `309.0` hours of so many minutes. */
export const hoursText = (minutes: number, lang: Lang): string => fixed(minutes / 60, 1, lang);
/** `9.60` of ten; `—` while nobody has said anything. */
export const scoreText = (score: number | null, lang: Lang): string =>
  score === null ? '—' : fixed(score, 2, lang);
