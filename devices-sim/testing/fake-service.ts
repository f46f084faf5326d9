import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import type { Alert } from '../../schemas/alert.ts';
import type { Order } from '../../schemas/order.ts';
import { readUpTopic } from '../../schemas/topics.ts';
import { aCaregiverOf, anAlert, anOrder, visitOf } from './fake-records.ts';

/**
 * Just enough of the contract for the simulator's own tests: registry, presses to alerts, orders, stream. It keeps nothing on disk
 * and can be told to lose or double messages after their acknowledgement, which the real service cannot.
 */
export interface FakeService {
  brokerUrl: string;
  apiUrl: string;
  stop(): Promise<void>;
}

export interface Misbehaviour {
  /** Every so-manieth reading is acknowledged and forgotten. */
  loseEvery?: number;
  /** Every so-manieth reading is stored twice. */
  doubleEvery?: number;
  /** Acknowledges so many publishes and then none. */
  muteAfter?: number;
}

interface Reading {
  homeId: string;
  deviceId: string;
  messageId: string;
}

export async function startFakeService(misbehaviour: Misbehaviour = {}): Promise<FakeService> {
  const state = new State(misbehaviour);
  const broker = await Aedes.createBroker();
  let heard = 0;
  broker.authorizePublish = (_client, packet, done) => {
    heard += 1;
    if (heard > (misbehaviour.muteAfter ?? Infinity)) return;
    state.take(packet.topic, packet.payload.toString());
    done(null);
  };
  const mqtt = createTcpServer((socket) => void broker.handle(socket));
  const http = createServer((request, response) => void state.answer(request, response));
  const [mqttPort, httpPort] = [await listening(mqtt), await listening(http)];
  return {
    brokerUrl: `mqtt://127.0.0.1:${mqttPort}`,
    apiUrl: `http://127.0.0.1:${httpPort}`,
    stop: async () => {
      http.closeAllConnections();
      http.close();
      mqtt.close();
      await new Promise<void>((done) => broker.close(() => done()));
    },
  };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

class State {
  readonly #misbehaviour: Misbehaviour;
  readonly #registry = new Map<string, Record<string, unknown>>();
  readonly #readings: Reading[] = [];
  readonly #seen = new Set<string>();
  readonly #deadLetters: { topic: string; receivedAt: string }[] = [];
  readonly #alerts = new Map<string, Alert>();
  readonly #orders = new Map<string, Order>();
  readonly #listeners = new Set<ServerResponse>();
  #streamNo = 0;
  #count = 0;

  constructor(misbehaviour: Misbehaviour) {
    this.#misbehaviour = misbehaviour;
  }

  take(topic: string, text: string): void {
    const at = readUpTopic(topic);
    if (at === undefined) return;
    let body: Record<string, unknown>;
    try {
      body = JSON.parse(text) as Record<string, unknown>;
    } catch {
      this.#deadLetters.push({ topic, receivedAt: new Date().toISOString() });
      return;
    }
    const messageId = String(body['id']);
    if (this.#seen.has(`${at.deviceId} ${messageId}`)) return;
    this.#seen.add(`${at.deviceId} ${messageId}`);
    this.#count += 1;
    const { loseEvery = Infinity, doubleEvery = Infinity } = this.#misbehaviour;
    const times = this.#count % loseEvery === 0 ? 0 : this.#count % doubleEvery === 0 ? 2 : 1;
    for (let i = 0; i < times; i++) this.#readings.push({ ...at, messageId });
    if (body['action'] === 'press') this.#press(at.homeId, at.deviceId, messageId);
  }

  #press(homeId: string, deviceId: string, messageId: string): void {
    const unresolved = [...this.#alerts.values()].find((a) => a.homeId === homeId && a.state !== 'resolved');
    const alert = unresolved ?? anAlert(randomUUID(), homeId);
    const now = new Date().toISOString();
    alert.evidence.push({
      at: now,
      kind: 'press',
      deviceId,
      messageId,
      text: '一键呼叫',
      data: {},
      for: true,
    });
    alert.state = 'open';
    this.#changedAlert(alert);
  }

  #changedAlert(alert: Alert): void {
    alert.version += 1;
    this.#alerts.set(alert.id, alert);
    this.#tell('alert', alert);
  }

  #changedOrder(order: Order): void {
    order.version += 1;
    this.#orders.set(order.id, order);
    this.#tell('order', order);
  }

  #tell(event: string, data: unknown): void {
    this.#streamNo += 1;
    for (const listener of this.#listeners)
      listener.write(`id: ${this.#streamNo}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    const path = new URL(request.url ?? '/', 'http://x').pathname.replace('/api/v1', '');
    if (path === '/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
      this.#listeners.add(response);
      response.on('close', () => this.#listeners.delete(response));
      return;
    }
    const [status, answer] = request.method === 'GET' ? this.#get(path) : this.#post(path, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #get(path: string): [number, unknown] {
    const [, first, homeId] = path.split('/');
    const items =
      first === 'alerts'
        ? [...this.#alerts.values()]
        : first === 'orders'
          ? [...this.#orders.values()]
          : first === 'dead-letters'
            ? this.#deadLetters
            : this.#readings.filter((reading) => reading.homeId === homeId);
    return [200, { items, nextCursor: null }];
  }

  #post(path: string, body: Record<string, unknown>): [number, unknown] {
    const [, collection = '', id = '', command] = path.split('/');
    if (collection === 'session') return [200, { token: String(body['username']), user: {} }];
    if (collection === 'alerts') return this.#alertCommand(id, command);
    if (collection === 'orders') return this.#orderCommand(id, command, body);
    const key = `${collection}/${String(body['id'] ?? body['username'])}`;
    if (this.#registry.has(key)) return [409, { title: 'exists' }];
    this.#registry.set(key, body);
    return [201, collection === 'devices' ? { ...body, secret: 'secret' } : body];
  }

  #alertCommand(id: string, command: string | undefined): [number, unknown] {
    const alert = this.#alerts.get(id);
    if (alert === undefined) return [404, {}];
    if (command === 'dispatch') {
      const order = anOrder(randomUUID(), alert, aCaregiverOf(this.#registry.keys()));
      this.#changedOrder(order);
      return [200, order];
    }
    alert.state = command === 'resolve' ? 'resolved' : 'acknowledged';
    if (command === 'resolve') alert.disposition = 'assisted';
    this.#changedAlert(alert);
    return [200, alert];
  }

  #orderCommand(id: string, command: string | undefined, body: Record<string, unknown>): [number, unknown] {
    const order = this.#orders.get(id);
    if (order === undefined) return [404, {}];
    const [offer] = order.offers;
    const states = {
      accept: 'accepted',
      depart: 'en_route',
      arrive: 'on_scene',
      complete: 'completed',
    } as const;
    if (command === 'rating')
      order.rating = { score: Number(body['score']), comment: null, at: new Date().toISOString() };
    else if (command === 'decline') order.state = 'cancelled';
    else order.state = states[command as keyof typeof states];
    if (offer !== undefined) {
      offer.outcome = command === 'decline' ? 'declined' : 'accepted';
      order.caregiverId = offer.caregiverId;
    }
    if (command === 'complete') order.visit = visitOf(order);
    this.#changedOrder(order);
    return [200, order];
  }
}
