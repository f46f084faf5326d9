/** Full years on a local date; both `YYYY-MM-DD`. Somebody born on 29 February has their birthday on 1 March of other years. */
export function ageOn(birthDate: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

/** Making one takes as long as fifty uses of it. */
const dates = new Map<string, Intl.DateTimeFormat>();

/** The civil date at a moment in a time zone. */
export function localDate(ms: number, timeZone: string): string {
  let date = dates.get(timeZone);
  if (date === undefined) {
    date = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    dates.set(timeZone, date);
  }
  return date.format(ms);
}
