import { RedisIntake } from '../ingest/remote/redis-intake.ts';
import { routedIntake } from '../ingest/remote/routed-intake.ts';
import { RedisSource } from '../ingest/remote/redis-source.ts';
import { type Assembly, needed } from './parts.ts';
import { unwatchPresses, watchPresses } from './unconfirmed.ts';

/** The intake of a process with a broker and without ingest: a message is accepted when ingest's process has committed it. */
export function addRedisIntake(whole: Assembly, url: string): void {
  const { lifecycle, clock, metrics, child } = whole;
  let intake: RedisIntake | undefined;
  lifecycle.add('intake over redis', {
    async start() {
      const made = new RedisIntake({ url, clock, log: child('intake') });
      metrics.gauge(
        'yinling_remote_intake_waiting',
        'Messages given to ingest over Redis and not answered yet',
        [],
        () => made.waiting,
      );
      made.start();
      intake = made;
      await watchPresses(whole, made);
    },
    stop() {
      unwatchPresses(whole);
      return intake?.stop();
    },
  });
}

/** What is posted to one of several workers, and is another's. */
export function addRoutedIntake({ parts, lifecycle, clock, child }: Assembly, url: string): void {
  let remote: RedisIntake | undefined;
  lifecycle.add('routed intake', {
    start() {
      remote = new RedisIntake({ url, clock, log: child('intake') });
      remote.start();
      const { intake } = needed(parts.ingest, 'ingest');
      const unconfirmed = needed(parts.unconfirmed, 'ingest');
      parts.intake = unconfirmed.watch(routedIntake(intake, remote));
      parts.streams = unconfirmed.watch(remote);
    },
    stop: () => remote?.stop(),
  });
}

/** What brokers in processes of their own take in. */
export function addRedisSource({ parts, lifecycle, clock, child }: Assembly, url: string): void {
  lifecycle.add('redis source', {
    start() {
      const ingest = needed(parts.ingest, 'ingest');
      const source = new RedisSource({
        url,
        intake: needed(parts.unconfirmed, 'ingest').watch(ingest.intake),
        held: () => ingest.held,
        clock,
        log: child('redis'),
      });
      source.start();
      parts.redisSource = source;
    },
    stop: () => parts.redisSource?.stop(),
  });
}
