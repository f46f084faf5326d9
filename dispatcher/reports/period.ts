/**
 * A report's period as two moments, from inclusive, to exclusive. A date stands for the whole local day and a month
 * (`2024-09`) for the whole month, at both ends: `from=2024-09-01&to=2024-09-30` is September.
 */
export interface Period {
  from: string;
  to: string;
}
export type PeriodEnd = 'from' | 'to';

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** ISO UTC, or undefined for what is none of the three forms. */
export function momentOf(text: string, end: PeriodEnd, timeZone: string): string | undefined {
  if (MOMENT.test(text)) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? undefined : new Date(at).toISOString();
  }
  if (MONTH.test(text)) {
    const [year = 0, month = 1] = text.split('-').map(Number);
    return localMidnight(year, end === 'from' ? month : month + 1, 1, timeZone);
  }
  if (!DAY.test(text)) return undefined;
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return undefined;
  return localMidnight(year, month, end === 'from' ? day : day + 1, timeZone);
}

/** The moment at which the local day begins; month and day may run over. */
const localMidnight = (year: number, month: number, day: number, timeZone: string): string =>
  new Date(atLocal(Date.UTC(year, month - 1, day), timeZone)).toISOString();

/** `asUtc`: the local time as if it were UTC. The offset there is found by asking twice: the second answer is right
 * across a change of clocks. */
function atLocal(asUtc: number, timeZone: string): number {
  const guess = asUtc - offsetMs(asUtc, timeZone);
  return asUtc - offsetMs(guess, timeZone);
}

const LOCAL = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T](\d{1,2}):(\d\d)(?::(\d\d))?$/;

/** A moment in ms: ISO with an offset, or local time as `2024-09-03 08:30`; undefined for anything else. */
export function momentIn(text: string, timeZone: string): number | undefined {
  const given = text.trim();
  if (MOMENT.test(given)) {
    const at = Date.parse(given);
    return Number.isNaN(at) ? undefined : at;
  }
  const [year, month, day, hour, minute, second] = (LOCAL.exec(given) ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0));
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const read = new Date(asUtc);
  // What ran over was no such day or hour.
  if (read.getUTCMonth() !== month - 1 || read.getUTCDate() !== day || read.getUTCHours() !== hour)
    return undefined;
  return minute !== undefined && minute < 60 ? atLocal(asUtc, timeZone) : undefined;
}

function offsetMs(at: number, timeZone: string): number {
  const name = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value;
  const match = /^GMT([+-])(\d\d):(\d\d)$/.exec(name ?? '');
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

/** As people write it, `2026-01-12 16:00:05`. */
export const localMoment = (ms: number, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(ms);
