import { once } from 'node:events';
import { connect } from 'node:net';
import { packet, publishPacket, text } from '../../broker/testing/packets.ts';
import { RawClient } from '../../broker/testing/raw-client.ts';
import { randomOf } from '../../devices-sim/random.ts';
import { type Books, inLanes, within } from './books.ts';
import { mqttInput, type Speaker } from './mqtt-inputs.ts';
import { codecInput, payloadInput } from './payload-inputs.ts';
import type { Stage } from './stage.ts';

const ANSWER_WITHIN_MS = 20_000;
const MARK = Buffer.from([0xbe, 0xef]);
const SUBACK_OF_MARK = Buffer.concat([Buffer.from([0x90, 3]), MARK]);
const LANES = 16;

/** Each input a connection of its own, on which anything may be said; then it is asked whether anybody is there. */
export async function speakPackets(
  stage: Stage,
  books: Books,
  seed: number,
  from: number,
  to: number,
): Promise<void> {
  const random = randomOf(seed).fork('mqtt');
  await inLanes(from, to, LANES, async (no) => {
    const chance = random.fork(String(no));
    const speaker = stage.devices[chance.int(0, stage.devices.length - 1)];
    if (speaker === undefined) return;
    const { chunks, whole } = mqttInput(speaker, chance);
    const what = `mqtt input ${no}`;
    try {
      const how = await within(
        ANSWER_WITHIN_MS,
        'hangs',
        converse(stage.service.mqttPort, speaker, chunks, whole),
      );
      books.end('mqtt', how);
    } catch (error) {
      books.finding(`${what}: ${String(error)}; ${Buffer.concat(chunks).toString('hex').slice(0, 400)}`);
      books.end('mqtt', 'fault');
    }
    books.connections += 1;
  });
}

async function converse(
  port: number,
  { homeId, username }: Speaker,
  chunks: readonly Buffer[],
  whole: boolean,
): Promise<'answered' | 'refused' | 'unfinished'> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let heard = Buffer.alloc(0);
  let answered = (): void => undefined;
  const answer = new Promise<void>((resolve) => (answered = resolve));
  socket.on('data', (chunk: Buffer) => {
    heard = Buffer.concat([heard.subarray(-8), chunk]);
    if (heard.includes(SUBACK_OF_MARK)) answered();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  try {
    await Promise.race([once(socket, 'connect').catch(() => undefined), closed]);
    for (const chunk of chunks) {
      if (socket.destroyed) break;
      socket.write(chunk);
      // Another turn, another read on the other side.
      if (chunks.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
    if (whole) {
      socket.write(packet(0x82, MARK, text(`care/v1/${homeId}/${username}/cmd`), Buffer.from([0])));
      const first = await Promise.race([
        answer.then(() => 'answered' as const),
        closed.then(() => 'refused' as const),
      ]);
      if (first === 'refused') return 'refused';
    }
    socket.end();
    await closed;
    return whole ? 'answered' : 'unfinished';
  } finally {
    socket.destroy();
  }
}

/** Devices and gateways that hold their connections and say anything in proper packets; each must be acknowledged. */
export async function speakPayloads(
  stage: Stage,
  books: Books,
  seed: number,
  from: number,
  to: number,
): Promise<void> {
  const random = randomOf(seed).fork('payload');
  const speakers = [...stage.gateways, ...stage.devices].map(
    (speaker) => new Publisher(stage.service.mqttPort, speaker, books),
  );
  try {
    await inLanes(from, to, Math.min(512, speakers.length * 8), async (no) => {
      const chance = random.fork(String(no));
      const codec = chance.chance(0.15);
      const choice = codec
        ? chance.int(0, stage.gateways.length - 1)
        : stage.gateways.length + chance.int(0, stage.devices.length - 1);
      const publisher = speakers[choice];
      if (publisher === undefined) return;
      const { homeId, username } = publisher.speaker;
      const said = codec
        ? codecInput(stage.gateways[choice]?.codec ?? '', chance)
        : (({ channel, bytes }) => ({ topic: `care/v1/${homeId}/${username}/${channel}`, bytes }))(
            payloadInput(chance),
          );
      try {
        books.end(
          'payload',
          await within(ANSWER_WITHIN_MS, 'is not answered', publisher.say(said.topic, said.bytes)),
        );
      } catch (error) {
        books.finding(
          `payload input ${no}: ${String(error)}; ${said.topic} ${said.bytes.toString('latin1').slice(0, 300)}`,
        );
        books.end('payload', 'fault');
      }
    });
  } finally {
    for (const publisher of speakers) publisher.close();
  }
}

/** A connection that is made again when it is ended: a foreign topic or a size beyond all bounds ends it. */
class Publisher {
  readonly speaker: Speaker;
  readonly #port: number;
  readonly #books: Books;
  readonly #waiting = new Map<number, (how: 'acknowledged' | 'refused') => void>();
  #client: Promise<RawClient> | undefined;
  #packetId = 0;

  constructor(port: number, speaker: Speaker, books: Books) {
    this.#port = port;
    this.speaker = speaker;
    this.#books = books;
  }

  async say(topic: string, payload: Buffer): Promise<'acknowledged' | 'refused'> {
    const client = await (this.#client ??= this.#open());
    if (client.closed) return 'refused';
    this.#packetId = (this.#packetId % 0xffff) + 1;
    const id = this.#packetId;
    const answer = new Promise<'acknowledged' | 'refused'>((resolve) => this.#waiting.set(id, resolve));
    client.send(publishPacket({ topic, payload, id }));
    return answer;
  }

  close(): void {
    void this.#client?.then((client) => client.cut());
  }

  async #open(): Promise<RawClient> {
    const { username, password } = this.speaker;
    const client = await RawClient.connected(this.#port, { username, password, clientId: 'publisher' });
    this.#books.connections += 1;
    void this.#read(client);
    return client;
  }

  async #read(client: RawClient): Promise<void> {
    try {
      for (;;) {
        await client.until(() => client.received.length > 0);
        for (const { type, body } of client.received.splice(0)) {
          if (type !== 4) continue;
          this.#books.acknowledged += 1;
          this.#settle(body.readUInt16BE(0), 'acknowledged');
        }
      }
    } catch {
      // Closed. What was on its way has been refused, or was told in the same breath.
      this.#client = undefined;
      for (const id of this.#waiting.keys()) this.#settle(id, 'refused');
    }
  }

  #settle(id: number, how: 'acknowledged' | 'refused'): void {
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.(how);
  }
}
