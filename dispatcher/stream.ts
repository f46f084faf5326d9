import type { Pool } from '../platform/database.ts';
import type { Log } from '../platform/log.ts';
import type { Words } from './personal/words.ts';
import type { StreamEvent, StreamSource } from './ports.ts';

/** Rows read at once while catching up. */
const PAGE = 1000;

interface Row {
  no: number;
  type: string;
  street: string | null;
  data: string;
}

/**
 * The numbered events, in order and without a gap, to everybody in this process. What this server's relay numbers is
 * handed on at once; what another server numbered in between is read first.
 */
export class Stream implements StreamSource {
  readonly #pool: Pool;
  readonly #log: Log;
  /** Absent: nothing in the events is sealed. */
  readonly #words: Pick<Words, 'open' | 'openNow'> | undefined;
  readonly #listeners = new Set<(event: StreamEvent) => void>();
  /** Number of the last event handed on; undefined before the start. */
  #last: number | undefined;
  #catchingUp: Promise<void> | undefined;
  #again = false;

  constructor(deps: { pool: Pool; log: Log; words?: Pick<Words, 'open' | 'openNow'> }) {
    this.#pool = deps.pool;
    this.#words = deps.words;
    this.#log = deps.log;
  }

  async start(): Promise<void> {
    this.#last ??= await this.head();
  }

  async head(): Promise<number> {
    const { rows } = await this.#pool.query<{ no: number }>('select no from stream_head');
    return rows[0]?.no ?? 0;
  }

  async after(no: number, limit: number): Promise<{ events: StreamEvent[] } | { reset: true }> {
    const events = await this.#read(no, limit);
    if (events[0]?.no === no + 1) return { events };
    const head = await this.head();
    if (head === no) return { events: [] };
    // Published between the two questions, or really gone.
    const again = await this.#read(no, limit);
    return again[0]?.no === no + 1 ? { events: again } : { reset: true };
  }

  async #read(no: number, limit: number): Promise<StreamEvent[]> {
    const { rows } = await this.#pool.query<Row>({
      name: 'stream_after',
      text: `select stream_no as no, type, street, data::text as data from outbox
             where stream_no > $1 order by stream_no limit $2`,
      values: [no, limit],
    });
    return Promise.all(rows.map((row) => this.#opened(row)));
  }

  /** With a look for keys that another process has made. */
  async #opened(row: StreamEvent): Promise<StreamEvent> {
    const words = this.#words;
    if (words === undefined) return row;
    const data = words.openNow(row.data) ?? JSON.stringify(await words.open(JSON.parse(row.data)));
    return data === row.data ? row : { ...row, data };
  }

  subscribe(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get subscribers(): number {
    return this.#listeners.size;
  }

  /** Events that this server's relay has just numbered, ascending. */
  publish(events: readonly StreamEvent[]): void {
    const [first] = events;
    if (first === undefined || this.#last === undefined) return;
    const opened = this.#openedNow(events);
    if (this.#catchingUp === undefined && first.no === this.#last + 1 && opened !== undefined)
      this.#emit(opened);
    else this.poke();
  }

  #openedNow(events: readonly StreamEvent[]): readonly StreamEvent[] | undefined {
    const words = this.#words;
    if (words === undefined) return events;
    const opened: StreamEvent[] = [];
    for (const event of events) {
      const data = words.openNow(event.data);
      if (data === undefined) return undefined;
      opened.push(data === event.data ? event : { ...event, data });
    }
    return opened;
  }

  /** Another server may have numbered something. */
  poke(): void {
    if (this.#last === undefined) return;
    this.#again = true;
    this.#catchingUp ??= this.#catchUp()
      .catch((error: unknown) =>
        this.#log.warn({ err: error }, 'stream not read, trying again at the next poll'),
      )
      .finally(() => {
        this.#catchingUp = undefined;
      });
  }

  /** Everything asked for by `poke` until now has been handed on. */
  async settled(): Promise<void> {
    await this.#catchingUp;
  }

  async #catchUp(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      for (let more = true; more;) {
        const events = await this.#read(this.#last ?? 0, PAGE);
        this.#emit(events);
        more = events.length === PAGE;
      }
    }
  }

  #emit(events: readonly StreamEvent[]): void {
    for (const event of events) {
      if (event.no <= (this.#last ?? 0)) continue;
      this.#last = event.no;
      for (const listener of this.#listeners) this.#tell(listener, event);
    }
  }

  /** One listener's fault is not another's. */
  #tell(listener: (event: StreamEvent) => void, event: StreamEvent): void {
    try {
      listener(event);
    } catch (error) {
      this.#log.error({ err: error, no: event.no }, 'a listener of the stream failed');
    }
  }
}
