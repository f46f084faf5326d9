import type { PersonalData } from '../../platform/crypto/personal-data.ts';
import type { Clock } from '../../platform/clock.ts';
import type { OidcSettings } from '../../platform/config.ts';
import type { Pool } from '../../platform/database.ts';
import type { NewId } from '../../platform/ids.ts';
import type { MapTiles } from '../../platform/map-tiles.ts';
import type { Log } from '../../platform/log.ts';
import type { Retention } from '../../platform/retention.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Intake } from '../../schemas/inbound.ts';
import type { Attendance } from '../attendance/attendance.ts';
import type { OpenPages } from '../channels/page-channel.ts';
import type { Receipt, Receipted } from '../channels/receipts.ts';
import type { Preview, PreviewAsked } from '../engine/preview.ts';
import type {
  AlertCommands,
  OrderCommands,
  ReplaySource,
  OverdueSource,
  StreamSource,
  TryCodec,
  UnconfirmedSource,
} from '../ports.ts';
import type { AlertQueries, OrderQueries } from './query-ports.ts';
import type { Words } from '../personal/words.ts';
import type { Passwords } from './sessions.ts';

export interface TlsMaterial {
  cert: Buffer;
  key: Buffer;
}

/** Everything the HTTP side is given by the root. */
export interface HttpDeps {
  pool: Pool;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  newId: NewId;
  cipher: PersonalData;
  words: Words;
  /** Default: scrypt, as in platform/crypto. Tests give a quicker one. */
  passwords?: Passwords;
  alerts: { commands: AlertCommands; queries: AlertQueries };
  orders: { commands: OrderCommands; queries: OrderQueries };
  stream: StreamSource;
  /** Reports of the gateway for messages and calls; absent: there is none. */
  receipts?: { secret: string; take(receipt: Receipt): Promise<Receipted> } | undefined;
  /** Open pages of caregivers, for offers. */
  pages?: OpenPages | undefined;
  /** What should have happened and has not; absent where this process does not dispatch. */
  overdue?: OverdueSource | undefined;
  /** Who would be asked, by which policy; absent where this process does not dispatch. */
  preview?: ((asked: PreviewAsked) => Promise<Preview>) | undefined;
  /** Told who is at a desk and acts. */
  attendance?: Pick<Attendance, 'watches' | 'looks' | 'acts'> | undefined;
  /** Calls for help that could not be stored yet; absent where this process does not ingest. */
  unconfirmed?: UnconfirmedSource | undefined;
  /** Absent where this process does not ingest: `POST /ingest` is then refused. */
  intake?: Intake | undefined;
  /** Absent in tests of other things: `POST /homes/{id}/replay` is then refused. */
  replay?: ReplaySource | undefined;
  /** Absent in tests of other things: `POST /codecs/try` is then refused. */
  tryCodec?: TryCodec | undefined;
  /** Opens `GET /stream` to the canary of this process, and nothing else. */
  watchKey?: string | undefined;
  /** Why this process is not ready, besides the database, which is asked here; empty: it is. */
  notReady(): readonly string[];
  /** What is wrong though this process is ready. */
  warnings?(): readonly string[];
  /** IANA name: ages, months and days are of this zone. */
  timeZone: string;
  /** The built console (`index.html`, `h5.html`, `assets/`); absent or not there: a page says so. */
  consoleDir?: string | undefined;
  /** Where the console's maps get their tiles; absent: they are drawn without. */
  mapTiles?: MapTiles | undefined;
  /** Tests check every answer against its documented schema; in service that would cost more than it finds. */
  checkAnswers?: boolean;
  /** Addresses of reverse proxies whose X-Forwarded-* are believed; default none. */
  trustProxy?: string | readonly string[] | undefined;
  /** How long each kind of data is kept; absent: as where nothing is said. */
  retention?: Retention | undefined;
  /** HTTPS besides HTTP; absent: none. */
  tls?: TlsMaterial | undefined;
  /** Absent: people log in with passwords only. */
  oidc?: OidcSettings | undefined;
}
