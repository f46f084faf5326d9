import { Client } from 'pg';
import { Books } from './books.ts';
import { thinkPayloads } from './think-payloads.ts';
import { speakHttp } from './speak-http.ts';
import { speakPackets, speakPayloads } from './speak-mqtt.ts';
import { type Metrics, setFuzzStage, type Stage } from './stage.ts';
import { until } from '../support/until.ts';

export const PARTS = ['mqtt', 'payload', 'http', 'core'] as const;
export type Part = (typeof PARTS)[number];

export interface FuzzOptions {
  readonly seed: number;
  /** How many inputs of each kind; input n is the same in every run of that seed. */
  readonly inputs: Readonly<Record<Part, number>>;
  /** Number of the first input of each kind. */
  readonly from: number;
  readonly homes: number;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly say: (line: string) => void;
}

export interface FuzzReport {
  readonly ok: boolean;
  readonly seed: number;
  readonly inputs: number;
  readonly seconds: number;
  readonly ends: Books['ends'];
  readonly closes: Record<string, number>;
  readonly messages: Record<string, number>;
  readonly signals: Record<string, number>;
  readonly deadLetters: Record<string, number>;
  /** Of the service's process, sampled each second. */
  readonly memoryMb: {
    readonly atStart: number;
    readonly most: number;
    readonly atEnd: number;
    /** From the second third of the run to the last, by the middle of each. */
    readonly growth: number;
  };
  /** How many there are, and those that no input of this run reached. */
  readonly routes: { readonly there: number; readonly missed: readonly string[] };
  readonly findings: readonly string[];
}

/** Beyond this it is not flat, whatever it was fed. */
const MOST_MEMORY_MB = 1_600;
/** Nor if it goes on growing by more than this when it has long been warm. A short run has no thirds. */
const FLAT_WITHIN_MB = 250;
const SHORTEST_RUN_S = 90;

/** How much more the last third of the samples is than the one before it, by their medians. */
export function growthMb(samples: readonly number[]): number {
  const third = Math.floor(samples.length / 3);
  const median = (part: readonly number[]): number => part.toSorted((a, b) => a - b)[part.length >> 1] ?? 0;
  return median(samples.slice(2 * third)) - median(samples.slice(third, 2 * third));
}

/** Everything said at once or one kind alone; then the books: nobody died, nothing is unaccounted for (I14). */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, from, inputs, say } = options;
  const books = new Books();
  const startedAt = Date.now();
  const stage = await setFuzzStage(options.databaseUrl, options.dataDir, options.homes);
  const memory = { atStart: stage.memoryMb(), most: 0, atEnd: 0 };
  const samples: number[] = [];
  const sampler = setInterval(() => {
    // What we think over in this process costs the service nothing, and would hide what the rest did.
    if (speaking) samples.push(stage.memoryMb());
  }, 1_000);
  let speaking = true;
  try {
    const parts: [Part, () => Promise<void> | void][] = [
      ['mqtt', () => speakPackets(stage, books, seed, from, from + inputs.mqtt)],
      ['payload', () => speakPayloads(stage, books, seed, from, from + inputs.payload)],
      ['http', () => speakHttp(stage, books, seed, from, from + inputs.http)],
      ['core', () => thinkPayloads(books, seed, from, from + inputs.core)],
    ];
    for (const [part, run] of parts) {
      if (inputs[part] === 0) continue;
      const partAt = Date.now();
      speaking = part !== 'core';
      await run();
      if (isDead(stage)) {
        books.finding(`the service has died during ${part}: ${stage.service.output().slice(-1_500)}`);
        break;
      }
      say(
        `${part}: ${inputs[part]} inputs in ${((Date.now() - partAt) / 1000).toFixed(1)} s, ${stage.memoryMb()} MB`,
      );
    }
    const metrics = isDead(stage) ? new Map() : await settled(stage, books);
    if (!isDead(stage)) await audit(stage, books, metrics, options.databaseUrl);
    memory.atEnd = stage.memoryMb();
    memory.most = Math.max(...samples, memory.atStart, memory.atEnd);
    const growth = growthMb(samples);
    if (samples.length >= SHORTEST_RUN_S && growth > FLAT_WITHIN_MB)
      books.finding(`memory went on growing, by ${growth} MB`);
    const missed = books.routes.filter((route) => !books.asked.has(route));
    // Each is asked some twenty times: by chance none is missed.
    if (inputs.http >= 20 * books.routes.length && missed.length > 0)
      books.finding(`no input reached ${missed.join(', ')}`);
    if (memory.most > MOST_MEMORY_MB) books.finding(`memory grew to ${memory.most} MB`);
    return {
      ok: books.findings.length === 0,
      seed,
      inputs: PARTS.reduce((sum, part) => sum + inputs[part], 0),
      seconds: Math.round((Date.now() - startedAt) / 1000),
      ends: books.ends,
      closes: labelled(metrics, 'yinling_mqtt_closes_total'),
      messages: labelled(metrics, 'yinling_ingest_messages_total'),
      signals: labelled(metrics, 'yinling_ingest_signals_total'),
      deadLetters: labelled(metrics, 'yinling_ingest_dead_letters_total'),
      memoryMb: { ...memory, growth },
      routes: { there: books.routes.length, missed },
      findings: books.findings,
    };
  } finally {
    clearInterval(sampler);
    if (!isDead(stage)) await stage.service.stop();
  }
}

