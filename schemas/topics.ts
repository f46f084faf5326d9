import { ID_PATTERN } from './ids.ts';
import { type Channel, isChannel } from './channels.ts';

/** Up: `care/v1/{homeId}/{deviceId}/{channel}`; down: `care/v1/{homeId}/{deviceId}/cmd`. */
export const TOPIC_ROOT = 'care/v1';

export const upTopic = (homeId: string, deviceId: string, channel: Channel): string =>
  `${TOPIC_ROOT}/${homeId}/${deviceId}/${channel}`;
export const commandTopic = (homeId: string, deviceId: string): string =>
  `${TOPIC_ROOT}/${homeId}/${deviceId}/cmd`;

export interface UpTopic {
  homeId: string;
  deviceId: string;
  /** As it stands in the topic; `known` says whether the contract has such a channel. */
  channel: string;
  known: boolean;
}

/** Reads an up topic; undefined if it has not the contract's shape (`cmd` is down only and is not an up topic). */
export function readUpTopic(topic: string): UpTopic | undefined {
  const parts = topic.split('/');
  const [root, version, homeId, deviceId, channel] = parts;
  if (parts.length !== 5 || `${root}/${version}` !== TOPIC_ROOT) return undefined;
  if (homeId === undefined || deviceId === undefined || channel === undefined) return undefined;
  if (!ID_PATTERN.test(homeId) || !ID_PATTERN.test(deviceId)) return undefined;
  if (channel === '' || channel === 'cmd') return undefined;
  return { homeId, deviceId, channel, known: isChannel(channel) };
}
