import { randomUUID } from 'node:crypto';
import { UnconfirmedEverywhere } from '../dispatcher/unconfirmed/everywhere.ts';
import { CallDirectory } from '../ingest/call-directory.ts';
import { UnconfirmedPresses } from '../ingest/unconfirmed-presses.ts';
import { tellUnconfirmed, type UnconfirmedTelling } from '../ingest/unconfirmed-telling.ts';
import { hearRedis, postgresBroadcast, redisBroadcast } from '../platform/broadcast.ts';
import { ROLES } from '../platform/roles.ts';
import type { Intake } from '../schemas/inbound.ts';
import { type Assembly, needed } from './parts.ts';

/** Of NOTIFY; heard with the other notifications. */
export const UNCONFIRMED_CHANNEL = 'unconfirmed';
const REDIS_CHANNEL = 'yinling:unconfirmed';

/** Calls for help that come through this intake are watched until they are stored. */
export async function watchPresses({ parts, clock, child }: Assembly, intake: Intake): Promise<void> {
  const log = child('unconfirmed');
  const callers = new CallDirectory({ db: needed(parts.pool, 'the database'), clock, log });
  parts.callers = callers;
  parts.unconfirmed = new UnconfirmedPresses({ callers, clock, log });
  parts.intake = parts.unconfirmed.watch(intake);
  await callers.start();
}

export function unwatchPresses({ parts }: Assembly): void {
  parts.callers?.stop();
  parts.unconfirmed?.stop();
}

/**
 * Where other processes have the consoles, they are told; where this one has, it listens. Over Redis and over the
 * database both: what keeps a press from being stored is that one of them is away.
 */
export function addUnconfirmed({ config, parts, lifecycle, clock, child }: Assembly): void {
  const { roles, redisUrl } = config;
  const alone = ROLES.every((role) => roles.includes(role)) && redisUrl === undefined;
  if (alone) return;
  let telling: UnconfirmedTelling | undefined;
  let everywhere: UnconfirmedEverywhere | undefined;
  let unhearRedis: () => void = () => undefined;
  lifecycle.add('unconfirmed presses', {
    start() {
      const log = child('unconfirmed');
      const me = randomUUID();
      if (parts.unconfirmed !== undefined)
        telling = tellUnconfirmed({
          source: parts.unconfirmed,
          ways: [
            ...(redisUrl === undefined ? [] : [redisBroadcast(redisUrl, REDIS_CHANNEL, log)]),
            postgresBroadcast(needed(parts.pool, 'the database'), UNCONFIRMED_CHANNEL),
          ],
          from: me,
          clock,
        });
      if (!roles.includes('dispatcher')) return;
      const made = new UnconfirmedEverywhere({ here: parts.unconfirmed, me, clock, log });
      everywhere = made;
      parts.unconfirmedEverywhere = made;
      if (redisUrl !== undefined)
        unhearRedis = hearRedis(redisUrl, REDIS_CHANNEL, log, (text) => made.hear(text));
    },
    stop() {
      telling?.stop();
      unhearRedis();
      everywhere?.stop();
    },
  });
}
