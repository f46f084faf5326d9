import type { Pool } from '../../platform/database.ts';
import type { FaultRecord } from './history.ts';

/** What is concluded from silence. Nobody is silent in such a run: whatever is concluded rests on our own outage (I13). */
const OF_SILENCE = ['inactivity', 'overstay', 'device_offline', 'outage'];
/** A worker's lease holds longer than that after its last word; its last word is not older than that when it dies. */
const AFTER_MS = 2_000;
const BEFORE_MS = 300;
/** Whatever else happened so near to a death may have taken its homes away from it before. */
const APART_MS = 8_000;

/** The deaths of workers of which it is certain that they had homes, and nothing else was wrong. */
const plainDeaths = (faults: readonly FaultRecord[]): FaultRecord[] =>
  faults.filter(
    (death) =>
      death.settledWorkers !== undefined &&
      death.settledWorkers > 0 &&
      faults.every(
        ({ fault, at, endedAt }) =>
          fault.startsWith('kill_') ||
          at > death.at + APART_MS ||
          (endedAt ?? Infinity) < death.at - APART_MS,
      ),
  );

/** I13: the time in which a dead worker's homes were nobody's is on record, and nothing was concluded from it. */
export async function absenceOffences(
  pool: Pool,
  faults: readonly FaultRecord[],
): Promise<{ offences: string[]; deaths: number }> {
  const offences: string[] = [];
  const deaths = plainDeaths(faults);
  const { rows: outages } = await pool.query<{ from_at: Date; to_at: Date }>(
    'select from_at, to_at from outages',
  );
  for (const { at, detail } of deaths)
    if (!outages.some(({ from_at: from, to_at: to }) => +from <= at + BEFORE_MS && +to >= at + AFTER_MS))
      offences.push(`I13 ${detail} was dead from ${new Date(at).toISOString()} on, and no outage says so`);
  // With clocks that jump hours pass at once, and somebody is silent after all
  if (faults.some(({ fault }) => fault.includes('clock'))) return { offences, deaths: deaths.length };
  const { rows: concluded } = await pool.query<{ id: string; why: string }>({
    text: `select id, work -> 'raisedBy' as why from alerts where work -> 'raisedBy' ?| $1`,
    values: [OF_SILENCE],
  });
  for (const { id, why } of concluded)
    offences.push(`I13 ${id} was raised of a silence that was ours: ${JSON.stringify(why)}`);
  return { offences, deaths: deaths.length };
}
