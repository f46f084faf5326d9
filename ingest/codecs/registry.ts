import type { Codec } from './codec.ts';
import { zigbee2mqtt } from './zigbee2mqtt.ts';

export const CODECS: ReadonlyMap<string, Codec> = new Map([zigbee2mqtt].map((codec) => [codec.name, codec]));
