import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { type Random, randomOf } from '../../devices-sim/random.ts';
import { type Books, inLanes, within } from './books.ts';
import { mangle } from './hostile.ts';
import { type HttpInput, HttpInputs } from './http-inputs.ts';
import type { Stage } from './stage.ts';

const ANSWER_WITHIN_MS = 30_000;
const LANES = 4;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Every route in turn, and now and then a request that is none. */
export async function speakHttp(
  stage: Stage,
  books: Books,
  seed: number,
  from: number,
  to: number,
): Promise<void> {
  const random = randomOf(seed).fork('http');
  const inputs = new HttpInputs(stage.openApi, stage.known);
  books.routes = inputs.routes;
  const port = Number(new URL(stage.service.httpUrl).port);
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  try {
    await inLanes(from, to, LANES, async (no) => {
      const chance = random.fork(String(no));
      const input = inputs.input(no, chance);
      const raw = chance.chance(0.03);
      try {
        if (raw) {
          const status = await within(ANSWER_WITHIN_MS, 'hangs', askRaw(port, rawRequest(input, chance)));
          books.end('http', status === undefined ? 'closed' : `${status}`);
          if (status !== undefined && status >= 500 && status !== 503 && status !== 505)
            books.finding(`http input ${no}: ${status} to a request that is none`);
          return;
        }
        const answer = await within(
          ANSWER_WITHIN_MS,
          'hangs',
          ask(port, agent, input, credential(stage, input)),
        );
        books.end('http', `${answer.status}`);
        books.asked.add(input.route);
        const wrong = whatIsWrong(input, answer);
        if (wrong !== undefined)
          books.finding(
            `http input ${no}: ${wrong}; ${input.method} ${input.url.slice(0, 300)} ${input.body?.toString('utf8').slice(0, 300) ?? ''} → ${answer.body.slice(0, 300)}`,
          );
      } catch (error) {
        // A body that we cut off ourselves is answered by nothing else.
        books.finding(`http input ${no}: ${String(error)}; ${input.method} ${input.url.slice(0, 300)}`);
        books.end('http', 'fault');
      }
    });
  } finally {
    agent.destroy();
  }
}

/** A 503 says that it is one of the stated ones; everything refused says why. */
function whatIsWrong({ route }: HttpInput, { status, type, body }: Answer): string | undefined {
  const problem = type.startsWith('application/problem+json');
  if (status >= 500 && status !== 503) return `${status}`;
  // A console that is not built says so on a page.
  if (status === 503 && !problem && !route.endsWith('/readyz') && !type.startsWith('text/html'))
    return '503 without a reason';
  if (status >= 400 && status < 500 && !problem) return `${status} without a reason`;
  if (problem && !body.includes('"detail"')) return 'a problem without a detail';
  return undefined;
}

const credential = ({ adminToken, bridgeSecret }: Stage, { as }: HttpInput): string | undefined =>
  ({
    admin: `Bearer ${adminToken}`,
    bridge: `Bearer ${bridgeSecret}`,
    nobody: undefined,
    nonsense: 'Bearer \u00ff\u0001'.replace('\u0001', ''),
  })[as];

function ask(
  port: number,
  agent: Agent,
  input: HttpInput,
  authorization: string | undefined,
): Promise<Answer> {
  const { method, url, contentType, body } = input;
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        port,
        host: '127.0.0.1',
        method,
        path: url,
        agent,
        headers: {
          ...(authorization !== undefined && { authorization }),
          ...(contentType !== undefined && { 'content-type': contentType }),
          ...(body !== undefined && { 'content-length': body.length }),
        },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            type: answer.headers['content-type'] ?? '',
            body: Buffer.concat(parts).toString('utf8'),
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

function rawRequest({ method, url, body }: HttpInput, random: Random): Buffer {
  const lines = [
    `${random.pick([method, 'G\u0000T', 'PRI', 'x'.repeat(9_000), ''])} ${url} ${random.pick(['HTTP/1.1', 'HTTP/1.0', 'HTTP/9.9', ''])}`,
    'host: x',
    random.pick([
      '',
      'content-length: -1',
      'content-length: 5\r\ncontent-length: 6',
      'transfer-encoding: chunked',
      'expect: 100-continue',
      `x: ${'y'.repeat(20_000)}`,
      'a\u0000: b',
      ': :',
    ]),
    'connection: close',
  ].filter((line) => line !== '');
  return mangle(
    Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body ?? Buffer.alloc(0)]),
    random,
  );
}

/** The status of the first answer; undefined: closed without one. */
async function askRaw(port: number, bytes: Buffer): Promise<number | undefined> {
  const socket = connect({ port, host: '127.0.0.1' });
  let heard = '';
  socket.on('data', (chunk: Buffer) => {
    if (heard.length < 100) heard += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.end(bytes);
  await closed;
  const status = /^HTTP\/1\.\d (\d{3})/.exec(heard)?.[1];
  return status === undefined ? undefined : Number(status);
}
