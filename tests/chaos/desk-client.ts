import type { History } from './history.ts';

export interface Reply {
  status: number | undefined;
  // Whatever the service says; readers look for what they need.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

const ANSWER_WITHIN_MS = 8_000;
/** Passwords are hashed one at a time, on purpose slowly. */
const LOGIN_WITHIN_MS = 30_000;

/** A person's way to the service, that may be cut at any moment. Logs in when it must; sessions outlive every crash. */
export class DeskClient {
  readonly who: string;
  readonly #base: string;
  readonly #password: string;
  readonly #history: History;
  #token: string | undefined;
  #loggingIn: Promise<void> | undefined;

  constructor(base: string, who: string, password: string, history: History) {
    this.#base = base;
    this.who = who;
    this.#password = password;
    this.#history = history;
  }

  /** undefined: not now. */
  async token(): Promise<string | undefined> {
    if (this.#token === undefined) {
      this.#loggingIn ??= this.#logIn().finally(() => (this.#loggingIn = undefined));
      await this.#loggingIn;
    }
    return this.#token;
  }

  async #logIn(): Promise<void> {
    const body = { username: this.who, password: this.#password };
    const reply = await this.#send('POST', '/session', body, LOGIN_WITHIN_MS);
    if (reply.status === 200) this.#token = reply.body.token as string;
    else if (reply.status === 401) this.#history.oddities.push(`${this.who}: its password is refused`);
  }

  async ask(method: string, path: string, body?: unknown): Promise<Reply> {
    if ((await this.token()) === undefined) return { status: undefined, body: undefined };
    const reply = await this.#send(method, path, body);
    if (reply.status === 401) this.#history.oddities.push(`${this.who}: 401 in a live session on ${path}`);
    if (reply.status === 500)
      this.#history.oddities.push(`${this.who}: 500 on ${method} ${path}: ${JSON.stringify(reply.body)}`);
    return reply;
  }

  /** Server-sent events from here on; the caller reads. */
  async stream(lastEventId: number | undefined, signal: AbortSignal): Promise<Response | undefined> {
    const token = await this.token();
    if (token === undefined) return undefined;
    return fetch(`${this.#base}/api/v1/stream`, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId !== undefined && { 'last-event-id': String(lastEventId) }),
      },
      signal,
    });
  }

  async #send(method: string, path: string, body?: unknown, withinMs = ANSWER_WITHIN_MS): Promise<Reply> {
    try {
      const response = await fetch(`${this.#base}/api/v1${path}`, {
        method,
        signal: AbortSignal.timeout(withinMs),
        headers: {
          ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    } catch {
      return { status: undefined, body: undefined };
    }
  }
}
