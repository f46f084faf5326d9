import type { Random } from '../../devices-sim/random.ts';
import type { Dispatcher } from '../../dispatcher/dispatcher.ts';
import type { Actor, CommandResult, StreamEvent } from '../../dispatcher/ports.ts';
import type { Alert } from '../../schemas/alert.ts';
import type { Order } from '../../schemas/order.ts';
import type { Life } from './life.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { Service } from './service.ts';
import type { VirtualTime } from './virtual-time.ts';

const MINUTE_MS = 60_000;
/** Whoever gets no answer asks again. */
const NO_ANSWER_MS = 20_000;
const MOST_TRIES = 20;

/** A command that was answered with yes. */
export interface Promised {
  readonly what: string;
  readonly id: string;
  readonly by: string;
}

type Verb = 'accept' | 'decline' | 'depart' | 'arrive' | 'checkIn' | 'complete' | 'handOver';

/**
 * Operators and caregivers, as the stream finds them: they answer, forget, go away, accept, decline, ignore, accept too
 * late, arrive, forget to say so. The stream is followed as a console does it: after a break from the last number on.
 */
export class People {
  readonly promised: Promised[] = [];
  readonly refused = new Map<string, number>();
  readonly disorder: string[] = [];
  seen = 0;
  present = true;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #service: Service;
  readonly #db: MemoryDatabase;
  readonly #alive: () => boolean;
  /** What is being thought about, so that nobody does everything twice. */
  readonly #busy = new Set<string>();
  /** Peace: everything is answered, soon. */
  diligent = false;

  constructor(deps: {
    time: VirtualTime;
    random: Random;
    service: Service;
    db: MemoryDatabase;
    alive: () => boolean;
  }) {
    this.#time = deps.time;
    this.#random = deps.random;
    this.#service = deps.service;
    this.#db = deps.db;
    this.#alive = deps.alive;
  }

  start(): void {
    this.#service.onDispatcher = (dispatcher, life) => void this.#follow(dispatcher, life);
    this.#comeAndGo();
  }

