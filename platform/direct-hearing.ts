import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { newSecret } from './crypto/secrets.ts';

/** Where a process hears what others tell it straight, with nothing between them. */
export interface DirectAddress {
  /** Of the process; made anew by each start. */
  readonly id: string;
  /** `http://host:port`, the likelier first. */
  readonly urls: readonly string[];
  /** Shown with everything that is told there. */
  readonly token: string;
}

export interface DirectHearing {
  readonly address: DirectAddress;
  close(): Promise<void>;
}

/** What one text may hold. */
export const DIRECT_MOST_BYTES = 256 * 1024;
const WITHIN_MS = 5_000;
/** Of a machine with many networks. */
const MOST_URLS = 6;

/** Listens on a port of its own for what other processes of the service tell; refuses who has not its token. */
export async function hearDirectly(options: {
  id: string;
  host: string;
  /** 0: a free one. */
  port: number;
  hear(text: string): void;
}): Promise<DirectHearing> {
  const token = newSecret();
  const server = createServer(
    { requestTimeout: WITHIN_MS, headersTimeout: WITHIN_MS },
    (request, response) => {
      const answer = (status: number): void => {
        response.writeHead(status).end();
        // What is too long is not read to its end
        if (status !== 204) request.destroy();
      };
      if (request.method !== 'POST' || !isToken(request, token)) return answer(403);
      const chunks: Buffer[] = [];
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > DIRECT_MOST_BYTES) answer(413);
        else chunks.push(chunk);
      });
      request.on('error', () => undefined);
      request.on('end', () => {
        options.hear(Buffer.concat(chunks).toString('utf8'));
        answer(204);
      });
    },
  );
  server.maxConnections = 200;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const urls = hostsOf(options.host).map(
    (host) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
  );
  return {
    address: { id: options.id, urls, token },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close').catch(() => undefined);
    },
  };
}

function isToken({ headers }: IncomingMessage, token: string): boolean {
  const shown = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return shown.length === wanted.length && timingSafeEqual(shown, wanted);
}

/** As others may reach it: where it listens on every address, those of its networks, and this machine's own. */
function hostsOf(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
  return [...outside.slice(0, MOST_URLS - 1), '127.0.0.1'];
}
