import { ID_PATTERN } from '../schemas/ids.ts';
import type { Principal } from '../schemas/inbound.ts';
import { readUpTopic, TOPIC_ROOT } from '../schemas/topics.ts';

/**
 * Who may publish and subscribe where (contract.md, *MQTT*). Pure; wildcards and strings have been checked before.
 * What is not listed here is foreign.
 */
export type PublishRight = 'up' | 'codec';

/** `deviceId` is `+` for every device of the home. */
export interface CommandFilter {
  readonly kind: 'command';
  readonly homeId: string;
  readonly deviceId: string;
}
export type SubscribeRight = CommandFilter | { readonly kind: 'codec' };

/** A device's own up topics, a gateway's and a bridge's homes with any device in them, registered or not. */
export function publishRight(principal: Principal, topic: string): PublishRight | undefined {
  const up = readUpTopic(topic);
  if (up !== undefined) {
    if (!ownsHome(principal, up.homeId)) return undefined;
    return principal.type !== 'device' || up.deviceId === principal.id ? 'up' : undefined;
  }
  return isCodecTopic(principal, topic) ? 'codec' : undefined;
}

/** `cmd` of the principal's own devices, and a codec's topics; never up topics, never across homes. */
export function subscribeRight(principal: Principal, filter: string): SubscribeRight | undefined {
  const command = readCommandFilter(filter);
  if (command !== undefined) {
    if (!ownsHome(principal, command.homeId)) return undefined;
    return principal.type !== 'device' || command.deviceId === principal.id ? command : undefined;
  }
  return isCodecTopic(principal, filter) ? { kind: 'codec' } : undefined;
}

function readCommandFilter(filter: string): CommandFilter | undefined {
  const [root, version, homeId, deviceId, last, ...rest] = filter.split('/');
  if (`${root}/${version}` !== TOPIC_ROOT || last !== 'cmd' || rest.length > 0) return undefined;
  if (homeId === undefined || !ID_PATTERN.test(homeId)) return undefined;
  if (deviceId === undefined || (deviceId !== '+' && !ID_PATTERN.test(deviceId))) return undefined;
  return { kind: 'command', homeId, deviceId };
}

/** A bridge may speak for a hundred thousand homes: their set is made once per principal. */
const homesOf = new WeakMap<readonly string[], ReadonlySet<string>>();

function ownsHome(principal: Principal, homeId: string): boolean {
  if (principal.type !== 'bridge') return principal.homeId === homeId;
  if (principal.homes === undefined) return false;
  let homes = homesOf.get(principal.homes);
  if (homes === undefined) homesOf.set(principal.homes, (homes = new Set(principal.homes)));
  return homes.has(homeId);
}

/** Deeper topics are nobody's; it also keeps far from the depth at which the broker's matcher gives up. */
const MOST_CODEC_LEVELS = 32;

/** A codec's topics (and filters) are those below its base topic, which has its name: `zigbee2mqtt`, `zigbee2mqtt/#`. */
function isCodecTopic(principal: Principal, topic: string): boolean {
  const { type, codec } = principal;
  if (type !== 'gateway' || codec === undefined || codec === '') return false;
  if (topic !== codec && !topic.startsWith(`${codec}/`)) return false;
  return topic.split('/').length <= MOST_CODEC_LEVELS;
}
