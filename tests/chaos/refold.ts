import { DETECTORS } from '../../ingest/detectors/registry.ts';
import { createHomeFold } from '../../ingest/home-fold.ts';
import { type HomeStateJson, initialState, stateFromJson, stateToJson } from '../../ingest/home-state.ts';
import { localTimeOf } from '../../ingest/local-time.ts';
import { foldItemOf } from '../../ingest/pipeline/homes.ts';
import { outagesOf, outagesSince } from '../../ingest/store/epochs.ts';
import { streetOutagesSince } from '../../ingest/store/street-outages.ts';
import { readTail } from '../../ingest/store/tail.ts';
import type { Pool } from '../../platform/database.ts';

export interface Refolded {
  homes: number;
  items: number;
  /** Homes whose saved state is another than a straight run over all that is stored, with the first parts that differ. */
  different: string[];
}

/** Folds everything stored from nothing, without a break, and holds it against the states that were saved, as of `at` (I4). */
export async function refoldAll(pool: Pool, at: number, timeZone = 'Asia/Shanghai'): Promise<Refolded> {
  const fold = createHomeFold(DETECTORS, localTimeOf(timeZone));
  const { tail, items } = await readTail(pool, 0, Number.MAX_SAFE_INTEGER, null);
  const allOutages = await outagesSince(pool, 0);
  const streets = await streetOutagesSince(pool, 0);
  const { rows } = await pool.query<{ id: string; no: number; state: HomeStateJson | null }>(
    'select h.id, h.no, s.state from homes h left join home_states s on s.home_no = h.no',
  );
  const different: string[] = [];
  for (const { id, no, state: saved } of rows) {
    const stored = tail.get(no);
    if (stored === undefined) continue;
    const outages = outagesOf(id, allOutages);
    let state = initialState(fold.detectors);
    for (const item of stored) state = fold.fold(state, foldItemOf(item, id, state), outages, streets).state;
    if (saved === null) {
      different.push(`${id}: nothing was saved`);
      continue;
    }
    // Time alone, of which nothing comes, is not stored: both are brought to one moment.
    const [straight, kept] = [state, stateFromJson(fold.detectors, saved)].map((one) => {
      const later = fold.fold(one, { kind: 'timer', now: at }, outages, streets).state;
      return JSON.parse(JSON.stringify(stateToJson(fold.detectors, later))) as unknown;
    });
    const odd = differences(straight, kept);
    if (odd.length > 0) different.push(`${id}: ${odd.slice(0, 3).join('; ')}`);
  }
  return { homes: rows.length, items, different };
}

/** Paths at which two JSON values differ. */
function differences(a: unknown, b: unknown, path = ''): string[] {
  if (a === b) return [];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return [`${path} ${JSON.stringify(a)?.slice(0, 80)} / ${JSON.stringify(b)?.slice(0, 80)}`];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) =>
    differences(left[key], right[key], `${path}/${key}`),
  );
}
