import type { Clock } from '../platform/clock.ts';
import { listen, type Listener, type ListenOptions } from '../platform/database.ts';
import type { Log } from '../platform/log.ts';
import { Lane } from './pipeline/commit.ts';
import { BatchScript } from './store/batch-script.ts';
import { Lease } from './store/lease.ts';
import { Membership } from './store/membership.ts';
import { WriterSession } from './store/writer-session.ts';

export type LeaseHold = Pick<Lease, 'held' | 'acquire' | 'begin' | 'release'>;
export type MembershipHold = Pick<
  Membership,
  'connect' | 'register' | 'renew' | 'look' | 'evict' | 'claim' | 'beat' | 'give' | 'leave'
>;

/** The connections that ingest has to its database besides the pool; a port, so that it can run on another store. */
export interface IngestLinks {
  /** To write on. */
  lane(name: string): Lane;
  /** `onLost`: the session that held the lease is gone. */
  lease(onLost: () => void): LeaseHold;
  /** As one of several workers. `name`: of the process; a worker that has not renewed for `leaseMs` is taken for dead. */
  membership(name: string, leaseMs: number): MembershipHold;
  listen(options: Omit<ListenOptions, 'url'>): Promise<Pick<Listener, 'close'>>;
}

export const linksTo = (
  url: string,
  deps: { clock: Clock; log: Log; lockTimeoutMs: number; statementTimeoutMs: number },
): IngestLinks => ({
  lane: (name) => new Lane(new WriterSession({ url, name, ...deps }), new BatchScript()),
  lease: (onLost) => new Lease({ url, onLost, ...deps }),
  membership: (name, leaseMs) => new Membership({ url, name, leaseMs, ...deps }),
  listen: (options) => listen({ url, ...options }),
});
