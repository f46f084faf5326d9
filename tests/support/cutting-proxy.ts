import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy before a PostgreSQL, for losing connections at chosen moments: `cut` drops all, `refuse` lets nobody in,
 * `loseAnswerTo` passes a request that contains a text on and then loses the connection instead of its answer.
 */
export interface CuttingProxy {
  /** The given address by way of the proxy. */
  readonly url: string;
  cut(): void;
  refuse(on: boolean): void;
  /** The next `times` requests that contain `text`. */
  loseAnswerTo(text: string, times: number): void;
  readonly lost: number;
  close(): Promise<void>;
}

/** Enough for the server to have done what it was asked. */
const SWALLOW_MS = 150;

export async function cuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  let refusing = false;
  let losing = { text: '', times: 0 };
  let lost = 0;
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: target.hostname, port: Number(target.port || 5432) });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    let swallowing = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
      pairs.delete(pair);
    };
    client.on('data', (data: Buffer) => {
      upstream.write(data);
      if (losing.times > 0 && data.includes(losing.text)) {
        losing = { ...losing, times: losing.times - 1 };
        lost += 1;
        swallowing = true;
        setTimeout(end, SWALLOW_MS);
      }
    });
    upstream.on('data', (data: Buffer) => {
      if (!swallowing) client.write(data);
    });
    for (const socket of pair) {
      socket.on('error', end);
      socket.on('close', end);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => pairs.forEach((pair) => pair.forEach((socket) => socket.destroy()));
  return {
    url: url.href,
    cut,
    refuse(on) {
      refusing = on;
      if (on) cut();
    },
    loseAnswerTo(text, times) {
      losing = { text, times };
    },
    get lost() {
      return lost;
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
