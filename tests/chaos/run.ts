import { createPool } from '../../platform/database.ts';
import { createLog, type Log } from '../../platform/log.ts';
import { type Random, randomOf } from '../../devices-sim/random.ts';
import { until } from '../support/until.ts';
import { type Cast, makeCast } from './cast.ts';
import { faultsOf, inject } from './faults.ts';
import { type FaultRecord, History } from './history.ts';
import { pause } from './pause.ts';
import type { Layout } from './layouts.ts';
import { type MemoryReport, MemoryWatch } from './memory-watch.ts';
import { type Fault, FAULTS, planFaults } from './plan.ts';
import { setStage, type Stage } from './stage.ts';
import type { Exit } from './supervised.ts';
import { type FaultTally, tallyOf } from './tally.ts';
import { judge, type Verdict } from './verdict.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly layout: Layout;
  readonly redis: boolean;
  readonly homes: number;
  /** Between two messages of one device. */
  readonly meanGapMs: number;
  readonly longestFaultMs: number;
  readonly storm: number;
  /** Only these; all that can be done here if absent. */
  readonly faults?: readonly Fault[];
  /** Until everything that was sent is acknowledged, once all faults are healed. */
  readonly recoverWithinMs: number;
  say(line: string): void;
}

export interface ChaosReport extends Verdict {
  seed: number;
  layout: Layout;
  redis: boolean;
  ok: boolean;
  /** By kind. */
  faults: Record<string, FaultTally>;
  faultsLog: FaultRecord[];
  messages: number;
  copies: number;
  reconnections: number;
  commands: Record<string, number>;
  /** From a kill -9 to the first acknowledgement after it, ms. */
  firstAckAfterKillMs: { most: number; all: number[] };
  /** From a kill -9 until all is acknowledged that was sent before it or within a second after it, ms. */
  allAckAfterKillMs: { most: number; all: number[] };
  /** From the end of an operator's stream to its next connection, ms. */
  streamBackMs: { most: number; all: number[] };
  /** From a kill -9 of the dispatcher to the first escalation or offer of its own that an operator was shown, ms. */
  firstEscalationAfterKillMs: { most: number; all: number[] };
  recoveredWithinMs: number;
  memory: MemoryReport;
  exits: Exit[];
  starts: number;
}