const isDead = ({ service: { child } }: Stage): boolean =>
  child.exitCode !== null || child.signalCode !== null;

/** When nothing waits any more. */
async function settled(stage: Stage, books: Books): Promise<Metrics> {
  let last: Metrics | undefined;
  await until(
    'everything to have come to its end',
    async () => {
      last = await stage.metrics();
      const closes = sum(last, 'yinling_mqtt_closes_total');
      return one(last, 'yinling_ingest_pending_messages') === 0 && closes >= books.connections;
    },
    30_000,
  ).catch((error: unknown) => books.finding(String(error)));
  return last ?? (await stage.metrics());
}

/** I14, in the service's own books, in the database's, and in ours. */
async function audit(stage: Stage, books: Books, metrics: Metrics, databaseUrl: string): Promise<void> {
  const complaints = stage.service
    .output()
    .split('\n')
    .filter((line) => /"level":(50|60|"error"|"fatal")/.test(line));
  for (const line of complaints.slice(0, 10)) books.finding(`logged as an error: ${line.slice(0, 600)}`);

  const messages = labelled(metrics, 'yinling_ingest_messages_total');
  const { accepted = 0, reading = 0, dead_letter: letters = 0, duplicate = 0, ignored = 0 } = messages;
  if (accepted !== reading + letters + duplicate + ignored)
    books.finding(`I14: messages are unaccounted for: ${JSON.stringify(messages)}`);
  const signals = labelled(metrics, 'yinling_ingest_signals_total');
  const { raised = 0, opened = 0, joined = 0, unattached = 0 } = signals;
  if (raised !== opened + joined + unattached)
    books.finding(`I14: signals are unaccounted for: ${JSON.stringify(signals)}`);
  if (accepted < books.acknowledged)
    books.finding(`${books.acknowledged} acknowledged, and only ${accepted} accepted`);
  const faults = sum(metrics, 'yinling_ingest_detector_faults_total');
  if (faults > 0)
    books.finding(
      `${faults} steps of detectors failed: ${JSON.stringify(labelled(metrics, 'yinling_ingest_detector_faults_total'))}`,
    );

  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    const { rows } = await database.query<{ readings: string; letters: string }>(
      'select (select count(*) from readings) as readings, (select count(*) from dead_letters) as letters',
    );
    const stored = Number(rows[0]?.readings);
    const expected = reading + sum(metrics, 'yinling_ingest_extra_readings_total');
    if (stored !== expected) books.finding(`I14: ${stored} readings are stored, ${expected} were counted`);
    // A press that was too large is a reading, and its letter is kept beside.
    if (Number(rows[0]?.letters) < letters)
      books.finding(`I14: ${rows[0]?.letters} dead letters are stored, ${letters} were counted`);
  } finally {
    await database.end();
  }
}

const sum = (metrics: Metrics, name: string): number =>
  [...(metrics.get(name)?.values() ?? [])].reduce((a, b) => a + b, 0);
const one = (metrics: Metrics, name: string): number => [...(metrics.get(name)?.values() ?? [])][0] ?? NaN;

/** Of a metric with one label: its values by it. */
const labelled = (metrics: Metrics, name: string): Record<string, number> =>
  Object.fromEntries(
    [...(metrics.get(name) ?? [])].map(([labels, value]) => [
      /="([^"]*)"/.exec(labels)?.[1] ?? labels,
      value,
    ]),
  );
