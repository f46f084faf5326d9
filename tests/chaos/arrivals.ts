import { DETECTORS } from '../../ingest/detectors/registry.ts';
import { LATENESS_MS } from '../../ingest/event-time/lateness.ts';
import { createHomeFold, type FoldItem } from '../../ingest/home-fold.ts';
import { initialState } from '../../ingest/home-state.ts';
import { localTimeOf } from '../../ingest/local-time.ts';
import { foldItemOf } from '../../ingest/pipeline/homes.ts';
import { outagesOf, outagesSince } from '../../ingest/store/epochs.ts';
import { streetOutagesSince } from '../../ingest/store/street-outages.ts';
import { readTail, type TailItem } from '../../ingest/store/tail.ts';
import { CHANNEL_NUMBER, CHANNELS } from '../../schemas/channels.ts';
import type { Pool } from '../../platform/database.ts';
import type { Signal } from '../../schemas/signal.ts';

const CHANNEL_OF = new Map(CHANNELS.map((channel) => [CHANNEL_NUMBER[channel], channel]));
/** Long after the last of them: whatever is held has been let go. */
const END_MS = 60_000;

export interface Rearranged {
  /** Homes of which another order of arrival makes other signals; empty, if I3 holds. */
  readonly different: string[];
  /** That were compared, and readings that came at another time than they had. */
  readonly signals: number;
  readonly moved: number;
}

/**
 * What was stored, folded once more as if it had come another way: each message as late as its channel allows it to be,
 * drawn anew. The signals must be those of the order in which it came (I3). `chance`: from 0 to 1.
 */
export async function rearrange(
  pool: Pool,
  chance: () => number,
  timeZone = 'Asia/Shanghai',
): Promise<Rearranged> {
  const fold = createHomeFold(DETECTORS, localTimeOf(timeZone));
  const { tail } = await readTail(pool, 0, Number.MAX_SAFE_INTEGER, null);
  const allOutages = await outagesSince(pool, 0);
  const streets = await streetOutagesSince(pool, 0);
  const { rows } = await pool.query<{ id: string; no: number }>('select id, no from homes');
  const different: string[] = [];
  let [signals, moved] = [0, 0];
  for (const { id, no } of rows) {
    const arrivals = arrivalsOf(tail.get(no) ?? []);
    const outages = outagesOf(id, allOutages);
    const endAt = Math.max(0, ...arrivals.map(({ at }) => at)) + END_MS;
    const signalsOf = (coming: readonly Arrival[]): string[] => {
      let state = initialState(fold.detectors);
      const said: Signal[] = [];
      const step = (item: FoldItem): void => {
        const result = fold.fold(state, item, outages, streets);
        state = result.state;
        said.push(...result.signals);
      };
      for (const { item, at } of coming) step({ ...foldItemOf(item, id, state), now: at });
      step({ kind: 'timer', now: endAt });
      return essence(said).toSorted();
    };
    const knownAt = arrivals.find(({ item }) => item.kind === 'profile')?.at ?? Infinity;
    const others = arrivals.map((arrival) => {
      const other = otherwise(arrival, knownAt, chance());
      if (other !== arrival) moved += 1;
      return other;
    });
    const [one, other] = [arrivals, others.toSorted((a, b) => a.at - b.at)].map(signalsOf);
    signals += one?.length ?? 0;
    if (one?.join() === other?.join()) continue;
    const [only, added] = [
      one?.find((text) => !other?.includes(text)),
      other?.find((text) => !one?.includes(text)),
    ];
    different.push(`${id}: ${only ?? 'nothing'} / ${added ?? 'nothing'}`);
  }
  return { different, signals, moved };
}

/** What was folded, and the home's time then: that never goes back. */
interface Arrival {
  readonly item: TailItem;
  readonly at: number;
}

function arrivalsOf(items: readonly TailItem[]): Arrival[] {
  let last = 0;
  return items.map((item) => ({
    item,
    at: (last = Math.max(last, item.kind === 'reading' ? item.receivedAt : item.at)),
  }));
}

/** At another time within its lateness; the same where it waits for nothing, or had come too late. */
function otherwise(arrival: Arrival, notBefore: number, chance: number): Arrival {
  const { item, at } = arrival;
  if (item.kind !== 'reading') return arrival;
  const lateness = LATENESS_MS[CHANNEL_OF.get(item.channel) ?? 'status'];
  const delay = at - item.occurredAt;
  if (lateness === 0 || delay < 0 || delay > lateness) return arrival;
  return { item, at: Math.max(notBefore, item.occurredAt + Math.floor(chance * lateness)) };
}

/** What an alert comes from; when a device was last heard of may differ. */
const essence = (signals: readonly Signal[]): string[] =>
  signals
    .filter(({ kind }) => kind !== 'device_offline')
    .map(({ kind, priority, dedupKey, effect, occurredAt, evidence }) =>
      JSON.stringify([kind, priority, dedupKey, effect, occurredAt, evidence]),
    );
