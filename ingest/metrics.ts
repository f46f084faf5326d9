import type { Metrics } from '../platform/metrics.ts';
import type { Committed } from './pipeline/commit.ts';
import type { Unit } from './pipeline/unit.ts';
import { clockOf } from './store/rows.ts';

/** Counts since the start, for tests and summaries; `/metrics` shows the same. */
export interface IngestStats {
  /** Messages that have an outcome: readings + deadLetters + duplicates + ignored (I14). */
  accepted: number;
  readings: number;
  deadLetters: number;
  duplicates: number;
  ignored: number;
  /** Readings beyond the first of one message (codecs). */
  extraReadings: number;
  /** signals = opened + joined + unattached (support and clears that found nothing open). */
  signals: number;
  opened: number;
  joined: number;
  unattached: number;
  idConflicts: number;
  /** Messages that waited for a database that was away, or for somebody in the way; batches that were taken apart. */
  retries: number;
  contentions: number;
  bisections: number;
  doubts: number;
  detectorFaults: number;
  transactions: number;
}

export interface IngestMeter {
  readonly stats: IngestStats;
  settled(unit: Unit): void;
  /** Signals that came of no home's unit. */
  signalled(count: number): void;
  committed(committed: Committed): void;
  waited(lane: 'express' | 'bulk', seconds: number): void;
  count(what: 'retries' | 'bisections' | 'contentions' | 'doubts'): void;
}

export interface Gauges {
  pending: () => number;
  homes: () => number;
  wakeUps: () => number;
  unsaved: () => number;
  partitions: () => number;
}

export function createMeter(metrics: Metrics, gauges: Gauges): IngestMeter {
  const stats: IngestStats = {
    accepted: 0,
    readings: 0,
    deadLetters: 0,
    duplicates: 0,
    ignored: 0,
    extraReadings: 0,
    signals: 0,
    opened: 0,
    joined: 0,
    unattached: 0,
    idConflicts: 0,
    retries: 0,
    contentions: 0,
    bisections: 0,
    doubts: 0,
    detectorFaults: 0,
    transactions: 0,
  };
  const messages = metrics.counter('yinling_ingest_messages_total', 'Messages by what became of them (I14)', [
    'result',
  ]);
  // Labels are looked up at every `inc`; those of every message are looked up once.
  const [accepted, reading] = ['accepted', 'reading'].map((result) => messages.labels({ result }));
  for (const result of ['accepted', 'reading', 'dead_letter', 'duplicate', 'ignored'])
    messages.inc({ result }, 0);
  const extra = metrics.counter(
    'yinling_ingest_extra_readings_total',
    'Readings beyond the first of one message',
  );
  const letters = metrics.counter('yinling_ingest_dead_letters_total', 'Dead letters by reason', ['reason']);
  const clocks = metrics.counter('yinling_ingest_device_clocks_total', 'What device clocks were worth', [
    'verdict',
  ]);
  const conflicts = metrics.counter(
    'yinling_ingest_id_conflicts_total',
    'Presses with a known id and another content: new presses',
  );
  const signals = metrics.counter('yinling_ingest_signals_total', 'Signals by what became of them (I14)', [
    'result',
  ]);
  for (const result of ['raised', 'opened', 'joined', 'unattached']) signals.inc({ result }, 0);
  const faults = metrics.counter('yinling_ingest_detector_faults_total', 'Steps in which a detector threw', [
    'detector',
  ]);
  const troubles = metrics.counter(
    'yinling_ingest_troubles_total',
    'Transactions that had to be tried again',
    ['kind'],
  );
  const seconds = metrics.histogram('yinling_ingest_accept_seconds', 'From arrival to commit', ['lane']);
  const lag = metrics.histogram(
    'yinling_ingest_event_lag_seconds',
    "From the device's own time to its arrival, of one reading in sixteen",
    [],
    [0.1, 0.5, 1, 5, 10, 60, 300, 900, 3_600, 21_600, 86_400],
  );
  const waits = { express: seconds.labels({ lane: 'express' }), bulk: seconds.labels({ lane: 'bulk' }) };
  let sampled = 0;
  const transactions = metrics.counter('yinling_ingest_transactions_total', 'Transactions committed');
  metrics.gauge('yinling_ingest_pending_messages', 'Messages that wait for their commit', [], gauges.pending);
  metrics.gauge('yinling_ingest_homes', 'Homes in memory', [], gauges.homes);
  metrics.gauge('yinling_ingest_wake_ups', 'Homes that want to be woken', [], gauges.wakeUps);
  metrics.gauge(
    'yinling_ingest_unsaved_homes',
    'Homes whose state is newer than its snapshot',
    [],
    gauges.unsaved,
  );

  metrics.gauge(
    'yinling_ingest_partitions',
    'Partitions of homes, of 16, that this process has',
    [],
    gauges.partitions,
  );

  return {
    stats,
    settled({ tally, faults: thrown, signals: raised, readings, deadLetters }) {
      stats.accepted += tally.messages;
      stats.readings += tally.readings;
      stats.deadLetters += tally.deadLetters;
      stats.duplicates += tally.duplicates;
      stats.ignored += tally.ignored;
      stats.extraReadings += tally.extra;
      stats.idConflicts += tally.idConflicts;
      stats.signals += raised.length;
      stats.detectorFaults += thrown.length;
      add(tally.messages, (n) => accepted?.inc(n));
      add(tally.readings, (n) => reading?.inc(n));
      add(tally.deadLetters, (n) => messages.inc({ result: 'dead_letter' }, n));
      add(tally.duplicates, (n) => messages.inc({ result: 'duplicate' }, n));
      add(tally.ignored, (n) => messages.inc({ result: 'ignored' }, n));
      add(tally.extra, (n) => extra.inc(n));
      add(tally.idConflicts, (n) => conflicts.inc(n));
      add(raised.length, (n) => signals.inc({ result: 'raised' }, n));
      for (const { reason } of deadLetters) letters.inc({ reason });
      for (const { flags, receivedAt, occurredAt } of readings) {
        if (flags !== 0) clocks.inc({ verdict: clockOf(flags) });
        if ((sampled++ & 15) === 0) lag.observe(Math.max(0, receivedAt - occurredAt) / 1_000);
      }
      for (const { detector } of thrown) faults.inc({ detector });
    },
    signalled(count) {
      stats.signals += count;
      add(count, (n) => signals.inc({ result: 'raised' }, n));
    },
    committed({ opened, joined, ignored }) {
      stats.transactions += 1;
      stats.opened += opened;
      stats.joined += joined;
      stats.unattached += ignored;
      transactions.inc();
      add(opened, (n) => signals.inc({ result: 'opened' }, n));
      add(joined, (n) => signals.inc({ result: 'joined' }, n));
      add(ignored, (n) => signals.inc({ result: 'unattached' }, n));
    },
    waited: (lane, s) => waits[lane].observe(s),
    count(what) {
      stats[what] += 1;
      troubles.inc({ kind: what });
    },
  };
}

const add = (n: number, inc: (n: number) => void): void => {
  if (n > 0) inc(n);
};
