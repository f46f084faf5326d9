import { fallMotionWith, type FallModel } from '../../ingest/detectors/fall-motion.ts';
import { balancedThreshold, crossValidate, FOLDS, type CrossValidation } from './fall-training.ts';
import { sisfall, weda } from './fall-recordings.ts';
import { deviceEvent, homeProfile } from './home.ts';
import { hoursOf, type MotionTrial } from './motion-trials.ts';
import { Player } from './play.ts';
import { recording, type Section } from './report.ts';
import { mean, percent, quantile, rateInterval, shareInterval } from './statistics.ts';

const WINDOW = 50;
const T0 = Date.UTC(2026, 0, 1);
const WATCH = { deviceId: 'wearable-1', kind: 'wearable' };

/** What became of one trial: when the fall was suspected, s from its begin, or never. */
export interface TrialOutcome {
  trial: MotionTrial;
  suspectedS: number[];
}

/** Plays a trial as the device would send it: windows of one second, then silence. */
export function playTrial(trial: MotionTrial, model: FallModel): TrialOutcome {
  const player = new Player(fallMotionWith(model), homeProfile([WATCH]));
  for (let from = 0; from < trial.x.length; from += WINDOW) {
    const [x, y, z] = [trial.x, trial.y, trial.z].map((axis) =>
      Array.from(axis.subarray(from, from + WINDOW)),
    );
    if (!x || !y || !z) continue;
    const beginAt = T0 + from * 20;
    const receivedAt = beginAt + x.length * 20;
    player.step(deviceEvent('motion', WATCH, beginAt, { hz: 50, x, y, z }, { receivedAt }));
  }
  player.until(T0 + 3_600_000);
  const raised = player.played.filter(({ signal }) => signal.effect === 'raise');
  return { trial, suspectedS: raised.map(({ at }) => (at - T0) / 1000) };
}

/** Every trial played through the detector with the model that has not seen its person. */
function judged({ models, scores }: CrossValidation): TrialOutcome[] {
  const outcomes: TrialOutcome[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const model = models[fold];
    if (!model) continue;
    // The threshold, too, comes from other people's trials only.
    const suspectAt = balancedThreshold(scores.filter((s) => s.fold !== fold));
    for (const { trial } of scores.filter((s) => s.fold === fold))
      outcomes.push(playTrial(trial, { ...model, suspectAt }));
  }
  return outcomes;
}

/** The best fixed impact threshold, chosen (with hindsight) on the very trials it is judged on. */
function naive(trials: readonly MotionTrial[]): { atG: number; isHit: (trial: MotionTrial) => boolean } {
  const peaks = new Map(trials.map((t) => [t, peakG(t)]));
  const [falls, adl] = [trials.filter((t) => t.isFall), trials.filter((t) => !t.isFall)];
  const share = (of: readonly MotionTrial[], atG: number) =>
    of.filter((t) => (peaks.get(t) ?? 0) >= atG).length / of.length;
  let best = { youden: -1, atG: 0 };
  for (let atG = 1.2; atG < 8; atG += 0.02) {
    const youden = share(falls, atG) - share(adl, atG);
    if (youden > best.youden) best = { youden, atG };
  }
  return { atG: best.atG, isHit: (trial) => (peaks.get(trial) ?? 0) >= best.atG };
}

const peakG = ({ x, y, z }: MotionTrial): number => {
  let peak = 0;
  for (let i = 0; i < x.length; i++) peak = Math.max(peak, Math.hypot(x[i] ?? 0, y[i] ?? 0, z[i] ?? 0));
  return peak;
};

interface Tally {
  falls: number;
  found: number;
  adl: number;
  wrong: number;
  alarms: number;
  hours: number;
}

