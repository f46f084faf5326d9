import { systemClock } from '../../platform/clock.ts';
import { sleep } from '../sleep.ts';

/**
 * The public HTTP API as any program outside uses it: JSON in and out, a bearer token, problem details as errors. A
 * refusal (4xx) is a value, for many are expected here (409 on a second seeding); what is not an answer is thrown.
 */
export interface Answer {
  status: number;
  body: unknown;
}

export class ApiError extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(call: string, answer: Answer) {
    super(`${call}: ${answer.status} ${detailOf(answer.body)}`);
    this.status = answer.status;
    this.body = answer.body;
  }
}

/** An answer that takes longer is a fault, not a wait. */
const ANSWER_WITHIN_MS = 15_000;
const UNAVAILABLE = 503;
const ATTEMPTS = 4;
const AGAIN_AFTER_MS = 400;

export class ApiClient {
  readonly baseUrl: string;
  readonly token: string | undefined;

  /** `baseUrl` without a path, e.g. `http://127.0.0.1:8080`. */
  constructor(baseUrl: string, token?: string) {
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.token = token;
  }

  /** A client with that user's session. */
  static async logIn(baseUrl: string, username: string, password: string): Promise<ApiClient> {
    const { token } = await new ApiClient(baseUrl).call('POST', '/session', { username, password });
    if (typeof token !== 'string') throw new Error('POST /session answered without a token');
    return new ApiClient(baseUrl, token);
  }

  /** Any answer below 500; a 503 asks to be tried again, and is, for a while. */
  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#once(method, path, body);
      if (answer.status < 500) return answer;
      if (answer.status !== UNAVAILABLE || attempt === ATTEMPTS)
        throw new ApiError(`${method} ${path}`, answer);
      await sleep(systemClock, AGAIN_AFTER_MS * attempt);
    }
  }

  async #once(method: string, path: string, body: unknown): Promise<Answer> {
    const response = await fetch(`${this.baseUrl}/api/v1${path}`, {
      method,
      headers: this.headers(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return { status: response.status, body: parse(await response.text()) };
  }

  /** The answer's object; throws `ApiError` for everything but 2xx. */
  async call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 300) throw new ApiError(`${method} ${path}`, answer);
    return isRecord(answer.body) ? answer.body : {};
  }

  /** All items of a list, page by page. `path` may hold a query. */
  async *list(path: string): AsyncGenerator<Record<string, unknown>> {
    let cursor: unknown;
    do {
      const more = typeof cursor === 'string' ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page = await this.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=1000${more}`);
      for (const item of Array.isArray(page['items']) ? (page['items'] as unknown[]) : [])
        if (isRecord(item)) yield item;
      cursor = page['nextCursor'];
    } while (typeof cursor === 'string' && cursor !== '');
  }

  headers(more: Record<string, string> = {}): Record<string, string> {
    return this.token === undefined ? more : { ...more, authorization: `Bearer ${this.token}` };
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function detailOf(body: unknown): string {
  if (!isRecord(body)) return typeof body === 'string' ? body.slice(0, 200) : '';
  const text = [body['title'], body['detail']].filter((part) => typeof part === 'string').join(': ');
  return text === '' ? JSON.stringify(body).slice(0, 300) : text;
}
