import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { TravelTimeSettings } from '../../platform/travel-time.ts';
import type { Place } from '../lifecycle/place.ts';
import type { Traveller, TravelTimes } from '../recommendation/travel-times.ts';
import { coordinate, durationsOf, MOST_COORDINATES, tableUrl } from './osrm-table.ts';

/** A way is as long as it was a quarter of an hour ago. */
const KEPT_MS = 15 * 60_000;
const MOST_KEPT = 50_000;
/** After a failure nobody waits for it again for so long. */
const REST_MS = 10_000;
/** No way between them, or one that takes a day: not worth telling from any other that is too far. */
const NO_WAY_MIN = 24 * 60;

type Outcome = 'ok' | 'timeout' | 'unreachable' | 'refused' | 'bad_answer';

/**
 * Travel times by an OSRM-compatible table service. What it does not answer in time, or at all, is left to the straight
 * line: counted, logged once until it answers again, and not waited for in the seconds after.
 */
export function osrmTravelTimes(
  settings: TravelTimeSettings,
  { clock, log, metrics }: { clock: Clock; log: Log; metrics: Metrics },
): TravelTimes {
  const kept = new Map<string, { minutes: number; untilMs: number }>();
  let restUntilMs = 0;
  let failing = false;
  const requests = metrics.counter(
    'yinling_travel_requests_total',
    'Questions to the routing service, by outcome',
    ['outcome'],
  );
  const ways = metrics.counter(
    'yinling_travel_times_total',
    'Ways that a recommendation wanted, by how known',
    ['by'],
  );
  const seconds = metrics.histogram('yinling_travel_request_seconds', 'An answer of the routing service');

  async function table(profile: string, from: readonly string[], to: string, signal: AbortSignal) {
    const beganMs = clock.now();
    const outcome = await asked(tableUrl(settings.url, profile, from, to), from.length, signal);
    requests.inc({ outcome: outcome.what });
    seconds.observe((clock.now() - beganMs) / 1000);
    if (outcome.what === 'ok') {
      if (failing) log.info({}, 'routing service answers again');
      failing = false;
      return outcome.durations;
    }
    restUntilMs = clock.now() + REST_MS;
    if (!failing) log.warn({ outcome: outcome.what }, 'no travel times: by straight line meanwhile');
    failing = true;
    return undefined;
  }

  function keep(key: string, minutes: number): void {
    kept.delete(key);
    kept.set(key, { minutes, untilMs: clock.now() + KEPT_MS });
    // In the order in which they came: the first is the oldest.
    if (kept.size > MOST_KEPT) for (const oldest of kept.keys()) return void kept.delete(oldest);
  }

  return {
    async to(place: Place, from: readonly Traveller[]): Promise<ReadonlyMap<string, number>> {
      const to = coordinate(place);
      const known = new Map<string, number>();
      /** By profile, then by coordinate: many sit at the same post. */
      const wanted = new Map<string, Map<string, string[]>>();
      for (const { id, place: at, vehicle } of from) {
        const profile = settings.profiles[vehicle];
        const key = `${profile}|${coordinate(at)}|${to}`;
        const held = kept.get(key);
        if (held !== undefined && held.untilMs > clock.now()) {
          known.set(id, held.minutes);
          continue;
        }
        const group = wanted.get(profile) ?? new Map<string, string[]>();
        group.set(coordinate(at), [...(group.get(coordinate(at)) ?? []), id]);
        wanted.set(profile, group);
      }
      ways.inc({ by: 'kept' }, known.size);
      if (wanted.size > 0 && clock.now() >= restUntilMs) {
        const signal = AbortSignal.timeout(settings.timeoutMs);
        const batches = [...wanted].flatMap(([profile, group]) =>
          inBatches([...group]).map((batch) => ({ profile, batch })),
        );
        const before = known.size;
        await Promise.all(
          batches.map(async ({ profile, batch }) => {
            const sources = batch.map(([at]) => at);
            const found = await table(profile, sources, to, signal);
            for (const [i, [at, ids]] of batch.entries()) {
              const duration = found?.[i];
              if (duration === undefined) continue;
              const minutes = duration === null ? NO_WAY_MIN : duration / 60;
              keep(`${profile}|${at}|${to}`, minutes);
              for (const id of ids) known.set(id, minutes);
            }
          }),
        );
        ways.inc({ by: 'routed' }, known.size - before);
      }
      ways.inc({ by: 'straight_line' }, from.length - known.size);
      return known;
    },
  };
}

function inBatches<T>(items: readonly T[]): T[][] {
  const batches: T[][] = [];
  for (let at = 0; at < items.length; at += MOST_COORDINATES - 1)
    batches.push(items.slice(at, at + MOST_COORDINATES - 1));
  return batches;
}

async function asked(
  url: string,
  sources: number,
  signal: AbortSignal,
): Promise<{ what: 'ok'; durations: (number | null)[] } | { what: Exclude<Outcome, 'ok'> }> {
  try {
    const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
    // OSRM refuses with 400 and a code that says why.
    if (!response.ok) {
      await response.body?.cancel();
      return { what: 'refused' };
    }
    const durations = durationsOf(await response.json(), sources);
    return durations === undefined ? { what: 'bad_answer' } : { what: 'ok', durations };
  } catch (error) {
    if (signal.aborted) return { what: 'timeout' };
    return { what: error instanceof SyntaxError ? 'bad_answer' : 'unreachable' };
  }
}
