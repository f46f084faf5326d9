import type { InboundMessage, Principal } from '../../schemas/inbound.ts';
import { CHANNELS } from '../../schemas/channels.ts';
import { TOPIC_ROOT } from '../../schemas/topics.ts';

export const isContractTopic = (topic: string): boolean => topic.startsWith(`${TOPIC_ROOT}/`);

export interface Address {
  homeId: string;
  deviceId: string;
  /** As it stands in the topic. */
  channel: string;
}

/**
 * The contract's own word, where it is one: texts cut out of a topic are new ones each time, and what hangs on the channel
 * is looked up many times for every message.
 */
function channelWord(text: string): string {
  for (const channel of CHANNELS) if (channel === text) return channel;
  return text;
}

/** As `readUpTopic` of the schemas (a test holds them together), by hand: it runs twice for every message. */
export function addressOf(topic: string): Address | undefined {
  if (!topic.startsWith(ROOT)) return undefined;
  const home = endOfId(topic, ROOT.length);
  const device = home < 0 ? -1 : endOfId(topic, home + 1);
  if (device < 0) return undefined;
  const channel = topic.slice(device + 1);
  if (channel === '' || channel === 'cmd' || channel.includes('/')) return undefined;
  return {
    homeId: topic.slice(ROOT.length, home),
    deviceId: topic.slice(home + 1, device),
    channel: channelWord(channel),
  };
}

const ROOT = `${TOPIC_ROOT}/`;
const MAX_ID = 64;

/** Where the slash after an id of `[A-Za-z0-9_-]{1,64}` stands; -1: there is none. */
function endOfId(topic: string, from: number): number {
  for (let i = from; i < topic.length; i++) {
    const code = topic.charCodeAt(i);
    if (code === SLASH) return i > from && i - from <= MAX_ID ? i : -1;
    const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    if (!letter && !(code >= 0x30 && code <= 0x39) && code !== DASH && code !== UNDERSCORE) return -1;
  }
  return -1;
}
const SLASH = 0x2f;
const DASH = 0x2d;
const UNDERSCORE = 0x5f;

/** The home in whose order a message stands; undefined: none can be told. */
export function homeOf({ topic, principal }: InboundMessage): string | undefined {
  if (!isContractTopic(topic)) return principal.homeId;
  if (!topic.startsWith(ROOT)) return undefined;
  const end = endOfId(topic, ROOT.length);
  return end < 0 ? undefined : topic.slice(ROOT.length, end);
}

/** The broker has closed on foreign topics already; HTTP and external brokers come this way, too. */
export function mayPublish(principal: Principal, homeId: string, deviceId: string): boolean {
  switch (principal.type) {
    case 'device':
      return principal.id === deviceId && (principal.homeId === undefined || principal.homeId === homeId);
    case 'gateway':
      return principal.homeId === homeId;
    case 'bridge':
      return principal.homes?.includes(homeId) ?? false;
    case 'broker':
      return true;
  }
}

/** Channels that wait for no company: calls for help and answers. Codecs' messages are known only after decoding. */
export function isExpress({ topic }: InboundMessage): boolean {
  return topic.endsWith('/sos') || topic.endsWith('/fall') || topic.endsWith('/reply');
}
