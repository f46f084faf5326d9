import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Dataset, Recording } from './dataset.ts';

/** Where the recordings lie: `YINLING_DATA`, else beside the project. None of it may be copied into the project. */
export const dataFolder = (env: Readonly<Record<string, string | undefined>>): string =>
  resolve(env['YINLING_DATA'] || join(import.meta.dirname, '../../../shared/data'));

export class DataAbsent extends Error {}

/** Reads a dataset from the folder; throws `DataAbsent`, saying where it looked. */
export function readDataset(dataset: Dataset, folder: string, limit: number): Recording[] {
  const texts = dataset.files.map((file) => {
    const path = join(folder, dataset.folder, file);
    if (!existsSync(path))
      throw new DataAbsent(
        `${dataset.name}: ${path} is not there; set YINLING_DATA to the folder of recordings`,
      );
    const bytes = readFileSync(path);
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  });
  return dataset.read(texts, limit);
}
