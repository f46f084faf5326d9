import { atomWatch } from './atom-watch.ts';
import type { Codec } from './codec.ts';
import { esphome } from './esphome.ts';
import { tasmota } from './tasmota.ts';
import { traccar } from './traccar.ts';
import { zigbee2mqtt } from './zigbee2mqtt.ts';

export const CODECS: ReadonlyMap<string, Codec> = new Map(
  [zigbee2mqtt, traccar, atomWatch, tasmota, esphome].map((codec) => [codec.name, codec]),
);
