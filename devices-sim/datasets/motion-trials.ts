import { csvRows, type Dataset, type RecordedEvent, type Recording } from './dataset.ts';

const HZ = 50;
/** One message carries so many samples (2 s, about 2 KB). */
const WINDOW = 100;
const COUNTS_PER_G = 256;
const MS2_PER_G = 9.80665;
/** Trials have no date; each begins here. */
const TRIAL_AT = Date.UTC(2026, 0, 5, 9);

const wearable = { sensor: 'watch', kind: 'wearable' as const };

/** SisFall: `trial,x,y,z,smv_max` in counts, 50 Hz, at the waist. */
export const sisfall: Dataset = {
  name: 'sisfall',
  title: 'SisFall: accelerometer at the waist, falls and daily life, one trial a home',
  folder: 'sisfall',
  files: ['adxl345_50hz.csv.gz'],
  read: ([text = ''], limit) => trials(text, limit, (cells) => axes(cells.slice(1, 4), COUNTS_PER_G)),
};

/** WEDA-FALL: `trial,t_s,ax,ay,az` in m/s²; its times come in bursts, so samples are dated by their number. */
export const wedaFall: Dataset = {
  name: 'weda-fall',
  title: 'WEDA-FALL: accelerometer at the wrist, falls and daily life, one trial a home',
  folder: 'weda-fall',
  files: ['accel_50hz.csv.gz'],
  read: ([text = ''], limit) => trials(text, limit, (cells) => axes(cells.slice(2, 5), MS2_PER_G)),
};

type Sample = [number, number, number];
const axes = ([x, y, z]: string[], perG: number): Sample =>
  [x, y, z].map((text) => Number((Number(text) / perG).toFixed(3))) as Sample;

function trials(text: string, limit: number, sampleOf: (cells: string[]) => Sample): Recording[] {
  const found = new Map<string, Sample[]>();
  for (const cells of csvRows(text)) {
    const [name = ''] = cells;
    const samples = found.get(name) ?? [];
    if (samples.length === 0) {
      if (found.size === limit) break;
      found.set(name, samples);
    }
    samples.push(sampleOf(cells));
  }
  return [...found].map(([name, samples]) => ({
    name: name.replace('/', '-'),
    sensors: [wearable],
    events: windows(samples),
  }));
}

/** A window is told when it is full. */
function windows(samples: readonly Sample[]): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (let from = 0; from < samples.length; from += WINDOW) {
    const part = samples.slice(from, from + WINDOW);
    const axis = (index: 0 | 1 | 2): number[] => part.map((sample) => sample[index]);
    events.push({
      atMs: TRIAL_AT + ((from + part.length) * 1000) / HZ,
      sensor: 'watch',
      channel: 'motion',
      body: { hz: HZ, x: axis(0), y: axis(1), z: axis(2) },
    });
  }
  return events;
}
