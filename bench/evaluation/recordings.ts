import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Where the recordings lie; they are never part of the project (their licences forbid it). */
export const dataFolder = (): string =>
  resolve(process.env.YINLING_DATA ?? join(import.meta.dirname, '../../../shared/data'));

export const hasRecording = (name: string): boolean => existsSync(join(dataFolder(), name));

/** Text of a recording's file, unpacked if its name ends in `.gz`. */
export function recordingText(dataset: string, file: string): string {
  const bytes = readFileSync(join(dataFolder(), dataset, file));
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}
