import type { InboundMessage, Principal } from '../../schemas/inbound.ts';
import { readUpTopic, TOPIC_ROOT, type UpTopic } from '../../schemas/topics.ts';

export const isContractTopic = (topic: string): boolean => topic.startsWith(`${TOPIC_ROOT}/`);

export const addressOf = (topic: string): UpTopic | undefined => readUpTopic(topic);

/** The home in whose order a message stands; undefined: none can be told. */
export function homeOf({ topic, principal }: InboundMessage): string | undefined {
  if (!isContractTopic(topic)) return principal.homeId;
  return addressOf(topic)?.homeId;
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
