import type { Problem } from '../model/api-types.ts';
import type { Clock } from './clock.ts';
import type { ServiceApi } from './service-api.ts';

/**
 * The service's API as values: every refusal is a named failure, nothing throws but a bug. The session is the
 * HttpOnly cookie that the service set; no script of ours ever sees a token.
 */
export type FailureKind =
  | 'network'
  | 'expired'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'invalid'
  | 'throttled'
  | 'server'
  | 'aborted';
export interface Failure {
  kind: FailureKind;
  problem: Problem | undefined;
}
export type Answer<T> = { ok: true; value: T } | ({ ok: false } & Failure);

/** What a route of the service takes: parameters, query and body, as its OpenAPI document says. */
export type Input<R extends keyof ServiceApi> = Omit<ServiceApi[R], 'answer'>;

export type AnswerOf<R extends keyof ServiceApi> = ServiceApi[R]['answer'];

export type BodyOf<R extends keyof ServiceApi> = ServiceApi[R] extends { body: infer B } ? B : never;

export interface Api {
  /** One call, typed by the service's own document; `get` and `send` are for pages made of descriptors. */
  call<R extends keyof ServiceApi>(
    route: R,
    input: Input<R>,
    signal?: AbortSignal,
  ): Promise<Answer<ServiceApi[R]['answer']>>;
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer<T>>;
  send<T>(method: 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body?: object): Promise<Answer<T>>;
  /** A CSV file as the body. */
  upload<T>(path: string, query: Query, file: Blob): Promise<Answer<T>>;
  /** A report or a registry as CSV, saved under this name. */
  download(path: string, query: Query, name: string): Promise<Answer<undefined>>;
  /** Called when the service no longer knows the session; not for a refused login. */
  onExpired: (listener: () => void) => void;
}
export type Query = Readonly<Record<string, string | number | undefined>>;
export const BASE = '/api/v1';

const JSON_HEADERS = { 'content-type': 'application/json' };
const SLOW_MS = 20_000;
/** A district's registry is tens of thousands of rows. */
const FILE_MS = 10 * 60_000;
const CSV_TYPE = 'text/csv';
const KINDS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid',
  401: 'expired',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'invalid',
  422: 'invalid',
  429: 'throttled',
};

export function createApi(clock: Clock): Api {
  const listeners: (() => void)[] = [];
  const asText = async (response: Response): Promise<unknown> => {
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  const request = async <T>(
    path: string,
    init: RequestInit,
    { slowMs = SLOW_MS, read = asText }: { slowMs?: number; read?: (r: Response) => Promise<unknown> } = {},
  ): Promise<Answer<T>> => {
    const sentMs = Date.now();
    const slow = AbortSignal.timeout(slowMs);
    const signal = init.signal ? AbortSignal.any([init.signal, slow]) : slow;
    try {
      const response = await fetch(BASE + path, { ...init, signal, credentials: 'same-origin' });
      clock.learn(response.headers.get('date'), sentMs, Date.now());
      if (response.ok) return { ok: true, value: (await read(response)) as T };
      const problem = await problemOf(response);
      const kind = KINDS[response.status] ?? 'server';
      if (kind === 'expired' && path !== '/session') for (const listener of listeners) listener();
      return { ok: false, kind, problem };
    } catch {
      return { ok: false, kind: init.signal?.aborted ? 'aborted' : 'network', problem: undefined };
    }
  };
  return {
    call(route, input, signal) {
      const [method = 'GET', pattern = ''] = route.split(' ');
      const { params, query, body } = input as {
        params?: Record<string, string>;
        query?: Query;
        body?: object;
      };
      const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(params?.[name] ?? ''),
      );
      return request(path + queryText(query), {
        method,
        ...(signal ? { signal } : {}),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_HEADERS }),
      });
    },
    get: (path, query, signal) =>
      request(path + queryText(query), { method: 'GET', ...(signal ? { signal } : {}) }),
    send: (method, path, body) =>
      request(path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_HEADERS }),
      }),
    upload: (path, query, file) =>
      request(
        path + queryText(query),
        { method: 'POST', body: file, headers: { 'content-type': CSV_TYPE } },
        { slowMs: FILE_MS },
      ),
    download: (path, query, name) =>
      request(
        path + queryText(query),
        { method: 'GET', headers: { accept: CSV_TYPE } },
        { slowMs: FILE_MS, read: async (response) => saveAs(await response.blob(), name) },
      ),
    onExpired: (listener) => void listeners.push(listener),
  };
}

/** Into the browser's downloads. */
export function saveAs(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function queryText(query: Query | undefined): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== '') params.set(key, String(value));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

async function problemOf(response: Response): Promise<Problem | undefined> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? (body as Problem) : undefined;
  } catch {
    return undefined;
  }
}