/** One run: everything real, everybody at work, faults by the seed; then peace, and the books are held together. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const log = createLog({ level: 'error', stream: process.stderr });
  const random = randomOf(options.seed);
  const history = new History();
  const stage = await setStage({ layout: options.layout, redis: options.redis, log });
  const watch = new MemoryWatch(() => stage.processes.map(({ service }) => service));
  try {
    const cast = await makeCast(stage, { ...options, random: random.fork('cast'), history });
    for (const device of cast.devices) device.start();
    for (const person of [...cast.operators, ...cast.caregivers]) person.start();
    await until(
      'the operators to follow',
      () => cast.operators.every((one) => one.follows),
      options.recoverWithinMs,
    );
    await suffer(stage, cast, history, random.fork('faults'), options);
    const recoveredWithinMs = await recover(stage, cast, options);
    const offences = [...(await overdue(stage, log)), ...(await unshown(stage, cast, history, log))];
    await Promise.all([...cast.devices, ...cast.operators, ...cast.caregivers].map((one) => one.stop()));
    const memory = watch.stop();
    offences.push(...(await unaccounted(stage)));
    const processes = stage.processes.map(({ service }) => service);
    for (const one of processes) {
      const code = await one.stop();
      if (code !== 0) offences.push(`${one.name} ended with ${code} at SIGTERM: ${one.output.slice(-500)}`);
    }
    const exits = processes.flatMap((one) => one.exits);
    for (const exit of exits)
      if (exit.wasReady) offences.push(`${exit.name} died by itself (${exit.code}): ${exit.lastWords}`);
    const pool = createPool(stage.database.url, { applicationName: 'chaos', log });
    const verdict = await judge(pool, history, random.fork('arrivals'));
    await pool.end();
    return report(options, history, stage, verdict, { offences, recoveredWithinMs, memory, exits });
  } finally {
    watch.stop();
    await stage.close();
  }
}

async function suffer(
  stage: Stage,
  cast: Cast,
  history: History,
  random: Random,
  options: ChaosOptions,
): Promise<void> {
  const [first, ...others] = faultsOf(stage, options.faults ?? FAULTS);
  const beganAt = Date.now();
  const changed = pause(options.durationMs / 2).then(() => cast.changePolicy());
  if (first !== undefined) {
    const plan = planFaults(random.fork('plan'), {
      durationMs: options.durationMs,
      longestMs: options.longestFaultMs,
      faults: [first, ...others],
    });
    const heals: Promise<void>[] = [];
    // One kind at a time cannot be over itself: the database is not stopped twice.
    const busy = new Map<string, Promise<void>>();
    for (const { atMs, forMs, fault, nth } of plan) {
      await pause(Math.max(0, beganAt + atMs - Date.now()));
      const resource = fault.split('_')[0] ?? fault;
      await busy.get(resource);
      const injected = await inject(fault, {
        stage,
        cast,
        random: random.fork(`fault-${nth}`),
        storm: options.storm,
      });
      const record = history.fault(fault, injected);
      options.say(
        `${((Date.now() - beganAt) / 1000).toFixed(1)} s ${fault} ${injected.detail} for ${forMs} ms`,
      );
      const healed = (async () => {
        await pause(forMs);
        await injected.heal();
        history.over(record);
        options.say(`${((Date.now() - beganAt) / 1000).toFixed(1)} s ${fault} is over`);
      })();
      busy.set(resource, healed);
      heals.push(healed);
    }
    await Promise.all(heals);
  }
  await pause(Math.max(0, beganAt + options.durationMs - Date.now()));
  await changed;
}

/** Everything sent is acknowledged and shown, without anybody's help. */
async function recover(stage: Stage, cast: Cast, options: ChaosOptions): Promise<number> {
  const from = Date.now();
  for (const device of cast.devices) device.quieten();
  const unacknowledged = () => cast.devices.reduce((sum, device) => sum + device.unacknowledged, 0);
  await until(
    'every message to be acknowledged',
    () => (unacknowledged() === 0 && stage.isReady ? true : undefined),
    options.recoverWithinMs,
  ).catch((error: unknown) => {
    throw new Error(
      `seed ${options.seed}: ${unacknowledged()} messages are still not acknowledged (${String(error)})\n` +
        stage.output,
      { cause: error },
    );
  });
  const tookMs = Date.now() - from;
  options.say(`recovered within ${tookMs} ms`);
  return tookMs;
}

/** What is late ten seconds after peace has come is not looked after (I6). */
async function overdue(stage: Stage, log: Log): Promise<string[]> {
  const pool = createPool(stage.database.url, { applicationName: 'chaos', log });
  const late = async () => {
    const { rows } = await pool.query<{ what: string }>(
      `select 'alert ' || id || ' ' || state || ' since ' || deadline_at as what from alerts
         where state <> 'resolved' and deadline_at < now() - interval '5 s'
       union all
       select 'offer ' || id || ' since ' || expires_at from offers
         where outcome is null and expires_at < now() - interval '5 s'
       union all
       select 'outbox ' || id from outbox where stream_no is null and created_at < now() - interval '5 s'
       union all
       select 'ledger ' || transaction_id from ledger_waiting w join ledger_transactions t on t.id = w.transaction_id
         where t.at < now() - interval '5 s'`,
    );
    return rows.map(({ what }) => `I6 nobody sees to it: ${what}`);
  };
  let left: string[] = [];
  await until(
    'nothing to be overdue',
    async () => {
      left = await late();
      return left.length === 0;
    },
    30_000,
  ).catch(() => undefined);
  await pool.end();
  return left;
}

