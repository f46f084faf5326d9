import { inactivity, type InactivityState, LEARNING_DAYS } from '../../ingest/detectors/inactivity.ts';
import { wandering } from '../../ingest/detectors/wandering.ts';
import { overstay } from '../../ingest/detectors/overstay.ts';
import type { Detector, ResolvedSettings } from '../../ingest/detectors/detector.ts';
import { deviceEvent, homeProfile, recordedLocal } from './home.ts';
import { Player } from './play.ts';
import {
  arubaHome,
  casasHome,
  daysOf,
  kasterenHome,
  placelabHome,
  type PresenceRecord,
  type PresenceRecording,
} from './presence-recordings.ts';
import { seededRandom } from './random.ts';
import { hasRecording, recordingText } from './recordings.ts';
import { recording as report, type Section } from './report.ts';
import { percent, quantile, rateInterval } from './statistics.ts';

const MINUTE_MS = 60_000;
const INJECTIONS = 300;
/** Of each point of the curve. */
const CURVE_INJECTIONS = 60;
const CURVE_MIN = [180, 240, 300, 360, 480];
const DAY_MS = 86_400_000;
/** How long an injected stop may stay unseen before it counts as missed. */
const PATIENCE_MS = 24 * 3_600_000;

/** The absence detectors of one home, side by side. */
export class AbsenceHome {
  readonly players: readonly Player<unknown>[];
  private readonly recording: PresenceRecording;
  constructor(
    recording: PresenceRecording,
    players?: readonly Player<unknown>[],
    settings: Partial<ResolvedSettings> = {},
  ) {
    this.recording = recording;
    const home = homeProfile(recording.devices, settings);
    this.players =
      players ??
      [inactivity, overstay, wandering].map((detector) => new Player(detector as Detector<unknown>, home));
  }
  step(record: PresenceRecord): void {
    const device = this.recording.devices.find(({ deviceId }) => deviceId === record.deviceId);
    if (!device) return;
    const { sensor, zone, occupied, at } = record;
    const event = deviceEvent('presence', device, at, { sensor, zone, occupied });
    for (const player of this.players) player.step(event);
  }
  until(at: number): void {
    for (const player of this.players) player.until(at);
  }
  fork(): AbsenceHome {
    return new AbsenceHome(
      this.recording,
      this.players.map((player) => player.fork()),
    );
  }
  /** By the door, as far as `inactivity` knows. */
  takesForOut(): boolean {
    const state = this.players[0]?.state as InactivityState | undefined;
    return state !== undefined && state.where.outSince !== null;
  }
  /** Alarms as people see them, when each was first told: what is said of one absence (no sign between) is one alert. */
  alerts(): number[] {
    const firstAt = new Map<unknown, number>();
    for (const { signal, at } of this.players.flatMap((player) => player.played)) {
      if (signal.effect !== 'raise') continue;
      const absence = signal.evidence[0]?.data['lastAt'] ?? signal.evidence[0]?.at;
      firstAt.set(absence, Math.min(at, firstAt.get(absence) ?? Infinity));
    }
    return [...firstAt.values()];
  }
  /** What was raised, by rule. */
  raised(): { rule: string; at: number }[] {
    return this.players
      .flatMap((player) => player.played)
      .filter(({ signal }) => signal.effect === 'raise')
      .map(({ signal, at }) => ({
        rule: signal.kind === 'inactivity' ? signal.kind : (signal.evidence[0]?.kind ?? ''),
        at,
      }))
      .sort((a, b) => a.at - b.at);
  }
}

interface Stop {
  at: number;
  zone: string;
  /** What budgets.md allows for it, from the begin of the stay or pause, ms. */
  limitMs: number;
  /** From when the limit counts. */
  from: number;
  found: { rule: string; at: number } | null;
  /** At the end of our patience the home takes the resident to have left by the door. */
  takenForOut: boolean;
}

