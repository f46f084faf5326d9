import { ADMIN_PASSWORD } from './service-process.ts';

export interface Answer {
  status: number;
  // Tests read answers freely; their shape is what is being tested.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}
export type Api = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** A client of `/api/v1` with a bearer token. */
export const apiWith =
  (httpUrl: string, token: string): Api =>
  async (method, path, body) => {
    const response = await fetch(`${httpUrl}/api/v1${path}`, {
      method,
      signal: AbortSignal.timeout(30_000),
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };

export async function login(httpUrl: string, username = 'admin', password = ADMIN_PASSWORD): Promise<Api> {
  const answer = await apiWith(httpUrl, '')('POST', '/session', { username, password });
  if (answer.status >= 300)
    throw new Error(`login as ${username}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return apiWith(httpUrl, answer.body.token as string);
}

/** A server-sent event, as parsed. */
export interface StreamedEvent {
  id: string;
  event: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any;
}

/** Opens `GET /stream`; `events` grows as they come, until `close()`. */
export async function openStream(
  httpUrl: string,
  token: string,
  lastEventId?: string,
): Promise<{ events: StreamedEvent[]; close(): void }> {
  const stop = new AbortController();
  const response = await fetch(`${httpUrl}/api/v1/stream`, {
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: stop.signal,
  });
  if (!response.ok || response.body === null) throw new Error(`stream: ${response.status}`);
  const events: StreamedEvent[] = [];
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  void (async () => {
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const fields = new Map(
          text
            .slice(0, end)
            .split('\n')
            .filter((line) => !line.startsWith(':'))
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
        );
        text = text.slice(end + 2);
        const data = fields.get('data');
        if (data !== undefined)
          events.push({
            id: fields.get('id') ?? '',
            event: fields.get('event') ?? 'message',
            data: JSON.parse(data),
          });
      }
    }
  })().catch(() => undefined);
  return { events, close: () => stop.abort() };
}
