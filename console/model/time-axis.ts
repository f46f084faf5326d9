import { hourMinuteText } from './span.ts';
import type { Lang } from './span.ts';

/** A horizontal time axis in pixels, with a mark every few full hours of Shenzhen's clock. */
export interface TimeAxis {
  x: (atMs: number) => number;
  ticks: { x: number; label: string }[];
  left: number;
  right: number;
}
const HOUR = 3_600_000;

export function timeAxis(fromMs: number, toMs: number, left: number, width: number, lang: Lang): TimeAxis {
  const right = Math.max(left + 1, width);
  const x = (atMs: number): number => left + ((atMs - fromMs) / (toMs - fromMs)) * (right - left);
  const hours = (toMs - fromMs) / HOUR;
  const step = (right - left) / hours > 26 ? 3 : 6;
  const ticks: { x: number; label: string }[] = [];
  // Shenzhen is a whole number of hours from UTC, so its full hours are ours.
  for (let t = Math.ceil(fromMs / HOUR) * HOUR; t <= toMs; t += HOUR) {
    const hour = new Date(t + 8 * HOUR).getUTCHours();
    if (hour % step === 0 && x(t) < right - 12) ticks.push({ x: x(t), label: hourMinuteText(t, lang) });
  }
  return { x, ticks, left, right };
}
