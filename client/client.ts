import type { ServiceApi } from './service-api.ts';

export type * from './service-api.ts';

export type Route = keyof ServiceApi;
/** What a route takes: path parameters, query and body, as the service's OpenAPI document says. */
export type Input<R extends Route> = Omit<ServiceApi[R], 'answer'>;
export type AnswerOf<R extends Route> = ServiceApi[R]['answer'];

/** A refusal, as the service words it (RFC 9457). `code` is stable; 409 carries the object as it is. */
export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Readonly<Record<string, unknown>>;
  constructor(status: number, problem: Readonly<Record<string, unknown>>) {
    super(typeof problem['detail'] === 'string' ? problem['detail'] : `answered ${status}`);
    this.status = status;
    this.code = typeof problem['code'] === 'string' ? problem['code'] : 'unknown';
    this.problem = problem;
  }
}

/** An event of the stream. After `reset` read the lists again: what happened in between is no longer kept. */
export interface StreamedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

export interface ClientOptions {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** Of an earlier login; see `login`. */
  readonly token?: string;
  readonly fetch?: typeof fetch;
}

const BASE = '/api/v1';
const COME_BACK_MS = 2_000;
/** The service says something every 15 s; a line that is silent for longer is dead. */
const SILENT_AFTER_MS = 35_000;

/** The service's API, typed by its own document. Runs in Node.js ≥ 20 and in browsers; no dependencies. */
export class YinlingClient {
  readonly #url: string;
  readonly #fetch: typeof fetch;
  #token: string | undefined;

  constructor({ url, token, fetch: given = fetch }: ClientOptions) {
    this.#url = url.replace(/\/$/, '') + BASE;
    this.#token = token;
    this.#fetch = given;
  }

  /** Logs in; every later call is this user's. */
  async login(username: string, password: string): Promise<AnswerOf<'POST /session'>> {
    const session = await this.call('POST /session', { body: { username, password } });
    this.#token = session.token;
    return session;
  }

  /** `await client.call('POST /alerts/{id}/note', { params: { id }, body: { text: 'on my way' } })` */
  async call<R extends Route>(route: R, input: Input<R>): Promise<AnswerOf<R>> {
    const [method = 'GET', pattern = ''] = route.split(' ');
    const { params, query, body } = input as {
      params?: Readonly<Record<string, string>>;
      query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
      body?: unknown;
    };
    const path = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(params?.[name] ?? ''),
    );
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {}))
      if (value !== undefined) given.set(name, typeof value === 'object' ? value.join(',') : String(value));
    const search = given.toString();
    const response = await this.#fetch(`${this.#url}${path}${search === '' ? '' : `?${search}`}`, {
      method,
      headers: { ...this.#headers(), ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new ServiceError(response.status, objectOf(text));
    return (text === '' ? undefined : JSON.parse(text)) as AnswerOf<R>;
  }

  /**
   * Alarms, orders and the rest as they happen, from now on or after `after` (a list's `streamId`, or the last `id`),
   * without a gap: a connection that is lost is opened again where it ended. Ends with `signal`, or with a refusal.
   */
  async *stream(options: { after?: string; signal?: AbortSignal } = {}): AsyncGenerator<StreamedEvent> {
    const { signal } = options;
    let last = options.after;
    const over = (): boolean => signal?.aborted === true;
    while (!over()) {
      const line = new AbortController();
      const giveUp = (): void => line.abort();
      signal?.addEventListener('abort', giveUp, { once: true });
      let silence = setTimeout(giveUp, SILENT_AFTER_MS);
      try {
        const response = await this.#fetch(`${this.#url}/stream`, {
          headers: {
            ...this.#headers(),
            accept: 'text/event-stream',
            ...(last !== undefined && { 'last-event-id': last }),
          },
          signal: line.signal,
        });
        if (!response.ok && response.status < 500)
          throw new ServiceError(response.status, objectOf(await response.text()));
        if (!response.ok || response.body === null) throw new Error(`answered ${response.status}`);
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        let text = '';
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          clearTimeout(silence);
          silence = setTimeout(giveUp, SILENT_AFTER_MS);
          const frames = (text + decoder.decode(value, { stream: true })).split('\n\n');
          text = frames.pop() ?? '';
          for (const frame of frames) {
            const event = eventOf(frame);
            last = event.id ?? last;
            if (event.type !== undefined && event.data !== undefined)
              yield { id: last ?? '', type: event.type, data: JSON.parse(event.data) as unknown };
          }
        }
      } catch (error) {
        if (error instanceof ServiceError) throw error;
      } finally {
        clearTimeout(silence);
        signal?.removeEventListener('abort', giveUp);
        line.abort();
      }
      if (!over()) await new Promise((resolve) => setTimeout(resolve, COME_BACK_MS));
    }
  }

  #headers(): Record<string, string> {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
  }
}

function eventOf(frame: string): { id?: string; type?: string; data?: string } {
  const fields = new Map(
    frame.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const [id, type, data] = [fields.get('id'), fields.get('event'), fields.get('data')];
  return {
    ...(id !== undefined && { id }),
    ...(type !== undefined && { type }),
    ...(data !== undefined && { data }),
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