const isNight = (ms: number): boolean => {
  const { minuteOfDay } = recordedLocal(ms);
  return minuteOfDay < 7 * 60 || minuteOfDay >= 22 * 60;
};

/** Time of 4 h in waking hours from `from`. */
function wakingLimit(from: number, minutes: number): number {
  let left = minutes;
  let at = from;
  while (left > 0) {
    if (!isNight(at)) left--;
    at += MINUTE_MS;
  }
  return at - from;
}

/** What the set limits allow a stop in this zone, the stay in it having begun at `since` and the last sign being at `lastAt`. */
function allowed(
  zone: string,
  since: number,
  lastAt: number,
  isWatched: boolean,
): { from: number; limitMs: number } {
  if (!isWatched) return { from: lastAt, limitMs: wakingLimit(lastAt, 240) };
  if (zone === 'bathroom') return { from: since, limitMs: (isNight(since) ? 30 : 60) * MINUTE_MS };
  if (zone === 'bedroom' && isNight(lastAt)) return { from: since, limitMs: 600 * MINUTE_MS };
  return { from: lastAt, limitMs: wakingLimit(lastAt, 240) };
}

export interface Played {
  alerts: number;
  /** Of them in the first days, in which there are no habits yet. */
  early: number;
  alarms: { rule: string; at: number }[];
  stops: Stop[];
  homeDays: number;
}

/**
 * Plays a recording once as it is; at random moments, while the resident is at home by the labels, a copy goes on without
 * any further event (whoever lies on the floor moves in no room).
 */
export function playAbsence(
  recording: PresenceRecording,
  injections: number,
  seed: number,
  settings: Partial<ResolvedSettings> = {},
): Played {
  const random = seededRandom(seed);
  const { events } = recording;
  const begin = events[0]?.at ?? 0;
  const end = events.at(-1)?.at ?? 0;
  const isOut = (at: number): boolean => recording.out.some(([from, to]) => at >= from && at <= to);
  const moments: number[] = [];
  for (let tries = 0; moments.length < injections && tries < injections * 20; tries++) {
    const at = begin + Math.floor(random() * (end - begin));
    if (!isOut(at)) moments.push(at);
  }
  moments.sort((a, b) => a - b);
  const home = new AbsenceHome(recording, undefined, settings);
  const isWatched = recording.devices.some(({ kind }) => kind === 'pir');
  const stops: Stop[] = [];
  let next = 0;
  let zone = '';
  let since = begin;
  let lastAt = begin;
  for (const event of [
    ...events,
    { at: end + 1, deviceId: '', sensor: 'pir' as const, zone: '', occupied: false },
  ]) {
    for (; next < moments.length && (moments[next] ?? Infinity) < event.at; next++) {
      const at = moments[next] ?? 0;
      const fork = home.fork();
      fork.until(at);
      const before = fork.raised().length;
      fork.until(at + PATIENCE_MS);
      const found = fork.raised().slice(before)[0] ?? null;
      stops.push({
        at,
        zone,
        ...allowed(zone, since, lastAt, isWatched),
        found,
        takenForOut: fork.takesForOut(),
      });
    }
    if (event.deviceId === '') break;
    home.step(event);
    if (event.occupied || event.zone === zone) {
      if (event.zone !== zone) [zone, since] = [event.zone, event.at];
      lastAt = event.at;
    }
  }
  home.until(end);
  const outMs = recording.out.reduce((sum, [from, to]) => sum + to - from, 0);
  const alerts = home.alerts();
  return {
    alerts: alerts.length,
    early: alerts.filter((at) => at < begin + LEARNING_DAYS * DAY_MS).length,
    alarms: home.raised(),
    stops,
    homeDays: (end - begin - outMs) / 86_400_000,
  };
}

