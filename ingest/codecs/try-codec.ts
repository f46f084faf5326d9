import type { CodecMapping } from '../../schemas/codec-mapping.ts';
import type { Channel } from '../../schemas/channels.ts';
import { decode, type RegisteredDevice } from '../decode/decode.ts';
import { declaredCodec } from './declared.ts';

export interface CodecSample {
  readonly topic: string;
  /** As the device sends it. */
  readonly payload: string;
  /** As whom the registry would know the device. */
  readonly device: { readonly kind: string; readonly zone?: string | undefined };
  /** ms since the epoch. */
  readonly receivedAt: number;
}
export interface CodecTrial {
  readonly result: 'events' | 'dead_letter' | 'ignored';
  readonly reason?: string;
  readonly events: readonly {
    readonly externalId: string;
    readonly channel: Channel;
    readonly payload: Readonly<Record<string, unknown>>;
    readonly occurredAt: number;
    readonly marks: readonly string[];
  }[];
}

/** What would become of one message, by the very code that takes messages; nothing is stored. Pure. */
export function tryCodec(id: string, mapping: CodecMapping, sample: CodecSample): CodecTrial {
  const { topic, device, receivedAt } = sample;
  const payload = new TextEncoder().encode(sample.payload);
  const registered = (deviceId: string): RegisteredDevice => ({
    deviceId,
    deviceNo: 1,
    kind: device.kind,
    ...(device.zone !== undefined && { zone: device.zone }),
  });
  const decoded = decode(
    {
      principal: { type: 'gateway', id: 'gateway', homeId: 'home', codec: id },
      topic,
      payload,
      size: payload.length,
      qos: 1,
      receivedAt,
    },
    { homeId: 'home', device: registered, external: registered },
    new Map([[id, declaredCodec(id, mapping)]]),
  );
  if (decoded.result === 'ignored') return { result: 'ignored', reason: decoded.reason, events: [] };
  if (decoded.result === 'dead_letter') {
    const { reason, detail } = decoded.letter;
    return { result: 'dead_letter', reason: detail === '' ? reason : `${reason}: ${detail}`, events: [] };
  }
  return {
    result: 'events',
    events: decoded.items.map(({ event }) => ({
      externalId: event.deviceId,
      channel: event.channel,
      payload: event.payload,
      occurredAt: event.occurredAt,
      marks: event.marks,
    })),
  };
}
