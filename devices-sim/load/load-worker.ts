import { once } from 'node:events';
import { preciseClock } from '../precise-clock.ts';
import { type LoadResult, type LoadSpec, type Progress, runLoad } from './run-load.ts';

/** What a worker process tells its parent; when `connected` it waits for a word to begin. */
export type WorkerTold =
  { connected: true } | { progress: Progress } | { result: LoadResult } | { failed: string };

const tell = (told: WorkerTold): void => void process.send?.(told);

process.once('message', (spec) => {
  runLoad(
    spec as LoadSpec,
    preciseClock,
    (progress) => tell({ progress }),
    undefined,
    async () => {
      tell({ connected: true });
      await once(process, 'message');
    },
  )
    .then(
      (result) => tell({ result }),
      (error: unknown) => tell({ failed: error instanceof Error ? error.message : String(error) }),
    )
    .finally(() => process.disconnect());
});
