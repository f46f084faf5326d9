import { randomUUID } from 'node:crypto';
import { Earshot } from '../dispatcher/unconfirmed/earshot.ts';
import { UnconfirmedEverywhere } from '../dispatcher/unconfirmed/everywhere.ts';
import { CallDirectory } from '../ingest/call-directory.ts';
import { UnconfirmedPresses } from '../ingest/unconfirmed-presses.ts';
import { tellUnconfirmed, type UnconfirmedTelling } from '../ingest/unconfirmed-telling.ts';
import { type Broadcast, hearRedis, postgresBroadcast, redisBroadcast } from '../platform/broadcast.ts';
import { DirectBroadcast } from '../platform/direct-broadcast.ts';
import { hearDirectly } from '../platform/direct-hearing.ts';
import { ROLES } from '../platform/roles.ts';
import { deskNoticeSchema, tellerBeatSchema } from '../schemas/desks.ts';
import type { Intake } from '../schemas/inbound.ts';
import { parsedJson } from '../schemas/parsed-json.ts';
import { type Assembly, needed } from './parts.ts';

/** Of NOTIFY; heard with the other notifications. */
export const UNCONFIRMED_CHANNEL = 'unconfirmed';
export const DESKS_CHANNEL = 'desks';
const REDIS_CHANNEL = 'yinling:unconfirmed';
const REDIS_DESKS = 'yinling:desks';

/** Where this process hears straight; said again and again over what all share. */
const ANNOUNCE_EVERY_MS = 5_000;

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
 * Where other processes have the consoles, they are told; where this one has, it listens. Over Redis, over the database
 * and straight, all three: what keeps a press from being stored is that one of the first two is away, or both are.
 */
export function addUnconfirmed(whole: Assembly): void {
  const { config, parts, lifecycle, clock, metrics, child } = whole;
  const { roles, redisUrl } = config;
  const alone = ROLES.every((role) => roles.includes(role)) && redisUrl === undefined;
  if (alone) return;
  let telling: UnconfirmedTelling | undefined;
  let listening: Listening | undefined;
  const unhear: (() => void)[] = [];
  lifecycle.add('unconfirmed presses', {
    async start() {
      const me = randomUUID();
      const log = child('unconfirmed');
      const beat = JSON.stringify({ beat: me });
      const bye = JSON.stringify({ beat: me, bye: true });
      const straight = parts.unconfirmed && new DirectBroadcast({ clock, beat, bye });
      if (straight !== undefined)
        metrics.gauge(
          'yinling_desks_told_straight',
          'Processes with consoles that presses waiting to be stored here are told to, past Redis and the database',
          [],
          () => straight.reached,
        );
      if (parts.unconfirmed !== undefined && straight !== undefined)
        telling = tellUnconfirmed({
          source: parts.unconfirmed,
          ways: [...shared(whole, REDIS_CHANNEL, UNCONFIRMED_CHANNEL), straight],
          from: me,
          clock,
        });
      if (roles.includes('dispatcher')) listening = await listen(whole, me);
      parts.deskHeard = (text) => {
        const desk = deskNoticeSchema.safeParse(parsedJson(text)).data;
        if (desk?.id === me) listening?.earshot.heardItself();
        else if (desk !== undefined) straight?.learn(desk);
      };
      if (redisUrl === undefined) return;
      unhear.push(hearRedis(redisUrl, REDIS_DESKS, log, (text) => parts.deskHeard?.(text)));
      const everywhere = parts.unconfirmedEverywhere;
      if (everywhere !== undefined)
        unhear.push(hearRedis(redisUrl, REDIS_CHANNEL, log, (text) => everywhere.hear(text)));
    },
    async stop() {
      telling?.stop();
      for (const end of unhear) end();
      await listening?.stop();
    },
  });
}

/** Over what all processes share. */
function shared({ config, parts, child }: Assembly, redisChannel: string, channel: string): Broadcast[] {
  const { redisUrl } = config;
  return [
    ...(redisUrl === undefined ? [] : [redisBroadcast(redisUrl, redisChannel, child('unconfirmed'))]),
    postgresBroadcast(needed(parts.pool, 'the database'), channel),
  ];
}

interface Listening {
  readonly earshot: Earshot;
  stop(): Promise<void>;
}

/** What waits anywhere, for the consoles of this process; where it hears straight is said again and again. */
async function listen(whole: Assembly, me: string): Promise<Listening> {
  const { config, parts, clock, child } = whole;
  const log = child('unconfirmed');
  const everywhere = new UnconfirmedEverywhere({ here: parts.unconfirmed, me, clock, log });
  parts.unconfirmedEverywhere = everywhere;
  const earshot = new Earshot(clock, () => {
    if (earshot.lost)
      log.error('Redis, the database and other processes are not heard: presses may wait unseen');
    else log.info('other processes are heard again');
    everywhere.setUnheard(earshot.lost);
  });
  const hearing = await hearDirectly({
    id: me,
    host: config.peerHost,
    port: config.peerPort,
    hear(text) {
      const beat = tellerBeatSchema.safeParse(parsedJson(text)).data;
      if (beat === undefined) everywhere.hear(text);
      else if (beat.bye === true) earshot.left(beat.beat);
      else earshot.heardStraight(beat.beat);
    },
  });
  const ways = shared(whole, REDIS_DESKS, DESKS_CHANNEL);
  const notice = JSON.stringify(hearing.address);
  let cancel = (): void => undefined;
  const announce = (): void => {
    for (const way of ways) way.say(notice);
    cancel = clock.setTimer(ANNOUNCE_EVERY_MS, announce);
  };
  announce();
  return {
    earshot,
    async stop() {
      cancel();
      earshot.stop();
      for (const way of ways) way.close();
      everywhere.stop();
      await hearing.close();
    },
  };
}
