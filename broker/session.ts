import { MAX_CODEC_PAYLOAD_BYTES, MAX_DEAD_LETTER_BYTES, MAX_PAYLOAD_BYTES } from '../schemas/channels.ts';
import type { Principal } from '../schemas/inbound.ts';
import { readUpTopic, TOPIC_ROOT } from '../schemas/topics.ts';
import { type CommandFilter, publishRight, subscribeRight } from './authorise.ts';
import type { Will } from './framing/connect-packet.ts';
import type { FramedSession, PublishRoute } from './framing/connection-types.ts';
import type { Qos2Handshakes } from './framing/qos2-handshakes.ts';
import type { Subscription } from './framing/subscribe-packets.ts';
import { insideNamespace, isInNamespace, outsideNamespace } from './gateway-namespace.ts';

/** What a session may hold of a filter within the broker. */
export type Grant = CommandFilter | 'plain' | undefined;

export interface BrokerSession extends FramedSession {
  /** Decides on a filter as `subscriptions` wrote it, also on one that a persistent session brought along. */
  grant(filter: string): Grant;
  /** The topic as its client knows it; undefined: not to be delivered to it. */
  outside(topic: string): string | undefined;
}

export interface SessionOptions {
  readonly clientId: string;
  readonly clean: boolean;
  /** A former session of this client is kept. */
  readonly resumed: boolean;
  readonly handshakes: Qos2Handshakes;
  readonly onRefused: (action: 'subscribe') => void;
  readonly messagesPerSecond: number;
  readonly mostTopics: number;
}

/**
 * Filters that are refused, and repeats of a filter within one SUBSCRIBE, go to aedes under names that nothing is ever
 * published on: the one gets its 0x80 there, the other its return code [MQTT-3.8.4-5], and neither leaves a foreign
 * filter behind in a persistent session (aedes stores a SUBSCRIBE as it came).
 */
const REFUSED = '$refused/';
const REPEATED = '$repeated/';

/** Beyond it aedes ends the connection of whoever says it. */
const MOST_LEVELS = 100;
function isTooDeep(topic: string): boolean {
  let levels = 1;
  for (let at = topic.indexOf('/'); at >= 0; at = topic.indexOf('/', at + 1)) levels += 1;
  return levels > MOST_LEVELS;
}
/** Nobody has subscribed to it: an answer is owed all the same [MQTT-3.10.4-5]. */
const shallow = (filter: string, i: number): string => (isTooDeep(filter) ? `${REFUSED}${i}` : filter);

/** Buttons report their presses as actions; while telemetry is held back these pass. */
const ACTION = '"action"';
const ACTION_WITHIN_BYTES = 4 * 1024;

const never = (): boolean => false;
const always = (): boolean => true;
const isAction = (payload: Buffer): boolean =>
  payload.length <= ACTION_WITHIN_BYTES && payload.includes(ACTION);

