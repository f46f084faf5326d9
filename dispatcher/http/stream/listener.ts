import type { StreamSource } from '../../ports.ts';
import { eventInScope, type Scope } from '../scope.ts';
import { beatFrame, encodeEvent, type EncodedEvent, openingFrame, resetFrame } from './frames.ts';

/** The connection, as far as a listener needs it. */
export interface Sink {
  write(chunk: Buffer): void;
  /** Bytes written that the peer has not taken. */
  readonly bufferedBytes: number;
  /** Resolves when `bufferedBytes` has gone down, or the connection is gone. */
  drained(): Promise<void>;
  /** Ends the connection at once. */
  destroy(): void;
}

export interface ListenerLimits {
  /** Beyond it a connection is dropped: the browser comes back and resumes. */
  bufferedBytes: number;
  /** Events held back during a replay; beyond it they are let go and read again. */
  waitingEvents: number;
  /** Events read at once. */
  page: number;
  canaries?: Canaries;
}
/** Whether canaries' alarms are sent: not at all, beside everything else, or alone. */
export type Canaries = 'none' | 'too' | 'only';
export const LISTENER_LIMITS: ListenerLimits = {
  bufferedBytes: 4 * 1024 * 1024,
  waitingEvents: 2_000,
  page: 500,
};

/**
 * One open stream. Events come from two sides: read (after Last-Event-ID) and live. Live ones are held back until
 * reading has reached them, so each is sent once, in order, without a gap.
 */
export class StreamListener {
  readonly #sink: Sink;
  readonly #source: Pick<StreamSource, 'head' | 'after'>;
  readonly #limits: ListenerLimits;
  #scope: Scope;
  #live = false;
  #closed = false;
  #waiting: EncodedEvent[] = [];
  #letGo = false;
  /** Everything up to it has been sent, or decided to be none of this listener's business. */
  #decidedNo = 0;
  /** Last `id:` that was written. */
  #toldNo = 0;

  constructor(
    sink: Sink,
    source: Pick<StreamSource, 'head' | 'after'>,
    scope: Scope,
    limits = LISTENER_LIMITS,
  ) {
    this.#sink = sink;
    this.#source = source;
    this.#scope = scope;
    this.#limits = limits;
  }

  set scope(scope: Scope) {
    this.#scope = scope;
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  /** A live event. Must be connected to the live side before `start`, or there would be a gap. */
  offer(event: EncodedEvent): void {
    if (this.#closed) return;
    if (this.#live) {
      this.#decide(event);
    } else if (this.#waiting.length < this.#limits.waitingEvents) {
      this.#waiting.push(event);
    } else {
      this.#waiting = [];
      this.#letGo = true;
    }
  }

  /** `after`: Last-Event-ID; undefined: from now on. `opened` is called once it is known where the stream begins. */
  async start(after: number | undefined, opened: () => void): Promise<void> {
    const head = await this.#source.head();
    const known = after === undefined || (after >= 0 && after <= head);
    this.#decidedNo = after !== undefined && known ? after : head;
    opened();
    this.#tell(openingFrame(this.#decidedNo), this.#decidedNo);
    if (!known) this.#reset(head);
    else if (after !== undefined && after < head) await this.#replay();
    await this.#join();
  }

  /** Something beside the numbered events; lost on whoever is not yet connected to them. */
  aside(frame: Buffer): void {
    if (this.#closed || !this.#live) return;
    this.#tell(frame, this.#toldNo);
    this.#dropIfSlow();
  }

  get scope(): Scope {
    return this.#scope;
  }

  beat(): void {
    if (this.#closed) return;
    const moved = this.#live && this.#decidedNo > this.#toldNo ? this.#decidedNo : undefined;
    this.#tell(beatFrame(moved), moved ?? this.#toldNo);
    this.#dropIfSlow();
  }

  async #replay(): Promise<void> {
    for (;;) {
      this.#letGo = false;
      const page = await this.#source.after(this.#decidedNo, this.#limits.page);
      if (this.#closed) return;
      if ('reset' in page) return this.#reset(await this.#source.head());
      for (const event of page.events) this.#decide(encodeEvent(event));
      if (page.events.length < this.#limits.page && !this.#letGo) return;
      await this.#sink.drained();
    }
  }

  /** Sends what was held back, and is live from then on, in one go. */
  async #join(): Promise<void> {
    while (this.#letGo && !this.#closed) await this.#replay();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#live = true;
    for (const event of waiting) this.#decide(event);
  }

  #decide(event: EncodedEvent): void {
    if (this.#closed || event.no <= this.#decidedNo) return;
    this.#decidedNo = event.no;
    if (
      this.#limits.canaries === 'only' ? !event.synthetic : event.synthetic && this.#limits.canaries !== 'too'
    )
      return;
    if (!eventInScope(this.#scope, event, () => event.facts())) return;
    this.#tell(event.frame, event.no);
    if (this.#live) this.#dropIfSlow();
  }

  #reset(head: number): void {
    this.#decidedNo = head;
    this.#tell(resetFrame(head), head);
  }

  #tell(frame: Buffer, no: number): void {
    if (this.#closed) return;
    this.#sink.write(frame);
    this.#toldNo = no;
  }

  #dropIfSlow(): void {
    if (this.#sink.bufferedBytes <= this.#limits.bufferedBytes) return;
    this.close();
    this.#sink.destroy();
  }
}
