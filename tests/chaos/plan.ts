import type { Random } from '../../devices-sim/random.ts';

/** What can be done to the system. Which link, which process, which instant is drawn with it. */
export const FAULTS = [
  'kill_ingest',
  'kill_dispatcher',
  'kill_broker',
  'kill_all',
  'kill_two',
  'kill_at_commit',
  'freeze_ingest',
  'freeze_dispatcher',
  'freeze_broker',
  'database_stopped',
  'database_killed',
  'database_frozen',
  'database_no_connections',
  'database_disk_full',
  'redis_killed_empty',
  'redis_frozen',
  'link_devices',
  'link_devices_double',
  'link_devices_swap',
  'link_people',
  'link_people_repeat',
  'link_database_of_ingest',
  'link_database_of_dispatcher',
  'link_database_of_broker',
  'link_redis',
  'frozen_subscriber',
  'slow_loris',
  'device_clocks_jump',
  'wall_clock_jumps',
  'reconnection_storm',
  'workers_stalled',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface PlannedFault {
  /** Since the beginning. */
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: Fault;
  /** For whatever the fault has to draw. */
  readonly nth: number;
}

export interface PlanOptions {
  readonly durationMs: number;
  /** Those that this machine can do. */
  readonly faults: readonly [Fault, ...Fault[]];
  readonly longestMs: number;
}

const SHORTEST_MS = 200;
/** Until everything is up and the first messages are through. */
const FIRST_AT_MS = 1_500;
const OVERLAP = 0.3;

/**
 * Faults one after another, some over one another, every kind before any kind comes again. Same seed, same plan. The
 * last one ends before the duration does.
 */
export function planFaults(random: Random, { durationMs, faults, longestMs }: PlanOptions): PlannedFault[] {
  const planned: PlannedFault[] = [];
  let bag: Fault[] = [];
  let atMs = FIRST_AT_MS;
  for (let nth = 0; ; nth += 1) {
    const forMs = Math.round(random.between(SHORTEST_MS, longestMs));
    if (atMs + forMs > durationMs) return planned;
    if (bag.length === 0) bag = [...faults];
    const [fault] = bag.splice(random.int(0, bag.length - 1), 1);
    if (fault !== undefined) planned.push({ atMs, forMs, fault, nth });
    atMs += Math.round(
      random.chance(OVERLAP) ? random.between(0, forMs) : forMs + random.between(300, 1_500),
    );
  }
}
