import type { Channel } from '../../schemas/channels.ts';
import type { DeviceKind } from '../../schemas/registry.ts';

/** One thing that a recorded home told, as our channels would carry it. */
export interface RecordedEvent {
  /** The recording's own clock read as if it were UTC, ms since the epoch: hours of the day are the home's. */
  atMs: number;
  sensor: string;
  channel: Channel;
  body: Record<string, unknown>;
  /** What the annotators wrote, if anything; not sent. */
  label?: string;
}

/** A sensor of the recording and the device that stands for it here. */
export interface RecordedSensor {
  sensor: string;
  kind: DeviceKind;
  zone?: string;
}

/** One person's or home's recording; several make a dataset of patients or walkers. */
export interface Recording {
  name: string;
  sensors: RecordedSensor[];
  /** In order of time. */
  events: RecordedEvent[];
}

/** A reader of one public dataset: pure, text in, recordings out. */
export interface Dataset {
  name: string;
  title: string;
  /** Below the data folder; a file ending in `.gz` is handed over unpacked. */
  folder: string;
  files: readonly string[];
  /** At most `limit` recordings (people, homes, trials). */
  read(texts: readonly string[], limit: number): Recording[];
}

/** `2011-06-15 01:03:39.14962` or with `T` → ms, read as UTC; NaN if it is no time. Fractions beyond ms are cut off. */
export function recordedTime(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d+))?$/.exec(text.trim());
  if (match === null) return NaN;
  return Date.parse(`${match[1]}T${match[2]}.${(match[3] ?? '').slice(0, 3).padEnd(3, '0')}Z`);
}

/** Rows of a plain CSV without quotes, header apart. */
export function* csvRows(text: string): Generator<string[]> {
  let start = text.indexOf('\n') + 1;
  if (start === 0) return;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end).trimEnd();
    if (line !== '') yield line.split(',');
    start = end < 0 ? text.length : end + 1;
  }
}

export const presence = (
  at: number,
  sensor: string,
  kind: 'pir' | 'door' | 'bed',
  zone: string,
  occupied: boolean,
): RecordedEvent => ({ atMs: at, sensor, channel: 'presence', body: { sensor: kind, zone, occupied } });

export const inOrder = (events: RecordedEvent[]): RecordedEvent[] => events.sort((a, b) => a.atMs - b.atMs);

/** Letters and digits only, so that a sensor's name can stand in a device's id. */
export const slug = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
