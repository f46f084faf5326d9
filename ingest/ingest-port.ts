import type { PublishedEvent } from '../alerts/outbox.ts';
import type { Clock } from '../platform/clock.ts';
import type { Pool } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Intake } from '../schemas/inbound.ts';
import type { AnyDetector } from './detectors/detector.ts';
import type { IngestLinks } from './links.ts';
import type { IngestStats } from './metrics.ts';

/** What the stream core is given, what it is bounded by, and what it gives. */
export interface IngestDeps {
  readonly databaseUrl: string;
  /** For reading, and for what is not in the path of a message. */
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly newId: NewId;
  /** Of waking hours and nights. */
  readonly timeZone: string;
  /** Whether a camera or locator needs a recorded yes; default: it is refused after a no. */
  readonly consentRequired?: boolean;
  /** After a commit that changed alerts: wakes the relay, unless the commit has numbered its events for the stream itself. */
  readonly onCommitted?: (alerts: {
    opened: number;
    joined: number;
    events?: readonly PublishedEvent[] | undefined;
  }) => void;
  /** Whether the relay is in this process, and takes events that are numbered. Default: no. */
  readonly numbering?: () => boolean;
  /** How long a start waits for another ingest to let go of the database. Default 15 s. */
  readonly leaseWaitMs?: number;
  /** Asked meanwhile: whether it need wait no longer. */
  readonly leaveLease?: () => boolean;
  readonly detectors?: readonly AnyDetector[];
  readonly limits?: Partial<IngestLimits>;
  /** Among others on this database, each with a share of its homes; absent: it is ours alone. */
  readonly shares?: boolean;
  /** Whether whoever sent what is committed of this partition has been told; before, it is not given to another worker. */
  readonly answered?: (partition: number) => boolean;
  /** Other connections than those to `databaseUrl`. */
  readonly links?: IngestLinks;
}

export interface IngestLimits {
  /** Messages, and bytes, waiting for their commit, beyond which the intake is saturated. */
  pendingMessages: number;
  pendingBytes: number;
  /** Ids remembered without asking the database: two generations of so many. */
  recentIds: number;
  /** Homes quiet for so long leave memory. */
  quietHomeMs: number;
  expressLanes: number;
  bulkLanes: number;
  lockTimeoutMs: number;
  statementTimeoutMs: number;
}

/** Unless the composition says otherwise. */
export const LIMITS: IngestLimits = {
  pendingMessages: 20_000,
  pendingBytes: 64 * 1024 * 1024,
  recentIds: 1_000_000,
  quietHomeMs: 3_600_000,
  expressLanes: 2,
  bulkLanes: 3,
  lockTimeoutMs: 300,
  statementTimeoutMs: 20_000,
};

export interface Ingest {
  readonly intake: Intake;
  /** Rejects with `IngestLeaseHeld` if another ingest keeps the database. Accepts from then on. */
  start(): Promise<void>;
  /** Commits what has arrived, saves every state (`save: false`: leaves it to a refold, as a crash does), gives the database free. */
  stop(options?: { save?: boolean }): Promise<void>;
  /** Rows of `home_inputs` have been committed: look now rather than within a second. */
  wake(): void;
  readonly stats: Readonly<IngestStats>;
  /** Whether it is the database's one ingest now, or among those that share it. */
  readonly owns: boolean;
  /** Partitions whose homes are ours now; what stands beside each changes whenever it comes to us anew. */
  readonly held: ReadonlyMap<number, number>;
}
