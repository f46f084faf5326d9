import { createHash } from 'node:crypto';
import type { Outcome } from '../../schemas/inbound.ts';

interface Open {
  readonly digest: string;
  readonly acceptance: Promise<Outcome>;
}

/**
 * QoS 2 publishes of one session that the intake has and that no PUBREL has closed: a repeat of one is acknowledged
 * again and not accepted again [MQTT-4.3.3-2]. A packet that re-uses an open id without DUP for something else comes
 * from a device that has lost its state: it is a new message, for it may be a press.
 */
export class Qos2Handshakes {
  readonly #open = new Map<number, Open>();

  get size(): number {
    return this.#open.size;
  }

  /** The acceptance of the publish that this one repeats. */
  find(packetId: number, dup: boolean, digest: string): Promise<Outcome> | undefined {
    const open = this.#open.get(packetId);
    return open !== undefined && (dup || open.digest === digest) ? open.acceptance : undefined;
  }

  remember(packetId: number, digest: string, acceptance: Promise<Outcome>): void {
    const open = { digest, acceptance };
    this.#open.set(packetId, open);
    acceptance.catch(() => {
      if (this.#open.get(packetId) === open) this.#open.delete(packetId);
    });
  }

  released(packetId: number): void {
    this.#open.delete(packetId);
  }
}

export const digestOf = (topic: string, payload: Uint8Array): string =>
  createHash('sha256').update(topic).update('\0').update(payload).digest('base64');

/**
 * The handshakes of all sessions by client id; those of persistent sessions outlive their connections. Beyond
 * `mostSessions` without a connection the longest unused are forgotten: their repeats are then new messages, which the
 * intake knows by their `id`.
 */
export class Qos2Memory {
  readonly #mostSessions: number;
  readonly #sleeping = new Map<string, Qos2Handshakes>();

  constructor(mostSessions: number) {
    this.#mostSessions = mostSessions;
  }

  begin(clientId: string, clean: boolean): Qos2Handshakes {
    const known = this.#sleeping.get(clientId);
    this.#sleeping.delete(clientId);
    return clean || known === undefined ? new Qos2Handshakes() : known;
  }

  end(clientId: string, clean: boolean, handshakes: Qos2Handshakes): void {
    if (clean || handshakes.size === 0) return;
    this.#sleeping.set(clientId, handshakes);
    if (this.#sleeping.size <= this.#mostSessions) return;
    for (const oldest of this.#sleeping.keys()) {
      this.#sleeping.delete(oldest);
      return;
    }
  }
}
