import type { Lang } from './span.ts';

/** Money is whole fen on the wire and yuan to the eye: `¥1,234.50`. Pure. */
export function yuanText(fen: number, lang: Lang): string {
  const locale = lang === 'zh' ? 'zh-CN' : 'en-GB';
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `${fen < 0 ? '−' : ''}¥${new Intl.NumberFormat(locale, digits).format(Math.abs(fen) / 100)}`;
}

/** `2026-11` of a local moment, and the month before it: the one that can be closed. */
export const monthOf = (atMs: number): string => new Date(atMs + 8 * 3_600_000).toISOString().slice(0, 7);
export function monthBefore(month: string): string {
  const [year = 0, no = 1] = month.split('-').map(Number);
  return no === 1 ? `${year - 1}-12` : `${year}-${String(no - 1).padStart(2, '0')}`;
}
