import type { Broker } from '../broker/broker.ts';
import type { Downlink } from '../broker/downlink.ts';
import type { Canary } from '../canary/canary.ts';
import type { Attendance } from '../dispatcher/attendance/attendance.ts';
import { OpenPages } from '../dispatcher/channels/page-channel.ts';
import type { Dispatcher } from '../dispatcher/dispatcher.ts';
import type { SealedWords } from '../dispatcher/personal/words.ts';
import type { UnconfirmedEverywhere } from '../dispatcher/unconfirmed/everywhere.ts';
import type { Ingest } from '../ingest/ingest-port.ts';
import type { CallDirectory } from '../ingest/call-directory.ts';
import type { RedisSource } from '../ingest/remote/redis-source.ts';
import type { UnconfirmedPresses } from '../ingest/unconfirmed-presses.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import type { PersonalData } from '../platform/crypto/personal-data.ts';
import { newSecret } from '../platform/crypto/secrets.ts';
import type { Pool } from '../platform/database.ts';
import type { NewId } from '../platform/ids.ts';
import type { Lifecycle } from '../platform/lifecycle.ts';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Role } from '../platform/roles.ts';
import type { Intake } from '../schemas/inbound.ts';

export interface ServiceDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly newId: NewId;
  /** The parts are added to it; the caller stops it. */
  readonly lifecycle: Lifecycle;
}

/** What the parts of one process know of one another. Each is there from its own start on; see `needed`. */
export interface Parts {
  databaseUrl: string;
  pool: Pool | undefined;
  dataKey: Buffer | undefined;
  personal: PersonalData | undefined;
  words: SealedWords | undefined;
  /** Open pages of caregivers. */
  readonly pages: OpenPages;
  attendance: Attendance | undefined;
  dispatcher: Dispatcher | undefined;
  ingest: Ingest | undefined;
  callers: CallDirectory | undefined;
  /** Of this process. */
  unconfirmed: UnconfirmedPresses | undefined;
  /** Of all processes, for the consoles of this one. */
  unconfirmedEverywhere: UnconfirmedEverywhere | undefined;
  /** A process with consoles has said where it hears straight. */
  deskHeard: ((text: string) => void) | undefined;
  /** Of this process, calls for help watched. */
  intake: Intake | undefined;
  /** The same, but all of it goes to the workers over Redis; only where this process is one of several. */
  streams: Intake | undefined;
  redisSource: RedisSource | undefined;
  broker: Broker | undefined;
  downlink: Downlink | undefined;
  canary: Canary | undefined;
  /** Opens the operators' stream to the canary; made anew by every process. */
  readonly watchKey: string;
  /** 0: nowhere. */
  httpPort: number;
  httpsPort: number | undefined;
  madeAdminPassword: string | undefined;
  /** Everything runs. */
  ready: boolean;
}

/** Everything that composing takes, handed from phase to phase. */
export interface Assembly extends ServiceDeps {
  readonly config: Config;
  readonly parts: Parts;
  runs(role: Role): boolean;
  child(component: string): Log;
}

export function assembly(config: Config, deps: ServiceDeps): Assembly {
  return {
    ...deps,
    config,
    parts: {
      databaseUrl: config.databaseUrl ?? '',
      pool: undefined,
      dataKey: undefined,
      personal: undefined,
      words: undefined,
      pages: new OpenPages(),
      attendance: undefined,
      dispatcher: undefined,
      ingest: undefined,
      callers: undefined,
      unconfirmed: undefined,
      unconfirmedEverywhere: undefined,
      deskHeard: undefined,
      intake: undefined,
      streams: undefined,
      redisSource: undefined,
      broker: undefined,
      downlink: undefined,
      canary: undefined,
      watchKey: newSecret(),
      httpPort: 0,
      httpsPort: undefined,
      madeAdminPassword: undefined,
      ready: false,
    },
    runs: (role) => config.roles.includes(role),
    child: (component) => deps.log.child({ component }),
  };
}

/** A part that an earlier phase has started; the order of the phases is wrong if it is missing. */
export function needed<T>(part: T | undefined, name: string): T {
  if (part === undefined) throw new Error(`${name} is needed before it is started`);
  return part;
}
