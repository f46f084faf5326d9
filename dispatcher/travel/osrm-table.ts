import { z } from 'zod';
import type { Place } from '../lifecycle/place.ts';

/** What OSRM's table service (v1) is asked and answers. Pure. */

/** `osrm-routed` refuses more coordinates in one table unless it is told otherwise (`--max-table-size`). */
export const MOST_COORDINATES = 100;

/** To 11 m: nobody's place is told more exactly than the way needs, and near places share an answer. */
export const coordinate = ({ lat, lon }: Place): string => `${lon.toFixed(4)},${lat.toFixed(4)}`;

/**
 * `base` may hold `{profile}` (one server for each mode, as OSRM is usually run); it stands in the path as well. The
 * last coordinate is where everybody goes.
 */
export function tableUrl(base: string, profile: string, from: readonly string[], to: string): string {
  const root = base.replaceAll('{profile}', encodeURIComponent(profile)).replace(/\/+$/, '');
  const sources = from.map((_, i) => i).join(';');
  return (
    `${root}/table/v1/${encodeURIComponent(profile)}/${[...from, to].join(';')}` +
    `?sources=${sources}&destinations=${from.length}&annotations=duration`
  );
}

const answer = z.looseObject({
  code: z.literal('Ok'),
  durations: z.array(z.array(z.number().min(0).nullable()).length(1)),
});

/** Seconds for each source, in their order, null where there is no way; undefined: not an answer to this question. */
export function durationsOf(body: unknown, sources: number): (number | null)[] | undefined {
  const read = answer.safeParse(body);
  if (!read.success || read.data.durations.length !== sources) return undefined;
  return read.data.durations.map(([seconds = null]) => seconds);
}
