/**
 * Many homes use the same base topic. What a gateway publishes and subscribes on its codec's topics lives under a prefix
 * of its own inside the broker, put on and taken off at the edge, so that none sees another's. No client can name such
 * a topic itself, and `#` does not match it [MQTT-4.7.2-1].
 */
const ROOT = '$gateway';

/** `gatewayId` has no slash in it (see schemas/ids.ts). */
export const insideNamespace = (gatewayId: string, topic: string): string => `${ROOT}/${gatewayId}/${topic}`;

/** The topic as the gateway knows it; undefined if it is not this gateway's. */
export function outsideNamespace(gatewayId: string, topic: string): string | undefined {
  const prefix = `${ROOT}/${gatewayId}/`;
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : undefined;
}

export const isInNamespace = (topic: string): boolean => topic.startsWith(`${ROOT}/`);

/** Whose a topic of `isInNamespace` is. */
export const gatewayOf = (topic: string): string => topic.split('/', 2)[1] ?? '';

/**
 * How much of retained state one gateway may leave with us. What goes beyond is passed on to who listens now, but not
 * retained: a bridge's state fits a thousand times over, and one gateway must not fill the memory of all.
 */
export class RetainedBudget {
  readonly #limitBytes: number;
  readonly #gateways = new Map<string, { bytes: number; readonly topics: Map<string, number> }>();

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Whether this message may be retained; an empty payload frees what its topic held. */
  admit(gatewayId: string, topic: string, payloadBytes: number): boolean {
    let used = this.#gateways.get(gatewayId);
    if (used === undefined) this.#gateways.set(gatewayId, (used = { bytes: 0, topics: new Map() }));
    const cost = payloadBytes === 0 ? 0 : payloadBytes + topic.length + OVERHEAD_BYTES;
    const bytes = used.bytes - (used.topics.get(topic) ?? 0) + cost;
    if (cost > 0 && bytes > this.#limitBytes) return false;
    used.bytes = bytes;
    if (cost > 0) used.topics.set(topic, cost);
    else used.topics.delete(topic);
    if (used.topics.size === 0) this.#gateways.delete(gatewayId);
    return true;
  }
}
const OVERHEAD_BYTES = 300;
