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
function localMidnight(year: number, month: number, day: number, timeZone: string): string {
  const asUtc = Date.UTC(year, month - 1, day);
  // The offset there, found by asking twice: the second answer is right across a change of clocks.
  const guess = asUtc - offsetMs(asUtc, timeZone);
  return new Date(asUtc - offsetMs(guess, timeZone)).toISOString();
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
