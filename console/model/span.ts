/**
 * Spans and moments as people say them. Pure: `now` is handed in, times are ms since the epoch unless `…At` (ISO).
 * All wall-clock times are Shenzhen's, whatever the browser's own zone: the operator, the resident and the
 * caregiver speak of the same evening.
 */
export type Lang = 'zh' | 'en';
export const ZONE = 'Asia/Shanghai';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Seconds are shown below three minutes; beyond, they are noise. */
const SECONDS_SHOWN_BELOW_MS = 3 * MINUTE;

interface Units {
  s: string;
  min: string;
  h: string;
  d: string;
  gap: string;
}
const UNITS: Record<Lang, Units> = {
  zh: { s: '秒', min: '分', h: '小时', d: '天', gap: ' ' },
  en: { s: 's', min: 'min', h: 'h', d: 'd', gap: ' ' },
};

/** `2 分 13 秒`, `14 分`, `1 小时 20 分`, `2 天 3 小时`. Negative spans count as nothing. */
export function spanText(ms: number, lang: Lang): string {
  const u = UNITS[lang];
  const join = (...parts: [number, string][]): string =>
    parts
      .filter(([n], i) => n > 0 || i === parts.length - 1)
      .map(([n, unit]) => `${n} ${unit}`)
      .join(u.gap);
  const t = Math.max(0, ms);
  if (t < MINUTE) return `${Math.floor(t / SECOND)} ${u.s}`;
  if (t < SECONDS_SHOWN_BELOW_MS)
    return join([Math.floor(t / MINUTE), u.min], [Math.floor((t % MINUTE) / SECOND), u.s]);
  if (t < HOUR) return `${Math.floor(t / MINUTE)} ${u.min}`;
  if (t < DAY) {
    const minutes = Math.floor((t % HOUR) / MINUTE);
    const hours = Math.floor(t / HOUR);
    return minutes === 0 ? `${hours} ${u.h}` : join([hours, u.h], [minutes, u.min]);
  }
  const hours = Math.floor((t % DAY) / HOUR);
  const days = Math.floor(t / DAY);
  return hours === 0 ? `${days} ${u.d}` : join([days, u.d], [hours, u.h]);
}

/** `3 分 40 秒` to the second, for what is investigated. */
export function wholeSpanText(ms: number, lang: Lang): string {
  const u = UNITS[lang];
  const seconds = Math.max(0, Math.round(ms / SECOND));
  return seconds < 60 ? `${seconds} ${u.s}` : `${Math.floor(seconds / 60)} ${u.min} ${seconds % 60} ${u.s}`;
}

/** The queue's timer, tabular: `0:47`, `2:13`, then `14 分`, `1:20 时`. */
export function timerText(ms: number, lang: Lang): string {
  const t = Math.max(0, ms);
  if (t < SECONDS_SHOWN_BELOW_MS) {
    const seconds = Math.floor((t % MINUTE) / SECOND);
    return `${Math.floor(t / MINUTE)}:${String(seconds).padStart(2, '0')}`;
  }
  if (t < HOUR) return `${Math.floor(t / MINUTE)} ${UNITS[lang].min}`;
  if (t < DAY) {
    const minutes = String(Math.floor((t % HOUR) / MINUTE)).padStart(2, '0');
    return `${Math.floor(t / HOUR)}:${minutes} ${lang === 'zh' ? '时' : 'h'}`;
  }
  return `${Math.floor(t / DAY)} ${UNITS[lang].d}`;
}

/** `刚刚`, `3 分钟前`, `2 小时前`; beyond a day the date. */
export function agoText(atIso: string, now: number, lang: Lang): string {
  const at = Date.parse(atIso);
  const t = now - at;
  if (t < 10 * SECOND) return lang === 'zh' ? '刚刚' : 'just now';
  if (t >= DAY) return dateTimeText(atIso, lang);
  const [n, zh, en] =
    t < MINUTE
      ? [Math.floor(t / SECOND), '秒', 's']
      : t < HOUR
        ? [Math.floor(t / MINUTE), '分钟', 'min']
        : [Math.floor(t / HOUR), '小时', 'h'];
  return lang === 'zh' ? `${n} ${zh}前` : `${n} ${en} ago`;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(lang: Lang, key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const id = `${lang}:${key}`;
  const known = formats.get(id);
  if (known) return known;
  const locale = lang === 'zh' ? 'zh-CN' : 'en-GB';
  const made = new Intl.DateTimeFormat(locale, { timeZone: ZONE, hourCycle: 'h23', ...options });
  formats.set(id, made);
  return made;
}

/** `21:04:09` */
export const clockText = (at: number | string, lang: Lang): string =>
  format(lang, 'clock', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(at));
/** `21:04` */
export const hourMinuteText = (at: number | string, lang: Lang): string =>
  format(lang, 'hm', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
/** `24:00` for the midnight that ends something: `18:00–00:00` reads as if it were over before it begins. */
export const endText = (hourMinute: string): string => (hourMinute === '00:00' ? '24:00' : hourMinute);
/** `09:00–10:30`, `18:00–24:00` */
export const fromToText = (from: string, to: string, lang: Lang): string =>
  `${hourMinuteText(from, lang)}–${endText(hourMinuteText(to, lang))}`;
/** `11月23日 21:04` */
export const dateTimeText = (at: number | string, lang: Lang): string =>
  format(lang, 'dt', { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }).format(
    new Date(at),
  );
/** `2026年11月23日 21:04:09`, for titles on hover. */
export const exactText = (at: number | string, lang: Lang): string =>
  format(lang, 'exact', {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(at));
/** `2026年10月` of `2026-10` */
export const monthText = (month: string, lang: Lang): string =>
  format(lang, 'month', { year: 'numeric', month: 'long' }).format(new Date(`${month}-15T04:00:00Z`));
/** `11月23日 星期一` */
export const dayText = (at: number | string, lang: Lang): string =>
  format(lang, 'day', { month: 'short', day: 'numeric', weekday: 'short' }).format(new Date(at));

/** Minutes since local midnight in Shenzhen (no daylight saving there since 1991). */
export const minuteOfDay = (at: number): number => Math.floor(((at + 8 * HOUR) % DAY) / MINUTE);

/** Whole years at `now`; undefined for an unreadable date. */
export function ageAt(birthDate: string | null | undefined, now: number): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(birthDate ?? '');
  if (!match) return undefined;
  const [y, m, d] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const today = new Date(now + 8 * HOUR);
  const had = today.getUTCMonth() + 1 > m || (today.getUTCMonth() + 1 === m && today.getUTCDate() >= d);
  return today.getUTCFullYear() - y - (had ? 0 : 1);
}
