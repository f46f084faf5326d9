import { ASKING_KINDS, type DeviceKind } from '../../schemas/registry.ts';
import type { Service } from '../../schemas/channels.ts';
import type { Random } from '../random.ts';
import type { SimHome, World } from '../world/population.ts';

/** What befalls a home; `atMs` counts from the scenario's start. */
export type Happening = { atMs: number; home: SimHome; deviceId: string } & (
  | { what: 'press'; presses: number; cancelled: boolean }
  | { what: 'fall'; answer: FallAnswer }
  | { what: 'vitals'; grade: 'critical' | 'urgent' }
  | { what: 'service'; service: Service }
  | { what: 'battery'; pct: number }
  | { what: 'offline'; forMs: number }
  | { what: 'late'; agedMs: number }
  | { what: 'broken' }
);
export type FallAnswer = 'ok' | 'help' | 'silent';
type What = Happening['what'];

export interface ScriptOptions {
  /** Length of the opening act, in which everything is seen once. */
  openingMs: number;
  /** Mean time between happenings after it. */
  meanGapMs: number;
}

type Special = Partial<{ presses: number; answer: FallAnswer; grade: 'critical' | 'urgent' }>;

/** The opening act: what, when (share of its length), and what is special about it. */
const OPENING: readonly [number, What, Special][] = [
  [0.06, 'press', { presses: 1 }],
  [0.16, 'fall', { answer: 'ok' }],
  [0.22, 'late', {}],
  [0.28, 'fall', { answer: 'silent' }],
  [0.38, 'vitals', { grade: 'critical' }],
  [0.46, 'battery', {}],
  [0.54, 'service', {}],
  [0.6, 'broken', {}],
  [0.66, 'press', { presses: 3 }],
  [0.76, 'offline', {}],
  [0.86, 'fall', { answer: 'help' }],
  [1, 'press', { presses: 1 }],
];

const LATER: readonly [readonly [What, number], ...(readonly [What, number])[]] = [
  ['press', 26],
  ['fall', 18],
  ['service', 16],
  ['vitals', 12],
  ['battery', 8],
  ['offline', 8],
  ['late', 8],
  ['broken', 4],
];

const SERVICES_ASKED: readonly [Service, ...Service[]] = [
  'meal',
  'clean',
  'errand',
  'medical',
  'bath',
  'repair',
];
const HOUR_MS = 3_600_000;

/**
 * The neighbourhood's fate without end, in order of time: first the opening act, then chance. A home is left in peace while
 * others have not had their turn, so that alarms spread over the streets.
 */
export function* happenings(
  world: World,
  random: Random,
  options: ScriptOptions,
): Generator<Happening, never> {
  const turn = takingTurns(random.fork('turns'), world.homes);
  for (const [share, what, special] of OPENING)
    yield* some(happen(random, turn, what, share * options.openingMs, special));
  for (let atMs = options.openingMs; ;) {
    atMs += Math.min(random.exponential(options.meanGapMs), 3 * options.meanGapMs);
    yield* some(happen(random, turn, random.weighted(LATER), atMs, {}));
  }
}

const some = <T>(item: T | undefined): T[] => (item === undefined ? [] : [item]);

/** One happening, or none if no home has the device that it takes. */
function happen(
  random: Random,
  turn: Turn,
  what: What,
  atMs: number,
  special: Special,
): Happening | undefined {
  const chosen = turn(FITS[what]);
  if (chosen === undefined) return undefined;
  const at = { atMs, home: chosen.home, deviceId: chosen.deviceId };
  switch (what) {
    case 'press':
      return {
        ...at,
        what,
        presses: special.presses ?? random.weighted([[1, 8] as [number, number], [2, 2], [4, 1]]),
        cancelled: special.presses === undefined && random.chance(0.15),
      };
    case 'fall':
      return { ...at, what, answer: special.answer ?? random.pick(['ok', 'silent', 'help']) };
    case 'vitals':
      return { ...at, what, grade: special.grade ?? (random.chance(0.7) ? 'critical' : 'urgent') };
    case 'service':
      return { ...at, what, service: random.pick(SERVICES_ASKED) };
    case 'battery':
      return { ...at, what, pct: random.int(4, 18) };
    case 'offline':
      return { ...at, what, forMs: random.int(15_000, 60_000) };
    case 'late':
      return { ...at, what, agedMs: random.int(HOUR_MS / 4, 5 * HOUR_MS) };
    case 'broken':
      break;
  }
  return { ...at, what };
}

/** The device in a home that something takes; undefined: it cannot happen there. */
type Fits = (home: SimHome) => string | undefined;
const withKind =
  (...kinds: readonly DeviceKind[]): Fits =>
  (home) =>
    home.devices.find((device) => kinds.includes(device.kind))?.id;

const FITS: Record<What, Fits> = {
  press: withKind('sos_button'),
  service: withKind('sos_button'),
  // A fall that is asked about takes somebody who asks.
  fall: (home) =>
    home.devices.some((device) => ASKING_KINDS.includes(device.kind))
      ? withKind('wearable', 'mmwave', 'fall_detector')(home)
      : undefined,
  vitals: withKind('health_monitor'),
  battery: withKind('pir', 'door', 'wearable'),
  // Behind a gateway nobody speaks a will for the single device.
  offline: (home) =>
    home.gatewayId === undefined ? withKind('pir', 'door', 'bed', 'mmwave')(home) : undefined,
  late: withKind('pir', 'mmwave', 'bed'),
  broken: withKind('pir', 'door', 'bed'),
};

type Turn = (fits: Fits) => { home: SimHome; deviceId: string } | undefined;

/** Hands out homes in a shuffled order; who had a turn goes to the end. */
function takingTurns(random: Random, homes: readonly SimHome[]): Turn {
  const queue = homes.map((home) => ({ home, key: random.next() })).sort((a, b) => a.key - b.key);
  return (fits) => {
    for (const [index, place] of queue.entries()) {
      const deviceId = fits(place.home);
      if (deviceId === undefined) continue;
      queue.splice(index, 1);
      queue.push(place);
      return { home: place.home, deviceId };
    }
    return undefined;
  };
}
