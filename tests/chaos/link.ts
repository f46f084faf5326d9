import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { PublishMischief } from './publish-mischief.ts';

/**
 * A TCP proxy between any two parts, on a port that stays the same: whoever is behind it may die and come back.
 *
 * - `open`: passes everything on.
 * - `cut`: drops every connection and refuses new ones.
 * - `hang`: nothing passes, nothing is closed; what was sent comes later, all at once.
 * - `slow`: every chunk comes `SLOW_MS` late, in order.
 * - `chop`: every chunk comes in fragments of a few bytes.
 * - `swallow`: requests pass, answers do not; the connections that missed one are cut at the end.
 * - `double`, `swap`: of devices, who come anew for it: see PublishMischief.
 * - `repeat`: of people, who come anew for it: whatever is said is said twice, over two connections; one is answered.
 */
export const LINK_MODES = [
  'open',
  'cut',
  'hang',
  'slow',
  'chop',
  'swallow',
  'double',
  'swap',
  'repeat',
] as const;
export type LinkMode = (typeof LINK_MODES)[number];

const SLOW_MS = 250;
const FRAGMENT_BYTES = 5;
const MOST_FRAGMENTS = 300;
/** One that is to change places with the next waits so long for it. */
const SWAP_WITHIN_MS = 100;
/** Held back at most, per direction; beyond it the sender is not read. */
const HELD_BYTES = 4 * 1024 * 1024;

export class Link {
  readonly #target: () => { host: string; port: number };
  readonly #pairs = new Set<Pair>();
  readonly #server: Server;
  #mode: LinkMode = 'open';
  #watch: { text: string; act: () => void } | undefined;

  constructor(target: () => { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  get mode(): LinkMode {
    return this.#mode;
  }

  set mode(mode: LinkMode) {
    this.#mode = mode;
    if (['cut', 'double', 'swap', 'repeat'].includes(mode)) for (const pair of this.#pairs) pair.end();
    for (const pair of this.#pairs) {
      if (pair.missedAnAnswer && mode !== 'swallow') pair.end();
      else pair.pump();
    }
  }

  /** Once, as soon as a request that contains `text` has been passed on; its answer is not. */
  afterRequest(text: string, act: () => void): void {
    this.#watch = { text, act };
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) pair.end();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    if (this.#mode === 'cut') {
      client.destroy();
      return;
    }
    if (this.#mode === 'repeat') repeat(client, connect(this.#target()));
    const pair: Pair = new Pair(
      client,
      connect(this.#target()),
      () => this.#mode,
      () => this.#pairs.delete(pair),
    );
    pair.onRequest = (data) => {
      const watch = this.#watch;
      if (watch === undefined || !data.includes(watch.text)) return false;
      this.#watch = undefined;
      setImmediate(watch.act);
      return true;
    };
    this.#pairs.add(pair);
  }
}

interface Held {
  data: Buffer;
  at: number;
}

class Pair {
  missedAnAnswer = false;
  onRequest: (data: Buffer) => boolean = () => false;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #mode: () => LinkMode;
  readonly #onEnd: () => void;
  readonly #mischief: PublishMischief | undefined;
  readonly #up: Held[] = [];
  readonly #down: Held[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(client: Socket, server: Socket, mode: () => LinkMode, onEnd: () => void) {
    this.#client = client;
    this.#server = server;
    this.#mode = mode;
    this.#onEnd = onEnd;
    this.#mischief = mode() === 'double' || mode() === 'swap' ? new PublishMischief() : undefined;
    client.on('data', (data: Buffer) => {
      if (this.onRequest(data)) this.missedAnAnswer = true;
      for (const part of this.#meddledWith(data)) this.#take(this.#up, client, part);
    });
    server.on('data', (data: Buffer) => {
      if (this.missedAnAnswer || mode() === 'swallow') this.missedAnAnswer = true;
      else this.#take(this.#down, server, data);
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.end());
      socket.on('close', () => this.end());
    }
  }

  #meddledWith(data: Buffer): Buffer[] {
    const mischief = this.#mischief;
    if (mischief === undefined) return [data];
    const mode = this.#mode();
    const passed = mischief.pass(data, mode === 'double' || mode === 'swap' ? mode : undefined);
    if (mischief.keeps)
      setTimeout(() => {
        for (const part of mischief.flush()) this.#take(this.#up, this.#client, part);
      }, SWAP_WITHIN_MS);
    return passed;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#client.destroy();
    this.#server.destroy();
    this.#onEnd();
  }

  /** Passes on what is due. */
  pump(): void {
    clearTimeout(this.#timer);
    const mode = this.#mode();
    if (mode === 'hang') return;
    const now = Date.now();
    for (const [queue, from, to] of [
      [this.#up, this.#client, this.#server],
      [this.#down, this.#server, this.#client],
    ] as const) {
      const latest = mode === 'slow' ? now : Infinity;
      for (let held = queue[0]; held !== undefined && held.at <= latest; held = queue[0]) {
        queue.shift();
        const { data } = held;
        if (mode === 'chop') writeChopped(to, data);
        else to.write(data);
      }
      if (queue.length === 0) from.resume();
    }
    const next = Math.min(this.#up[0]?.at ?? Infinity, this.#down[0]?.at ?? Infinity);
    if (next !== Infinity) this.#timer = setTimeout(() => this.pump(), Math.max(1, next - now));
  }

  #take(queue: Held[], from: Socket, data: Buffer): void {
    queue.push({ data, at: this.#mode() === 'slow' ? Date.now() + SLOW_MS : 0 });
    if (queue.reduce((sum, held) => sum + held.data.length, 0) > HELD_BYTES) from.pause();
    this.pump();
  }
}

/** Says to another what the client says, and hears no answer. */
function repeat(client: Socket, other: Socket): void {
  client.on('data', (data: Buffer) => void other.write(data));
  client.on('close', () => other.destroy());
  other.on('error', () => undefined);
  other.resume();
}

function writeChopped(to: Socket, data: Buffer): void {
  let at = 0;
  for (let n = 0; n < MOST_FRAGMENTS && at < data.length; n += 1, at += FRAGMENT_BYTES)
    to.write(data.subarray(at, at + FRAGMENT_BYTES));
  if (at < data.length) to.write(data.subarray(at));
}
