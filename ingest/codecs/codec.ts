import type { Channel } from '../../schemas/channels.ts';

/**
 * Devices as bought, behind a gateway that keeps their own topics and payloads. One codec = one file of pure functions
 * with recorded examples as tests, one line in `registry.ts`.
 */
export interface Codec {
  /** As a gateway's `codec` names it. */
  readonly name: string;
  /** Never throws: what cannot be read is a result. */
  decode(message: CodecMessage): CodecResult;
}

export interface CodecMessage {
  topic: string;
  /** UTF-8, within the size bound of a message; undefined: no UTF-8, or too large. */
  text: string | undefined;
  /** The gateway's own device id: for what it says of itself. */
  gatewayId: string;
  /** A device of this home by the id it has on the vendor's side; undefined: not registered. */
  device(externalId: string): CodecDevice | undefined;
}

export interface CodecDevice {
  kind: string;
  zone?: string;
}

/** One contract message within a vendor's. */
export interface CodecItem {
  /** Vendor's id of the device; `null`: the gateway itself. */
  externalId: string | null;
  channel: Channel;
  payload: Record<string, unknown>;
  marks?: readonly string[];
}

export type CodecResult =
  | { items: readonly CodecItem[] }
  /** Chatter of the bridge: nothing to store, nothing lost. */
  | { ignored: string }
  | { refused: 'not_json' | 'codec' | 'too_large'; detail: string; externalId?: string };
