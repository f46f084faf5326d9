import type { Reading } from './api-types.ts';

/** A day of presence as one lane per room: spells in which somebody was there. Pure. */
export interface Spell {
  fromMs: number;
  /** null: still there, as far as the sensor said. */
  toMs: number | null;
}
export interface Lane {
  zone: string;
  spells: Spell[];
  /** Door openings and the like: moments, not spells. */
  ticks: number[];
  totalMs: number;
}

/** Readings oldest first. A repeat of `occupied: true` prolongs nothing and starts nothing: it is the same spell. */
export function presenceLanes(readings: readonly Reading[], fromMs: number, toMs: number): Lane[] {
  const lanes = new Map<string, Lane>();
  const laneOf = (zone: string): Lane => {
    const known = lanes.get(zone);
    if (known) return known;
    const lane: Lane = { zone, spells: [], ticks: [], totalMs: 0 };
    lanes.set(zone, lane);
    return lane;
  };
  for (const r of readings) {
    if (r.channel !== 'presence') continue;
    const { zone, occupied, sensor } = r.payload;
    if (typeof zone !== 'string' || typeof occupied !== 'boolean') continue;
    const at = Date.parse(r.occurredAt);
    if (!(at >= fromMs && at <= toMs)) continue;
    const lane = laneOf(sensor === 'bed' ? 'bed' : zone);
    if (sensor === 'door') {
      if (occupied) lane.ticks.push(at);
      continue;
    }
    const last = lane.spells.at(-1);
    if (occupied) {
      if (!last || last.toMs !== null) lane.spells.push({ fromMs: at, toMs: null });
    } else if (last?.toMs === null) last.toMs = at;
    // The first we hear of a room is that it emptied: somebody was there since before the day began.
    else if (!last) lane.spells.push({ fromMs, toMs: at });
  }
  const all = [...lanes.values()];
  for (const lane of all)
    lane.totalMs = lane.spells.reduce((sum, s) => sum + Math.max(0, (s.toMs ?? toMs) - s.fromMs), 0);
  return all.sort((a, b) => rank(a.zone) - rank(b.zone) || (a.zone < b.zone ? -1 : 1));
}

const ROOMS = [
  'bedroom',
  'bed',
  'living_room',
  'living',
  'kitchen',
  'bathroom',
  'balcony',
  'hall',
  'entrance',
];
const rank = (zone: string): number => {
  const i = ROOMS.indexOf(zone);
  return i < 0 ? ROOMS.length : i;
};
