import { csvRows, lines } from './csv.ts';

/** One recorded trial of an accelerometer, in g at 50 Hz. */
export interface MotionTrial {
  dataset: 'sisfall' | 'weda-fall';
  trial: string;
  /** Unique over all datasets. */
  subject: string;
  /** Code of the activity, as the dataset names it. */
  activity: string;
  isFall: boolean;
  isElderly: boolean;
  x: Float64Array;
  y: Float64Array;
  z: Float64Array;
  /** When the fall begins and ends, s from the start of the trial, where somebody has marked it. */
  fallS?: readonly [number, number];
}

export const hoursOf = (trials: readonly MotionTrial[]): number =>
  trials.reduce((sum, trial) => sum + trial.x.length, 0) / 50 / 3600;

const COUNTS_PER_G = 256;
const G_MPS2 = 9.81;

/**
 * SisFall, waist. `smv_max` (the peak of the raw 200 Hz signal) is left alone: a device that sends 50 Hz over MQTT
 * sends the block means, so that is what is judged.
 */
export function sisfallTrials(trialsCsv: string, samplesCsv: string): MotionTrial[] {
  const columns = samplesByTrial(samplesCsv, 3);
  return csvRows(trialsCsv).flatMap((row): MotionTrial[] => {
    const samples = columns.get(row.trial ?? '');
    if (!samples) return [];
    const [x, y, z] = samples.map((axis) => Float64Array.from(axis, (counts) => counts / COUNTS_PER_G));
    if (!x || !y || !z) return [];
    return [
      { dataset: 'sisfall', ...labels(row), isElderly: row.subject?.startsWith('SE') ?? false, x, y, z },
    ];
  });
}

export type WedaClock = 'rows' | 'stamps';

/**
 * WEDA-FALL, wrist. Its stamps are bursty (batches from the watch), so there are two honest readings: `rows` takes one
 * row per 20 ms, `stamps` sorts by time and interpolates to 50 Hz.
 */
export function wedaTrials(trialsCsv: string, samplesCsv: string, clock: WedaClock): MotionTrial[] {
  const columns = samplesByTrial(samplesCsv, 4);
  return csvRows(trialsCsv).flatMap((row): MotionTrial[] => {
    const samples = columns.get(row.trial ?? '');
    if (!samples) return [];
    const [t = [], ...axes] = samples;
    const order = t.map((_, i) => i).sort((a, b) => (t[a] ?? 0) - (t[b] ?? 0) || a - b);
    const times = order.map((i) => t[i] ?? 0);
    const sorted = axes.map((axis) => order.map((i) => (axis[i] ?? 0) / G_MPS2));
    const [x, y, z] = sorted.map((axis) =>
      clock === 'rows' ? Float64Array.from(axis) : regular(times, axis),
    );
    if (!x || !y || !z) return [];
    // Marks are in the clock of the stamps; by rows, time runs by the trial's mean rate.
    const stretch = clock === 'rows' ? x.length / 50 / (times.at(-1) ?? 1) : 1;
    const [from, to] = [Number(row.fall_start_s), Number(row.fall_end_s)];
    return [
      {
        dataset: 'weda-fall',
        ...labels({ ...row, subject: `W${row.subject}` }),
        isElderly: row.group === 'elder',
        x,
        y,
        z,
        ...(row.label === 'fall' && { fallS: [from * stretch, to * stretch] as const }),
      },
    ];
  });
}

const labels = (
  row: Record<string, string>,
): Pick<MotionTrial, 'trial' | 'subject' | 'activity' | 'isFall'> => ({
  trial: row.trial ?? '',
  subject: row.subject ?? '',
  activity: row.activity ?? '',
  isFall: row.label === 'fall',
});

function samplesByTrial(text: string, columns: number): Map<string, number[][]> {
  const trials = new Map<string, number[][]>();
  let header = true;
  for (const line of lines(text)) {
    if (header) {
      header = false;
      continue;
    }
    const fields = line.split(',');
    const name = fields[0] ?? '';
    let samples = trials.get(name);
    if (!samples) trials.set(name, (samples = Array.from({ length: columns }, () => [])));
    for (let c = 0; c < columns; c++) samples[c]?.push(Number(fields[c + 1]));
  }
  return trials;
}

/** Linear interpolation at 50 Hz from 0 to the last stamp; of rows with one stamp the first counts. */
function regular(times: readonly number[], values: readonly number[]): Float64Array {
  const n = Math.max(1, Math.floor((times.at(-1) ?? 0) * 50) + 1);
  const out = new Float64Array(n);
  let k = 0;
  for (let i = 0; i < n; i++) {
    const t = i / 50;
    while (k + 1 < times.length && (times[k + 1] ?? 0) <= t) k++;
    const [t0 = 0, t1 = t0] = [times[k], times[k + 1]];
    const [v0 = 0, v1 = v0] = [values[k], values[k + 1]];
    out[i] = t1 > t0 ? v0 + (v1 - v0) * Math.min(1, Math.max(0, (t - t0) / (t1 - t0))) : v0;
  }
  return out;
}
