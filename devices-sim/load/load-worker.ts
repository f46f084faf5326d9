import { once } from 'node:events';
import { preciseClock } from '../precise-clock.ts';
import { type LoadResult, type LoadSpec, type Progress, runLoad } from './run-load.ts';

/** What a worker process tells its parent; when `connected` it waits for a word to begin. */
export type WorkerTold =
  { connected: true } | { progress: Progress } | { result: LoadResult } | { failed: string };

/** Once it is written: what still waits when the channel is closed is lost, and a long result does not fit the pipe at once. */
const tell = (told: WorkerTold): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(told, undefined, undefined, () => resolve());
  });

process.once('message', (spec) => {
  runLoad(
    spec as LoadSpec,
    preciseClock,
    (progress) => void tell({ progress }),
    undefined,
    async () => {
      const begin = once(process, 'message');
      await tell({ connected: true });
      await begin;
    },
  )
    .then(
      (result) => tell({ result }),
      (error: unknown) => tell({ failed: error instanceof Error ? error.message : String(error) }),
    )
    .finally(() => process.disconnect());
});