function tally(outcomes: readonly TrialOutcome[]): Tally {
  const falls = outcomes.filter((o) => o.trial.isFall);
  const adl = outcomes.filter((o) => !o.trial.isFall);
  return {
    falls: falls.length,
    found: falls.filter((o) => o.suspectedS.length > 0).length,
    adl: adl.length,
    wrong: adl.filter((o) => o.suspectedS.length > 0).length,
    alarms: adl.reduce((sum, o) => sum + o.suspectedS.length, 0),
    hours: hoursOf(adl.map((o) => o.trial)),
  };
}

const interval = ([low, high]: readonly [number, number]): string =>
  `${percent(low, 1)}–${percent(high, 1)}`.replace(' %–', '–');

function row(what: string, detector: string, t: Tally, delays: readonly number[]): string[] {
  const rate = rateInterval(t.alarms, t.hours);
  return [
    what,
    detector,
    String(t.falls),
    String(t.found),
    String(t.falls - t.found),
    t.falls === 0 ? '–' : `${percent(t.found / t.falls)} (${interval(shareInterval(t.found, t.falls))})`,
    `${percent(1 - t.wrong / t.adl)} (${interval(shareInterval(t.adl - t.wrong, t.adl))})`,
    t.falls === 0 ? '–' : ((2 * t.found) / (2 * t.found + t.wrong + t.falls - t.found)).toFixed(3),
    `${t.alarms} in ${t.hours.toFixed(2)} h = ${(t.alarms / t.hours).toFixed(2)} (${rate[0].toFixed(2)}–${rate[1].toFixed(2)})`,
    delays.length === 0 ? '–' : `${quantile(delays, 0.5).toFixed(1)} / ${quantile(delays, 0.95).toFixed(1)}`,
  ];
}

/** Seconds from the greatest impact (SisFall), or the marked end of the fall (WEDA-FALL), to the suspicion. */
function delays(outcomes: readonly TrialOutcome[]): number[] {
  return outcomes.flatMap(({ trial, suspectedS }) => {
    const first = suspectedS.find((s) => s >= (trial.fallS?.[0] ?? 0));
    if (!trial.isFall || first === undefined) return [];
    return [first - (trial.fallS?.[1] ?? impactS(trial))];
  });
}

function impactS({ x, y, z }: MotionTrial): number {
  let at = 0;
  let peak = 0;
  for (let i = 0; i < x.length; i++) {
    const m = Math.hypot(x[i] ?? 0, y[i] ?? 0, z[i] ?? 0);
    if (m > peak) [peak, at] = [m, i];
  }
  return at / 50;
}

const WHY =
  'Where the aims of 95 % and 95 % are missed: the falls of the elderly in SisFall are one person’s, who falls with a judo expert’s control; their interval is wide, and no threshold was moved for them. WEDA-FALL by rows misses its specificity by a trial; a threshold that meets it stands in the curve below, but thresholds come from other folds and are not moved by what they are judged on.';

