import type { StreamRecord } from './history.ts';

/** What is wrong with what a listener was shown, over all its connections, of the events `published`. Pure. */
export function streamOffences(stream: StreamRecord, published: readonly number[]): string[] {
  const { who, from, seen, resets, connections, disorder } = stream;
  const offences = disorder.map((line) => `${who}: the stream went back: ${line}`);
  if (resets > 0) offences.push(`${who}: ${resets} resets within minutes`);
  if (from < 0) return [...offences, `${who} never got onto the stream, in ${connections} connections`];
  const shown = new Set(seen);
  const missed = published.filter((no) => no > from && !shown.has(no));
  if (missed.length > 0)
    offences.push(
      `${who} was not shown ${missed.length} of the events after ${from}: ${missed.slice(0, 5).join(', ')} ` +
        `(${seen.length} seen, the last ${seen.at(-1) ?? 'none'}, ${connections} connections)`,
    );
  return offences;
}