/** What a fixed rule would have said: no event for 4 h, by day, whoever is out; 30 min in the bathroom. */
function naive({ events }: PresenceRecording): { silent: number; silentAtHome: number; bathroom: number } {
  let silent = 0;
  let bathroom = 0;
  let since: number | undefined;
  let told = false;
  events.forEach((event, i) => {
    const following = events[i + 1];
    if (following && following.at - event.at >= 240 * MINUTE_MS && !isNight(event.at + 240 * MINUTE_MS))
      silent++;
    if (event.zone !== 'bathroom') {
      if (event.occupied) [since, told] = [undefined, false];
    } else since ??= event.at;
    if (since !== undefined && !told && following && following.at - since >= 30 * MINUTE_MS) {
      bathroom++;
      told = true;
    }
  });
  return { silent, silentAtHome: silent, bathroom };
}

const rate = (count: number, days: number): string => {
  const [low, high] = rateInterval(count, days);
  return `${count} = ${(count / days).toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;
};

function stopRow(name: string, stops: readonly Stop[]): string[] {
  const found = stops.filter((stop) => stop.found);
  const ratio = found.map((stop) => ((stop.found?.at ?? 0) - stop.from) / stop.limitMs);
  const delays = found.map((stop) => ((stop.found?.at ?? 0) - stop.at) / MINUTE_MS);
  const inTime = ratio.filter((r) => r <= 1.2).length;
  return [
    name,
    String(stops.length),
    String(found.length),
    `${stops.length - found.length} (${stops.filter((stop) => !stop.found && stop.takenForOut).length})`,
    `${inTime} = ${percent(inTime / stops.length)}`,
    `${quantile(ratio, 0.5).toFixed(2)} / ${quantile(ratio, 0.95).toFixed(2)}`,
    `${quantile(delays, 0.5).toFixed(0)} / ${quantile(delays, 0.95).toFixed(0)}`,
  ];
}

export const presenceRecordings = (): PresenceRecording[] => [
  ...(hasRecording('casas-hh-al') ? [casasHome(recordingText('casas-hh-al', 'data.txt'))] : []),
  ...(hasRecording('casas-aruba-activities')
    ? [arubaHome(recordingText('casas-aruba-activities', 'aruba_intervals.csv'))]
    : []),
  ...(hasRecording('kasteren-houseA')
    ? [
        kasterenHome(
          recordingText('kasteren-houseA', 'sensors.csv'),
          recordingText('kasteren-houseA', 'activities.csv'),
        ),
      ]
    : []),
  ...(hasRecording('mit-placelab')
    ? [1, 2].map((n) =>
        placelabHome(
          `MIT PlaceLab subject ${n} (2 weeks)`,
          recordingText('mit-placelab', `subject${n}_sensors.csv`),
          recordingText('mit-placelab', `subject${n}_activities_data.csv`),
        ),
      )
    : []),
];

/** What a longer or a shorter limit would buy; nothing was chosen by it. */
function curve(recordings: readonly PresenceRecording[], seed: number): Section {
  const points = CURVE_MIN.map((inactivityMin) =>
    recordings.map((recording) => playAbsence(recording, CURVE_INJECTIONS, seed, { inactivityMin })),
  );
  return {
    title: 'Absence: the curve',
    lines: [
      `False alerts per resident-day / stops found at all / within 1.2 × the limits of budgets.md (4 h), by the set limit of inactivity; ${CURVE_INJECTIONS} stops each. Nothing was chosen by it: the limit stays the 4 h of budgets.md.`,
    ],
    header: ['recording', ...CURVE_MIN.map((minutes) => `${minutes / 60} h`)],
    rows: recordings.map((recording, r) => [
      recording.name,
      ...points.map((point) => {
        const { alerts, stops } = point[r] as Played;
        const found = stops.filter((stop) => stop.found);
        const inTime = found.filter(
          (stop) => ((stop.found?.at ?? 0) - stop.from) / stop.limitMs <= 1.2,
        ).length;
        return `${(alerts / daysOf(recording)).toFixed(3)} / ${percent(found.length / stops.length)} / ${percent(inTime / stops.length)}`;
      }),
    ]),
    after: WHY,
  };
}

const WHY = [
  'Why 0.1 a day is not met in three homes: they have two or three alerts in 16 to 28 days, and an interval that reaches from a tenth of the aim to four times it; recordings so short cannot tell 0.1 from 0.13. The rules are not moved by such counts: no rule was changed after looking at this page.',
  'Why stops are found late at PlaceLab: in a home of contacts alone hours of reading look like nothing, and habits may double the limit; a doubled limit that begins in the afternoon reaches past 22:00 and goes on in the morning, three and more times the 4 h. A shorter limit (3 h) buys little of it and costs one and a half to three times the false alerts.',
  'Why stops are missed at PlaceLab: after the last switch of these stops came the contact of the entrance door and nothing after it. The recordings keep only switches fired during labelled activities, so what was done between going to the door and the stop is not in them; and a home of contacts alone cannot tell who left from who fell behind the closed door. Taking such a home for occupied would be an alarm at every outing. What mends it is a sensor that sees a person: where infrared watches rooms (CASAS), no stop is missed. Whoever is taken for out is still looked for by `not_back`, once a habit of returning is known (7 days).',
];

export function presenceSections(seed: number): Section[] {
  const recordings = presenceRecordings();
  if (recordings.length === 0)
    return [
      report.absent('Absence', ['casas-hh-al', 'casas-aruba-activities', 'kasteren-houseA', 'mit-placelab']),
    ];
  const played = recordings.map((recording) => ({
    recording,
    result: playAbsence(recording, INJECTIONS, seed),
  }));
  const rules = [
    'inactivity',
    'bathroom',
    'bedroom',
    'kitchen_night',
    'out_of_bed',
    'not_risen',
    'not_back',
    'night_exit',
    'pacing',
  ];
  return [
    {
      title: 'Absence: false alarms on recordings as they are',
      lines: [
        'Not a clean test: the bounds within which habits move limits and the wider bound for homes of contacts alone were chosen after looking at the alarms on these very recordings. Days and homes kept back are the test. The whole development part is played from its first event, so the first seven days are without habits. Everything raised counts as false. Alerts: what several rules say of one absence is one alert, as it is to the operator; the columns after it count each rule.',
      ],
      header: [
        'recording',
        'days',
        'false alerts per resident-day (95 %)',
        'of them in the first 7 days, without habits',
        ...rules,
        'naive: 4 h without event by day',
        'naive: 30 min in bathroom',
      ],
      rows: played.map(({ recording, result }) => {
        const simple = naive(recording);
        const days = daysOf(recording);
        return [
          recording.name,
          days.toFixed(1),
          rate(result.alerts, days),
          String(result.early),
          ...rules.map((rule) => String(result.alarms.filter((alarm) => alarm.rule === rule).length)),
          rate(simple.silent, days),
          rate(simple.bathroom, days),
        ];
      }),
    },
    {
      title: 'Absence: injected stops',
      lines: [
        `${INJECTIONS} stops per recording (seed ${seed}) at random moments at which the resident is at home by the labels: from then on no event of any room. Limit: bathroom 60 min by day and 30 by night, bedroom at night 10 h, both from the begin of the stay (only where infrared watches rooms); anywhere else 4 h in waking hours (07–22) from the last sign. Where a home has contacts alone (van Kasteren, PlaceLab), habits may double the limit: fewer false alarms are paid for with later true ones. PlaceLab keeps only switches fired during labelled activities.`,
      ],
      header: [
        'recording',
        'stops',
        'found',
        'missed (taken for out)',
        'within 1.2 × limit',
        'delay / limit, median / p95',
        'minutes after the stop, median / p95',
      ],
      rows: played.flatMap(({ recording, result }) => [
        stopRow(recording.name, result.stops),
        ...['bathroom', 'bedroom'].flatMap((zone) => {
          const stops = result.stops.filter((stop) => stop.zone === zone);
          return stops.length > 20 ? [stopRow(`– in the ${zone}`, stops)] : [];
        }),
      ]),
    },
    curve(recordings, seed),
  ];
}
