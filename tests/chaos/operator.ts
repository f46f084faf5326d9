import type { Random } from '../../devices-sim/random.ts';
import type { Alert } from '../../schemas/alert.ts';
import type { Order } from '../../schemas/order.ts';
import type { DeskClient } from './desk-client.ts';
import type { History, StreamRecord } from './history.ts';
import { pause } from './pause.ts';

/** A stream that is silent for longer than two beats is given up. */
const SILENCE_MS = 32_000;

/** An operator: follows the stream over every break, and deals with what it shows. */
export class ChaosOperator {
  readonly #client: DeskClient;
  readonly #random: Random;
  readonly #history: History;
  readonly #homes: readonly string[];
  /** Served by the bank's volunteers, who are paid in minutes. */
  readonly #volunteers: readonly string[];
  readonly #alerts = new Map<string, Alert>();
  readonly #orders = new Map<string, Order>();
  readonly #stream: StreamRecord;
  #last: number | undefined;
  #running = true;
  #abort = new AbortController();
  #done: Promise<unknown> = Promise.resolve();

  constructor(options: {
    client: DeskClient;
    random: Random;
    history: History;
    homes: readonly string[];
    volunteers: readonly string[];
  }) {
    this.#client = options.client;
    this.#random = options.random;
    this.#history = options.history;
    this.#homes = options.homes;
    this.#volunteers = options.volunteers;
    this.#stream = {
      who: options.client.who,
      from: -1,
      seen: [],
      resets: 0,
      connections: 0,
      disorder: [],
    };
    this.#history.streams.push(this.#stream);
  }

  start(): void {
    this.#done = Promise.all([this.#follow(), this.#work()]);
  }

  get follows(): boolean {
    return this.#stream.from >= 0;
  }

  /** The number of the last event it has been shown. */
  get shownUpTo(): number {
    return this.#last ?? -1;
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#abort.abort();
    await this.#done;
  }

  async #follow(): Promise<void> {
    let endedAt: number | undefined;
    while (this.#running) {
      this.#abort = new AbortController();
      const silent = setTimeout(() => this.#abort.abort(), SILENCE_MS);
      try {
        const response = await this.#client.stream(this.#last, this.#abort.signal);
        if (response?.status === 200 && response.body !== null) {
          this.#stream.connections += 1;
          if (endedAt !== undefined) this.#history.streamBackMs.push(Date.now() - endedAt);
          endedAt = undefined;
          await this.#read(response.body, () => silent.refresh());
        }
      } catch {
        // Cut: it comes back where it was.
      }
      clearTimeout(silent);
      if (this.follows) endedAt ??= Date.now();
      await pause(this.#random.between(50, 400));
    }
  }

  async #read(body: ReadableStream<Uint8Array>, heard: () => void): Promise<void> {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      heard();
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.#frame(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
  }

  #frame(frame: string): void {
    const fields = new Map(
      frame
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
    );
    const id = fields.get('id');
    const event = fields.get('event');
    if (id === undefined) return;
    const no = Number(id);
    const stream = this.#stream;
    if (event === 'reset') {
      stream.resets += 1;
      stream.from = no;
      stream.seen = [];
    } else if (event === undefined) {
      if (stream.from < 0) stream.from = no;
    } else {
      if (no <= (this.#last ?? -1)) stream.disorder.push(`${no} after ${this.#last}`);
      stream.seen.push(no);
      const data: unknown = JSON.parse(fields.get('data') ?? 'null');
      if (event === 'alert') this.#shown(data as Alert);
      if (event === 'order') this.#orders.set((data as Order).id, data as Order);
    }
    this.#last = Math.max(no, this.#last ?? -1);
  }

  #shown(alert: Alert): void {
    const before = this.#alerts.get(alert.id)?.timeline.length ?? 0;
    const byItself = alert.timeline
      .slice(before)
      .some(({ what, by }) => by === 'system' && (what === 'escalated' || what === 'order_offered'));
    // Only what comes now, not what is caught up with
    if (byItself && before > 0) this.#history.escalated(Date.now());
    this.#alerts.set(alert.id, alert);
  }

  async #work(): Promise<void> {
    const random = this.#random;
    while (this.#running) {
      await pause(random.between(80, 300));
      const waiting = [...this.#alerts.values()].filter(({ state }) => state !== 'resolved');
      const alert = waiting[random.int(0, Math.max(0, waiting.length - 1))];
      if (alert !== undefined) await this.#dealWith(alert);
      if (this.#volunteers.length > 0 && random.chance(0.15)) await this.#sendVolunteer();
    }
  }

  async #dealWith(alert: Alert): Promise<void> {
    const roll = this.#random.next();
    if (alert.state === 'acknowledged') {
      if (roll < 0.6) await this.#alertCommand(alert, 'resolve', { disposition: 'assisted', note: '好了' });
      else if (roll < 0.75) await this.#alertCommand(alert, 'note', { text: '已联系' });
    } else if (roll < 0.35)
      await this.#alertCommand(alert, 'acknowledge', { expectedVersion: alert.version });
    else if (roll < 0.5) await this.#alertCommand(alert, 'dispatch', {});
    else if (roll < 0.55) await this.#alertCommand(alert, 'escalate', {});
    // else: nobody answers, and it goes out by itself.
  }

  async #alertCommand(alert: Alert, verb: string, body: unknown): Promise<void> {
    const { status } = await this.#client.ask('POST', `/alerts/${alert.id}/${verb}`, body);
    this.#history.command({ who: this.#client.who, object: 'alert', id: alert.id, verb, status });
  }

  /** An errand by telephone, done at once: a deposit in the time bank. */
  async #sendVolunteer(): Promise<void> {
    const homeId = this.#homes[this.#random.int(0, this.#homes.length - 1)];
    const caregiverId = this.#volunteers[this.#random.int(0, this.#volunteers.length - 1)];
    const made = await this.#client.ask('POST', '/orders', { homeId, service: 'errand' });
    if (made.status === undefined || made.status >= 300 || caregiverId === undefined) return;
    const id = made.body.id as string;
    for (const verb of ['accept', 'depart', 'arrive', 'complete']) {
      const { status } = await this.#client.ask('POST', `/orders/${id}/${verb}`, { caregiverId });
      this.#history.command({ who: this.#client.who, object: 'order', id, verb, status, caregiverId });
      if (status !== 200) return;
    }
  }
}