/** A session of a device, gateway or bridge: contract topics go to the intake only, a codec's also to its own namespace. */
export function principalSession(principal: Principal, options: SessionOptions): BrokerSession {
  const { clientId, clean, handshakes, onRefused } = options;
  const inside = (topic: string): string => insideNamespace(principal.id, topic);
  const mayUseCodec = principal.type === 'gateway' && principal.codec !== undefined;
  return {
    clientId,
    principal,
    resumed: options.resumed,
    will: undefined,
    handshakes,
    largestPayloadBytes: mayUseCodec ? MAX_CODEC_PAYLOAD_BYTES : MAX_DEAD_LETTER_BYTES,
    messagesPerSecond: principal.type === 'bridge' ? Infinity : options.messagesPerSecond,
    mostTopics: principal.type === 'bridge' ? Infinity : options.mostTopics,
    route(topic): PublishRoute | undefined {
      const right = publishRight(principal, topic);
      if (right === undefined) return undefined;
      if (right === 'codec')
        return {
          topic,
          accept: true,
          routedTopic: inside(topic),
          urgent: isAction,
          keepBytes: MAX_CODEC_PAYLOAD_BYTES,
          hashBytes: MAX_CODEC_PAYLOAD_BYTES,
        };
      return {
        topic,
        accept: true,
        routedTopic: undefined,
        urgent: readUpTopic(topic)?.channel === 'sos' ? always : never,
        keepBytes: MAX_PAYLOAD_BYTES,
        hashBytes: MAX_DEAD_LETTER_BYTES,
      };
    },
    subscriptions(wanted) {
      return translate(wanted, ({ filter, qos }, i) => {
        const right = subscribeRight(principal, filter);
        if (right === undefined) {
          onRefused('subscribe');
          return { filter: `${REFUSED}${i}`, qos };
        }
        if (right.kind === 'command') return { filter, qos };
        // Nothing of a codec's topics is queued for who is away: a session that outlives its connection gets QoS 0.
        return { filter: inside(filter), qos: clean && qos > 0 ? 1 : 0 };
      });
    },
    unsubscriptions: (filters) =>
      filters.map((filter, i) =>
        shallow(subscribeRight(principal, filter)?.kind === 'codec' ? inside(filter) : filter, i),
      ),
    grant(filter) {
      if (filter.startsWith(REPEATED)) return 'plain';
      const ofCodec = outsideNamespace(principal.id, filter);
      const right = subscribeRight(principal, ofCodec ?? filter);
      if (right?.kind === 'command') return ofCodec === undefined ? right : undefined;
      return right !== undefined && ofCodec !== undefined ? 'plain' : undefined;
    },
    outside(topic) {
      const ofCodec = outsideNamespace(principal.id, topic);
      if (ofCodec !== undefined) return ofCodec;
      return subscribeRight(principal, topic)?.kind === 'command' ? topic : undefined;
    },
  };
}

/** Who may do what on topics outside the contract without a credential; for conformance runs only. */
export type OpenAuthoriser = (action: 'publish' | 'subscribe', topic: string) => boolean;

const NOBODY: Principal = { type: 'device', id: '' };

/** A session without a credential: nothing of it goes to the intake, nothing of the contract's topics is its own. */
export function openSession(
  authoriser: OpenAuthoriser,
  will: Will | undefined,
  options: SessionOptions,
): BrokerSession {
  const isOurs = (topic: string): boolean => topic.startsWith(`${TOPIC_ROOT}/`) || isInNamespace(topic);
  const may = (action: 'publish' | 'subscribe', topic: string): boolean =>
    !isOurs(topic) && authoriser(action, topic);
  return {
    clientId: options.clientId,
    principal: NOBODY,
    resumed: options.resumed,
    will,
    handshakes: options.handshakes,
    largestPayloadBytes: MAX_DEAD_LETTER_BYTES,
    messagesPerSecond: Infinity,
    mostTopics: Infinity,
    route: (topic) =>
      may('publish', topic)
        ? {
            topic,
            accept: false,
            routedTopic: topic,
            urgent: never,
            keepBytes: MAX_DEAD_LETTER_BYTES,
            hashBytes: MAX_DEAD_LETTER_BYTES,
          }
        : undefined,
    subscriptions: (wanted) =>
      translate(wanted, ({ filter, qos }, i) => {
        if (may('subscribe', filter) && !isTooDeep(filter)) return { filter, qos };
        options.onRefused('subscribe');
        return { filter: `${REFUSED}${i}`, qos };
      }),
    unsubscriptions: (filters) => filters.map(shallow),
    grant: (filter) =>
      filter.startsWith(REPEATED) || (!filter.startsWith(REFUSED) && may('subscribe', filter))
        ? 'plain'
        : undefined,
    outside: (topic) => (isOurs(topic) ? undefined : topic),
  };
}

/** The last of several equal filters counts, as in aedes; the others keep their place in the answer. */
function translate(
  wanted: readonly Subscription[],
  one: (subscription: Subscription, i: number) => Subscription,
): Subscription[] {
  const lastAt = new Map(wanted.map(({ filter }, i) => [filter, i]));
  return wanted.map((subscription, i) =>
    lastAt.get(subscription.filter) === i
      ? one(subscription, i)
      : { filter: `${REPEATED}${i}`, qos: subscription.qos },
  );
}
