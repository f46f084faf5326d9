import type { Random } from '../../devices-sim/random.ts';
import type { Order } from '../../schemas/order.ts';
import type { DeskClient } from './desk-client.ts';
import type { History } from './history.ts';
import { pause } from './pause.ts';

/** A caregiver with the page open: takes most offers, turns some down, overlooks others, and does the visits. */
export class ChaosCaregiver {
  readonly #client: DeskClient;
  readonly #caregiverId: string;
  readonly #random: Random;
  readonly #history: History;
  #running = true;
  #done: Promise<void> = Promise.resolve();

  constructor(options: { client: DeskClient; caregiverId: string; random: Random; history: History }) {
    this.#client = options.client;
    this.#caregiverId = options.caregiverId;
    this.#random = options.random;
    this.#history = options.history;
  }

  start(): void {
    this.#done = this.#work();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #work(): Promise<void> {
    while (this.#running) {
      await pause(this.#random.between(400, 900));
      const { status, body } = await this.#client.ask('GET', '/orders?limit=20');
      if (status !== 200) continue;
      for (const order of body.items as Order[]) if (this.#running) await this.#lookAt(order);
    }
  }

  async #lookAt(order: Order): Promise<void> {
    const mine = order.caregiverId === this.#caregiverId;
    const asked = order.offers.some(
      (offer) => offer.caregiverId === this.#caregiverId && offer.outcome === null,
    );
    const roll = this.#random.next();
    if (asked && roll < 0.6) await this.#say(order, 'accept', {});
    else if (asked && roll < 0.75) await this.#say(order, 'decline', { reason: '在路上' });
    else if (mine && order.state === 'accepted') await this.#say(order, 'depart', {});
    else if (mine && order.state === 'en_route') await this.#say(order, 'arrive', {});
    else if (mine && order.state === 'on_scene') await this.#say(order, 'complete', { notes: '平安' });
  }

  async #say(order: Order, verb: string, body: unknown): Promise<void> {
    const { status } = await this.#client.ask('POST', `/orders/${order.id}/${verb}`, body);
    this.#history.command({
      who: this.#client.who,
      object: 'order',
      id: order.id,
      verb,
      status,
      caregiverId: this.#caregiverId,
    });
  }
}
