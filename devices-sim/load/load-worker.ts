import { preciseClock } from '../precise-clock.ts';
import { type LoadResult, type LoadSpec, type Progress, runLoad } from './run-load.ts';

/** What a worker process tells its parent. */
export type WorkerTold = { progress: Progress } | { result: LoadResult } | { failed: string };

const tell = (told: WorkerTold): void => void process.send?.(told);

process.once('message', (spec) => {
  runLoad(spec as LoadSpec, preciseClock, (progress) => tell({ progress }))
    .then(
      (result) => tell({ result }),
      (error: unknown) => tell({ failed: error instanceof Error ? error.message : String(error) }),
    )
    .finally(() => process.disconnect());
});
