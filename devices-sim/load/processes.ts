import { fork } from 'node:child_process';
import { join } from 'node:path';
import { Histogram } from '../measure/histogram.ts';
import type { WorkerTold } from './load-worker.ts';
import type { LoadResult, LoadSpec, Progress } from './run-load.ts';
import { addSeries } from './series.ts';

const WORKER = join(import.meta.dirname, 'load-worker.ts');
/** Beyond its own time a worker may connect and drain so long. */
const GRACE_MS = 120_000;
/** Six generators beside six brokers on two cores make a few hundred connections a second. */
const CONNECT_MS_EACH = 10;

/** Runs a load spread over so many processes of its own and adds up what they measured. */
export async function runLoadProcesses(
  spec: LoadSpec,
  processes: number,
  onProgress: (progress: Progress) => void,
  signal?: AbortSignal,
): Promise<LoadResult> {
  return runLoadParts(share(spec, processes), onProgress, signal);
}

/** Each part in a process of its own, towards a server of its own if it likes; all stand before any of them begins. */
export async function runLoadParts(
  parts: readonly LoadSpec[],
  onProgress: (progress: Progress) => void,
  signal?: AbortSignal,
): Promise<LoadResult> {
  const latest: Progress[] = [];
  // All begin together, or the first would have the server to itself.
  let connecting = parts.length;
  const { promise: allConnected, resolve: begin } = Promise.withResolvers<void>();
  const results = await Promise.all(
    parts.map((part, index) =>
      runWorker(
        part,
        () => {
          connecting -= 1;
          if (connecting === 0) begin();
          return allConnected;
        },
        (progress) => {
          latest[index] = progress;
          if (index === 0) onProgress(sum(latest.filter((item) => item !== undefined)));
        },
        signal,
      ),
    ),
  );
  return results.reduce(addResults);
}

/** Connections from one address to one port are bounded by the ports that the system gives out (28,232 on Linux). */
const MOST_FROM_AN_ADDRESS = 25_000;

/** Homes and rates are dealt out evenly; on the loopback each process has an address of its own where one is too few. */
export function share(spec: LoadSpec, processes: number): LoadSpec[] {
  const count = Math.min(processes, spec.homes.length);
  const apart = spec.homes.length > MOST_FROM_AN_ADDRESS && spec.host === '127.0.0.1';
  return Array.from({ length: count }, (_, index) => ({
    ...spec,
    homes: spec.homes.filter((_home, number) => number % count === index),
    ratePerS: spec.ratePerS === 'max' ? spec.ratePerS : spec.ratePerS / count,
    pressesPerS: spec.pressesPerS / count,
    seed: `${spec.seed}/${index}`,
    ...(apart ? { localAddress: `127.0.0.${index + 1}` } : {}),
  }));
}

function runWorker(
  spec: LoadSpec,
  onConnected: () => Promise<void>,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal | undefined,
): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const connectMs = spec.homes.length * CONNECT_MS_EACH;
    const limitMs = connectMs + spec.warmUpMs + spec.durationMs + GRACE_MS;
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
    const stop = (): void => void child.kill('SIGTERM');
    signal?.addEventListener('abort', stop);
    child.on('message', (message) => {
      const told = message as WorkerTold;
      if ('progress' in told) onProgress(told.progress);
      else if ('connected' in told) void onConnected().then(() => child.send('begin'));
      else if ('result' in told) resolve(told.result);
      else reject(new Error(told.failed));
    });
    child.on('error', reject);
    child.on('exit', (code, by) => {
      clearTimeout(limit);
      signal?.removeEventListener('abort', stop);
      const early = (): void => reject(new Error(`a load process ended early (${by ?? code ?? 'unknown'})`));
      // On a busy machine we hear of its end before we have read its last words.
      if (child.connected) child.once('disconnect', early);
      else early();
    });
    child.send(spec);
  });
}

export function addResults(left: LoadResult, right: LoadResult): LoadResult {
  const closed = { ...left.closed };
  for (const [reason, count] of Object.entries(right.closed)) closed[reason] = (closed[reason] ?? 0) + count;
  const both = (key: 'connectMs' | 'reconnectMs' | 'heldMs' | 'ackMs' | 'pressAckMs') => {
    const histogram = new Histogram();
    histogram.add(left[key]);
    histogram.add(right[key]);
    return histogram.data();
  };
  return {
    clients: left.clients + right.clients,
    connectFailures: left.connectFailures + right.connectFailures,
    connectMs: both('connectMs'),
    connectedInMs: Math.max(left.connectedInMs, right.connectedInMs),
    reconnectMs: both('reconnectMs'),
    sent: left.sent + right.sent,
    acknowledged: left.acknowledged + right.acknowledged,
    repeats: left.repeats + right.repeats,
    dropped: left.dropped + right.dropped,
    measuredS: left.measuredS,
    measuredAcks: left.measuredAcks + right.measuredAcks,
    heldMs: both('heldMs'),
    ackMs: both('ackMs'),
    pressAckMs: both('pressAckMs'),
    presses: [...left.presses, ...right.presses],
    unacknowledged: [...left.unacknowledged, ...right.unacknowledged],
    closed,
    series: addSeries(left.series, right.series),
    rssPerClientBytes: Math.max(left.rssPerClientBytes, right.rssPerClientBytes),
  };
}

const sum = (parts: readonly Progress[]): Progress =>
  parts.reduce((a, b) => ({
    sent: a.sent + b.sent,
    acknowledged: a.acknowledged + b.acknowledged,
    waiting: a.waiting + b.waiting,
    p99Ms: Math.max(a.p99Ms, b.p99Ms),
  }));
