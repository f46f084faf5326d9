import { expect, it } from 'vitest';
import { redisThere } from './chaos/redis.ts';
import { type ChaosReport, runChaos } from './chaos/run.ts';

if (!redisThere)
  console.warn('several processes a role are not killed: there is no redis-server on this machine');
const SEED = Number(process.env['CHAOS_SEED'] ?? 20261123);

it.skipIf(!redisThere)(
  `I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I11 I12 I13 I14: of three brokers, three ingests and two dispatchers any dies by kill -9, also two at once (seed ${SEED})`,
  async () => {
    const said: string[] = [];
    const report = await runChaos({
      seed: SEED,
      durationMs: 12_500,
      layout: 'several',
      redis: true,
      homes: 8,
      meanGapMs: 200,
      longestFaultMs: 1_500,
      storm: 0,
      faults: ['kill_broker', 'kill_ingest', 'kill_dispatcher', 'kill_two'],
      recoverWithinMs: 150_000,
      say: (line) => void said.push(line),
    });
    console.info(recoveryOf(report));
    expect(report.offences, said.join('\n')).toEqual([]);
    expect(report).toMatchObject({ lost: 0, duplicated: 0 });
    // It was a run, and not the absence of one.
    expect(report.acknowledged).toBeGreaterThan(50);
    expect(Object.keys(report.faults).toSorted()).toEqual([
      'kill_broker',
      'kill_dispatcher',
      'kill_ingest',
      'kill_two',
    ]);
    expect(report.alerts).toBeGreaterThan(0);
    expect(report.signals).toBeGreaterThan(0);
    expect(report.rearranged).toBeGreaterThan(0);
  },
  400_000,
);

const recoveryOf = ({
  faultsLog,
  firstAckAfterKillMs,
  allAckAfterKillMs,
  streamBackMs,
  signals,
  workerDeaths,
}: ChaosReport): string =>
  [
    faultsLog.map(({ fault, detail }) => `${fault} (${detail})`).join(', '),
    `first acknowledgement after a kill: ${firstAckAfterKillMs.all.join(', ')} ms`,
    `all that was sent until a second after it: ${allAckAfterKillMs.all.join(', ')} ms`,
    `${workerDeaths} deaths of workers on record, ${signals} signals the same in another order of arrival`,
    `operators without their stream: ${streamBackMs.all.join(', ')} ms`,
  ].join('\n');
