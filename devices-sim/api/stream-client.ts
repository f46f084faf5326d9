import { get } from 'node:http';
import { get as getTls } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../../platform/clock.ts';
import type { ApiClient } from './api-client.ts';
import { eventParser, type StreamedEvent } from './event-stream.ts';

export interface StreamWatch {
  /** Resolves once the first connection stands, so that nothing after it can be missed; rejects when refused. */
  ready: Promise<void>;
  stop(): void;
}

const RETRY_AFTER_MS = 500;

/**
 * The operator's stream, kept up: after a break it goes on behind the last event seen. Plain `node:http`, for a press's
 * latency is measured here and the fetch of Node adds to it.
 */
export function watchStream(
  api: ApiClient,
  clock: Clock,
  onEvent: (event: StreamedEvent, seenAt: number) => void,
): StreamWatch {
  let lastId: string | undefined;
  let stopped = false;
  let close = (): void => {};
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();

  const connect = (): void => {
    const url = new URL(`${api.baseUrl}/api/v1/stream`);
    const headers = api.headers({
      accept: 'text/event-stream',
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    });
    let over = false;
    const again = (): void => {
      if (over || stopped) return;
      over = true;
      const cancel = clock.setTimer(RETRY_AFTER_MS, connect);
      close = cancel;
    };
    const request = (url.protocol === 'https:' ? getTls : get)(url, { headers, agent: false }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        const status = response.statusCode ?? 0;
        if (status >= 400 && status < 500) reject(new Error(`GET /stream: refused with ${status}`));
        else again();
        return;
      }
      const decoder = new StringDecoder('utf8');
      const feed = eventParser((event) => {
        if (event.id !== undefined) lastId = event.id;
        onEvent(event, clock.now());
      });
      response.on('data', (chunk: Buffer) => feed(decoder.write(chunk)));
      response.on('close', again);
      response.on('error', again);
      resolve();
    });
    request.on('error', again);
    close = () => request.destroy();
  };
  connect();
  return {
    ready,
    stop: () => {
      stopped = true;
      close();
    },
  };
}