  #comeAndGo(): void {
    const forMs = this.#random.exponential(this.present ? 6 * 60 * MINUTE_MS : 30 * MINUTE_MS);
    this.#time.after(forMs, 'the desk', () => {
      if (!this.#alive()) return;
      this.present = !this.present;
      this.#service.stir();
      this.#comeAndGo();
    });
  }

  async #follow(dispatcher: Dispatcher, life: Life): Promise<void> {
    const early: StreamEvent[] = [];
    let caughtUp = false;
    dispatcher.stream.subscribe((event) => (caughtUp ? this.#hear(event) : early.push(event)));
    for (;;) {
      const page = await dispatcher.stream.after(this.seen, 500).catch(() => undefined);
      if (!life.alive) return;
      if (page === undefined) {
        await new Promise<void>((resolve) => void life.setTimer(500, resolve));
        continue;
      }
      if ('reset' in page) {
        this.disorder.push(`the stream says reset after ${this.seen}`);
        return;
      }
      for (const event of page.events) this.#hear(event);
      if (page.events.length === 0) break;
    }
    caughtUp = true;
    for (const event of early) this.#hear(event);
  }

  #hear(event: StreamEvent): void {
    if (event.no <= this.seen) return;
    if (event.no !== this.seen + 1) this.disorder.push(`event ${event.no} follows ${this.seen}`);
    this.seen = event.no;
    if (event.type === 'alert') this.#onAlert(JSON.parse(event.data) as Alert);
    else if (event.type === 'order') this.#onOrder(JSON.parse(event.data) as Order);
  }

  // — operators —

  #onAlert(alert: Alert): void {
    if (alert.state === 'resolved' || this.#busy.has(alert.id) || !this.present) return;
    const random = this.#random;
    const grave = alert.priority <= 2;
    if (!this.diligent && random.chance(grave ? 0.3 : 0.2)) return;
    this.#busy.add(alert.id);
    const thinksMs = this.diligent ? 1_000 : random.exponential(grave ? 25_000 : 60 * MINUTE_MS);
    this.#time.after(thinksMs, `the desk looks at ${alert.id}`, () => {
      this.#busy.delete(alert.id);
      this.look(alert.id);
    });
  }

  /** At the alert as it is now. */
  look(id: string): void {
    const alert = this.#db.alerts.rows.get(id)?.doc;
    if (alert === undefined || alert.state === 'resolved') return;
    const random = this.#random;
    const by = `operator-${random.int(1, 3)}`;
    if (alert.state === 'pending') return this.#again(id, 20_000);
    if (alert.state === 'open' && alert.priority <= 2 && !this.diligent) {
      const act = random.next();
      if (act < 0.7) this.#alert(id, 'acknowledge', by);
      else if (act < 0.8) this.#alert(id, 'dispatch', by);
      else if (act < 0.85) this.#alert(id, 'escalate', by);
      else if (act < 0.9) this.#alert(id, 'note', by);
      this.#again(id, random.exponential(4 * MINUTE_MS));
      return;
    }
    if (this.diligent || random.chance(0.6)) this.#alert(id, 'resolve', by);
    else if (random.chance(0.3)) this.#alert(id, 'dispatch', by);
    this.#again(id, this.diligent ? 10_000 : random.exponential(8 * MINUTE_MS));
  }

  #again(id: string, afterMs: number): void {
    if (this.#busy.has(id) || (!this.diligent && this.#random.chance(0.15))) return;
    this.#busy.add(id);
    this.#time.after(afterMs, `the desk looks again at ${id}`, () => {
      this.#busy.delete(id);
      this.look(id);
    });
  }

  #alert(id: string, verb: 'acknowledge' | 'resolve' | 'escalate' | 'note' | 'dispatch', by: string): void {
    const actor: Actor = { username: by, role: 'operator', streets: [], caregiverId: null, address: '' };
    this.#try(`${verb} ${id}`, by, id, verb, ({ alerts: { commands } }) => {
      switch (verb) {
        case 'acknowledge':
          return commands.acknowledge(id, actor, {});
        case 'resolve':
          return commands.resolve(id, actor, { disposition: 'assisted' });
        case 'escalate':
          return commands.escalate(id, actor, {});
        case 'note':
          return commands.note(id, actor, { text: '已电话联系' });
        case 'dispatch': {
          const named = [...this.#db.town.caregivers.keys()];
          const caregiverId = this.#random.chance(0.4)
            ? named[this.#random.int(0, named.length - 1)]
            : undefined;
          return commands.dispatch(id, actor, caregiverId === undefined ? {} : { caregiverId });
        }
      }
    });
  }

  // — caregivers —

  #onOrder(order: Order): void {
    for (const { id, caregiverId, outcome, expiresAt } of order.offers) {
      if (outcome !== null || this.#busy.has(id)) continue;
      this.#busy.add(id);
      const random = this.#random;
      const act = random.next();
      const leftMs = Date.parse(expiresAt) - this.#time.now;
      if (act < 0.55) this.#order(order.id, 'accept', caregiverId, random.exponential(8_000));
      else if (act < 0.7) this.#order(order.id, 'decline', caregiverId, random.exponential(10_000));
      else if (act < 0.85) this.#order(order.id, 'accept', caregiverId, leftMs + random.normal(0, 800));
    }
    const mine = `${order.id} ${order.caregiverId}`;
    if (order.state !== 'accepted' || order.caregiverId === null || this.#busy.has(mine)) return;
    this.#busy.add(mine);
    this.#goes(order.id, order.caregiverId);
  }

  #goes(orderId: string, caregiverId: string): void {
    const random = this.#random;
    const act = random.next();
    if (act < 0.06) return this.#order(orderId, 'handOver', caregiverId, random.exponential(3 * MINUTE_MS));
    if (act < 0.1) return;
    let atMs = random.exponential(MINUTE_MS);
    if (random.chance(0.8)) this.#order(orderId, 'depart', caregiverId, atMs);
    atMs += random.exponential(9 * MINUTE_MS);
    this.#order(orderId, 'arrive', caregiverId, atMs);
    if (random.chance(0.3)) this.#order(orderId, 'checkIn', caregiverId, atMs + 5 * MINUTE_MS);
    this.#order(orderId, 'complete', caregiverId, atMs + random.exponential(25 * MINUTE_MS));
  }

  #order(id: string, verb: Verb, caregiverId: string, afterMs: number): void {
    const actor: Actor = { username: caregiverId, role: 'caregiver', streets: [], caregiverId, address: '' };
    this.#time.after(Math.max(0, afterMs), `${caregiverId} ${verb}`, () =>
      this.#try(`${verb} ${id}`, caregiverId, id, verb, ({ orders: { commands } }) => {
        switch (verb) {
          case 'decline':
            return commands.decline(id, actor, { reason: '走不开' });
          case 'handOver':
            return commands.handOver(id, actor, { reason: '车坏了' });
          default:
            return commands[verb](id, actor, {});
        }
      }),
    );
  }

  #try(
    label: string,
    by: string,
    id: string,
    what: string,
    command: (dispatcher: Dispatcher) => Promise<CommandResult<unknown>>,
    tries = 0,
  ): void {
    const { dispatcher, dispatcherLife } = this.#service;
    let answered = false;
    const again = (): void => {
      if (answered || tries >= MOST_TRIES) return;
      answered = true;
      this.#try(label, by, id, what, command, tries + 1);
    };
    this.#time.after(NO_ANSWER_MS, `${by} waits for an answer`, again);
    if (dispatcher === undefined) return;
    command(dispatcher).then(
      (result) => {
        if (answered || dispatcherLife?.alive !== true) return;
        answered = true;
        if (result.ok) this.promised.push({ what, id, by });
        else
          this.refused.set(`${what} ${result.code}`, (this.refused.get(`${what} ${result.code}`) ?? 0) + 1);
      },
      (error: unknown) => {
        if (dispatcherLife?.alive === true) this.#faults.push(`${label}: ${String(error)}`);
      },
    );
  }
  /** Commands that have failed without an answer: as a 5xx, to be tried again. */
  readonly #faults: string[] = [];
  get faults(): readonly string[] {
    return this.#faults;
  }
}
