import type { Clock } from '../platform/clock.ts';

export interface StreamReaderOptions {
  /** The service's own address, `http://…`. */
  readonly url: string;
  readonly token: string;
  readonly clock: Clock;
  readonly onAlert: (event: { no: number; data: string }) => void;
}

const AGAIN_AFTER_MS = 1_000;
/** The stream has a comment every 15 s; a connection without one is dead though nobody has said so. */
const SILENT_AFTER_MS = 20_000;

/** An operator's screen, as far as the canary needs one: the event stream over HTTP, opened again whenever it ends. */
export class StreamReader {
  readonly #options: StreamReaderOptions;
  #stop = new AbortController();
  #reading: Promise<void> = Promise.resolve();

  constructor(options: StreamReaderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stop = new AbortController();
    this.#reading = this.#readOn(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  async #readOn(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const quiet = new AbortController();
      await this.#read(AbortSignal.any([stop, quiet.signal]), () => quiet.abort()).catch(() => undefined); // what is not seen is told by the canary
      if (!stop.aborted) await this.#pause(stop);
    }
  }

  async #read(signal: AbortSignal, onSilence: () => void): Promise<void> {
    const { url, token, clock } = this.#options;
    let cancel = clock.setTimer(SILENT_AFTER_MS, onSilence);
    try {
      const response = await fetch(`${url}/api/v1/stream?synthetic=only`, {
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
        signal,
      });
      if (!response.ok || response.body === null) throw new Error(`the stream answered ${response.status}`);
      let text = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body) {
        cancel();
        cancel = clock.setTimer(SILENT_AFTER_MS, onSilence);
        const frames = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
        text = frames.pop() ?? '';
        for (const frame of frames) this.#take(frame);
      }
    } finally {
      cancel();
    }
  }

  #take(frame: string): void {
    const fields = new Map(
      frame.split('\n').map((line): [string, string] => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
    );
    const data = fields.get('data');
    if (fields.get('event') === 'alert' && data !== undefined)
      this.#options.onAlert({ no: Number(fields.get('id')), data });
  }

  #pause(stop: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.setTimer(AGAIN_AFTER_MS, resolve);
      stop.addEventListener(
        'abort',
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }
}