/** Whoever follows the stream has been shown what there is, without anybody's help. */
async function unshown(stage: Stage, cast: Cast, history: History, log: Log): Promise<string[]> {
  const pool = createPool(stage.database.url, { applicationName: 'chaos', log });
  // A machine that is busy may let nobody in at once
  const { rows } = await until(
    'the head of the stream',
    () => pool.query<{ no: number }>('select no from stream_head'),
    60_000,
  );
  await pool.end();
  const head = rows[0]?.no ?? 0;
  history.headAtPeace = head;
  const offences: string[] = [];
  for (const operator of cast.operators)
    await until('the stream to be shown', () => operator.shownUpTo >= head, 60_000).catch(() => {
      offences.push(`an operator has been shown the stream up to ${operator.shownUpTo}, not to ${head}`);
    });
  return offences;
}

/** I14, of every ingest that lives now: what it has taken in has come to something. */
async function unaccounted(stage: Stage): Promise<string[]> {
  const offences: string[] = [];
  for (const { httpPort, service } of stage.withRole('ingest')) {
    const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
    const of = (metric: string): Record<string, number> =>
      Object.fromEntries(
        [...text.matchAll(new RegExp(`^${metric}\\{result="(\\w+)"\\} (\\d+)`, 'gm'))].map(
          ([, result = '', count]) => [result, Number(count)],
        ),
      );
    const messages = of('yinling_ingest_messages_total');
    const { accepted, reading = 0, dead_letter: letters = 0, duplicate = 0, ignored = 0 } = messages;
    if (accepted !== reading + letters + duplicate + ignored)
      offences.push(`I14 messages of ${service.name} are unaccounted for: ${JSON.stringify(messages)}`);
    const signals = of('yinling_ingest_signals_total');
    const { raised, opened = 0, joined = 0, unattached = 0 } = signals;
    if (raised !== opened + joined + unattached)
      offences.push(`I14 signals of ${service.name} are unaccounted for: ${JSON.stringify(signals)}`);
  }
  return offences;
}

const SENT_AFTER_MS = 1_000;

function allAckMs({ messages }: History, killedAt: number): number {
  const after = messages.flatMap(({ publishedAt, acknowledgedAt }) =>
    publishedAt <= killedAt + SENT_AFTER_MS && acknowledgedAt !== null && acknowledgedAt > killedAt
      ? [acknowledgedAt - killedAt]
      : [],
  );
  return Math.max(0, ...after);
}

function report(
  options: ChaosOptions,
  history: History,
  stage: Stage,
  verdict: Verdict,
  more: { offences: string[]; recoveredWithinMs: number; memory: MemoryReport; exits: Exit[] },
): ChaosReport {
  const all = history.faults.flatMap(({ firstAckMs }) => (firstAckMs === undefined ? [] : [firstAckMs]));
  const allAcks = history.faults.flatMap((fault) =>
    fault.firstAckMs === undefined ? [] : [allAckMs(history, fault.at)],
  );
  const escalations = history.faults.flatMap(({ firstEscalationMs }) => firstEscalationMs ?? []);
  const offences = [...more.offences, ...verdict.offences];
  return {
    ...verdict,
    seed: options.seed,
    layout: options.layout,
    redis: stage.redis !== undefined,
    ok: offences.length === 0,
    offences,
    faults: tallyOf(history.faults),
    faultsLog: history.faults,
    messages: history.messages.length,
    copies: history.messages.reduce((sum, message) => sum + message.copies, 0),
    reconnections: history.reconnections,
    commands: Object.fromEntries([...history.statuses].toSorted()),
    firstAckAfterKillMs: { most: Math.max(0, ...all), all },
    allAckAfterKillMs: { most: Math.max(0, ...allAcks), all: allAcks },
    streamBackMs: { most: Math.max(0, ...history.streamBackMs), all: history.streamBackMs },
    firstEscalationAfterKillMs: { most: Math.max(0, ...escalations), all: escalations },
    recoveredWithinMs: more.recoveredWithinMs,
    exits: more.exits,
    memory: more.memory,
    starts: stage.processes.reduce((sum, { service }) => sum + service.starts, 0),
  };
}