export function fallSections(seed: number): Section[] {
  const [waist, rows, stamps] = [sisfall(), weda('rows'), weda('stamps')];
  const present = [...waist, ...rows, ...stamps];
  if (present.length === 0) return [recording.absent('Falls', ['sisfall', 'weda-fall'])];
  const validation = crossValidate(present, seed);
  const outcomes = judged(validation);
  const of = (trials: readonly MotionTrial[]): TrialOutcome[] => {
    const wanted = new Set(trials);
    return outcomes.filter((o) => wanted.has(o.trial));
  };
  const groups = [
    { name: 'SisFall, waist', trials: waist },
    { name: 'WEDA-FALL, wrist, by rows', trials: rows },
    { name: 'WEDA-FALL, wrist, by stamps', trials: stamps },
  ].filter(({ trials }) => trials.length > 0);
  const table = groups.flatMap(({ name, trials }) => {
    const simple = naive(trials);
    const simply = trials.map((trial) => ({
      trial,
      suspectedS: simple.isHit(trial) ? [impactS(trial)] : [],
    }));
    const elderly = (list: readonly TrialOutcome[]) => list.filter((o) => o.trial.isElderly);
    const ours = of(trials);
    return [
      row(name, 'fall_motion', tally(ours), delays(ours)),
      row(name, `impact ≥ ${simple.atG.toFixed(2)} g`, tally(simply), []),
      row(`${name}, elderly`, 'fall_motion', tally(elderly(ours)), []),
      row(`${name}, elderly`, `impact ≥ ${simple.atG.toFixed(2)} g`, tally(elderly(simply)), []),
    ];
  });
  const missed = mistakes(
    outcomes.filter((o) => o.trial.isFall && o.suspectedS.length === 0),
    outcomes,
  );
  const wrong = mistakes(
    outcomes.filter((o) => !o.trial.isFall && o.suspectedS.length > 0),
    outcomes,
  );
  return [
    {
      title: 'Falls from raw motion windows',
      lines: [
        `Split: ${FOLDS}-fold by person (nobody is both learnt from and judged; the threshold of a fold comes from the other folds), seed ${seed}. Features, class weights and the form of the model were chosen by comparing nearly a hundred variants in cross-validation on these same people, so the figures flatter a little; people kept back are the test. Each trial is played through the detector in windows of 1 s, then silence. The naive threshold is chosen with hindsight on the trials it is judged on. Delay: s from the greatest impact (SisFall) or the marked end of the fall (WEDA-FALL).`,
      ],
      header: [
        'recording',
        'detector',
        'falls',
        'found',
        'missed',
        'sensitivity (95 %)',
        'specificity (95 %)',
        'F1',
        'false alarms per h of daily living (95 %)',
        'delay s, median / p95',
      ],
      rows: table,
      after: [
        `Published: SisFall's authors up to 96 % accuracy by threshold, worse on the elderly; detectors in real life about 80 % found at 1 false alarm in 40 h worn. The hours here are acted, one hard moment after another (jumps, stumbles, hitting a table); what the rate is in an hour of an ordinary day they do not tell. Before verification by question. Elderly falls are those of one judo expert of 60, who is not learnt from when judged.`,
        WHY,
        `Missed, by activity: ${missed}. False, by activity: ${wrong}. Mean peak of missed falls ${mean(outcomes.filter((o) => o.trial.isFall && o.suspectedS.length === 0).map((o) => peakG(o.trial))).toFixed(1)} g.`,
      ],
    },
    curve(validation, groups),
  ];
}

/** Sensitivity and specificity at other thresholds, from the same cross-validation, whole trials as one window. */
function curve(
  { scores }: CrossValidation,
  groups: readonly { name: string; trials: readonly MotionTrial[] }[],
): Section {
  const thresholds = [0.4, 0.5, 0.6, 0.67, 0.75, 0.85, 0.95];
  return {
    title: 'Falls: the curve',
    lines: ['Sensitivity / specificity at other thresholds of the model’s confidence.'],
    header: ['recording', ...thresholds.map((t) => `≥ ${t}`)],
    rows: groups.map(({ name, trials }) => {
      const wanted = new Set(trials);
      const of = scores.filter((s) => wanted.has(s.trial));
      const share = (isFall: boolean, isRight: (score: number) => boolean): number => {
        const group = of.filter((s) => s.trial.isFall === isFall);
        return group.filter((s) => isRight(s.score)).length / group.length;
      };
      return [
        name,
        ...thresholds.map(
          (t) =>
            `${percent(share(true, (score) => score >= t))} / ${percent(share(false, (score) => score < t))}`,
        ),
      ];
    }),
  };
}

function mistakes(wrong: readonly TrialOutcome[], all: readonly TrialOutcome[]): string {
  const key = ({ trial }: TrialOutcome) =>
    `${trial.dataset === 'sisfall' ? 'SisFall' : 'WEDA'} ${trial.activity}`;
  const counts = new Map<string, number>();
  for (const o of wrong) counts.set(key(o), (counts.get(key(o)) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 8)
    .map(([name, n]) => `${name} ${n} of ${all.filter((o) => key(o) === name).length}`)
    .join(', ');
}
