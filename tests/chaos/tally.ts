import type { FaultRecord } from './history.ts';

/** Of one kind of fault in one run. */
export interface FaultTally {
  injected: number;
  /** Over, and messages were acknowledged again after it. */
  survived: number;
}

/** Kinds of links say how they were disturbed: `link_redis:hang`. */
const kindOf = ({ fault, detail }: FaultRecord): string =>
  fault.startsWith('link_') ? `${fault}:${detail.slice(detail.lastIndexOf(' ') + 1)}` : fault;

export function tallyOf(faults: readonly FaultRecord[]): Record<string, FaultTally> {
  const tally: Record<string, FaultTally> = {};
  for (const fault of faults) {
    const kind = (tally[kindOf(fault)] ??= { injected: 0, survived: 0 });
    kind.injected += 1;
    if (fault.ackAfterMs !== undefined) kind.survived += 1;
  }
  return tally;
}

interface Run {
  readonly seed: number;
  readonly ok: boolean;
  readonly acknowledged: number;
  readonly lost: number;
  readonly presses: number;
  readonly duplicated: number;
  readonly faults: Readonly<Record<string, FaultTally>>;
  readonly firstAckAfterKillMs: { most: number; all: readonly number[] };
  readonly firstEscalationAfterKillMs: { most: number; all: readonly number[] };
  readonly memory: { togetherMb: readonly number[] };
}

/** The numbers of several runs: faults by kind (a line each) and seed (a column each), then what came of it. */
export function tableOf(runs: readonly Run[]): string[] {
  const kinds = [...new Set(runs.flatMap(({ faults }) => Object.keys(faults)))].toSorted();
  const width = Math.max(
    ...kinds.map((kind) => kind.length),
    'from kill -9 to first acknowledgement, ms'.length,
  );
  const line = (what: string, of: (run: Run) => string): string =>
    [what.padEnd(width), ...runs.map((run) => of(run).padStart(15))].join(' ').trimEnd();
  const spread = (all: readonly number[]): string =>
    all.length === 0
      ? '-'
      : `${[...all].toSorted((a, b) => a - b)[Math.floor(all.length / 2)]}/${Math.max(...all)}`;
  return [
    line('survived/injected', ({ seed }) => `seed ${seed}`),
    ...kinds.map((kind) =>
      line(kind, ({ faults }) => {
        const tally = faults[kind];
        return tally === undefined ? '-' : `${tally.survived}/${tally.injected}`;
      }),
    ),
    line('acknowledged messages checked', ({ acknowledged }) => String(acknowledged)),
    line('of them lost', ({ lost }) => String(lost)),
    line('presses checked', ({ presses }) => String(presses)),
    line('alerts doubled', ({ duplicated }) => String(duplicated)),
    line('from kill -9 to first acknowledgement, ms', (run) => spread(run.firstAckAfterKillMs.all)),
    line('from kill -9 to first escalation, ms', (run) => spread(run.firstEscalationAfterKillMs.all)),
    line('memory together, first/most/last MB', ({ memory: { togetherMb } }) =>
      togetherMb.length === 0
        ? '-'
        : `${togetherMb[0]}/${Math.max(...togetherMb)}/${togetherMb.at(-1) ?? ''}`,
    ),
    line('every invariant held', ({ ok }) => (ok ? 'yes' : 'NO')),
  ];
}
