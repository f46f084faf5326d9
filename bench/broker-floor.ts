/**
 * What the framing costs: QoS-1 publishes acknowledged per second by the broker with an intake that resolves at once,
 * beside bare aedes in the same run. Servers are processes of their own; this one generates the load.
 *
 *   node bench/broker-floor.ts [--seconds 4] [--rounds 3] [--connections 50] [--in-flight 50] [--payload 120]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { Aedes } from 'aedes';
import { createBroker } from '../broker/broker.ts';
import { Credentials } from '../broker/credentials.ts';
import { encodeLength, sized } from '../broker/framing/connect-packet.ts';
import { systemClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import type { Outcome } from '../schemas/inbound.ts';

const { values } = parseArgs({
  options: {
    serve: { type: 'string' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '50' },
    'in-flight': { type: 'string', default: '50' },
    payload: { type: 'string', default: '120' },
  },
});

const SECRET = 'secret';
const STORED: Outcome = { result: 'reading', messageId: '' };

async function serveBare(): Promise<number> {
  const aedes = await Aedes.createBroker();
  const server = createServer({ noDelay: true }, (socket) => void aedes.handle(socket));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function serveOurs(): Promise<number> {
  const secretHash = createHash('sha256').update(SECRET).digest();
  const broker = createBroker({
    host: '127.0.0.1',
    mqttPort: 0,
    clock: systemClock,
    log: silentLog(),
    intake: {
      saturated: false,
      accept: () => Promise.resolve(STORED),
      submit: (_message, receipt) => queueMicrotask(() => receipt.accepted(STORED)),
    },
    credentials: new Credentials({
      clock: systemClock,
      lookup: (names) =>
        Promise.resolve(
          new Map(names.map((id) => [id, [{ principal: { type: 'device', id, homeId: 'h1' }, secretHash }]])),
        ),
    }),
  });
  await broker.start();
  return broker.addresses.mqtt.port;
}

function publishes(deviceId: string, count: number, payload: Buffer): Buffer {
  const topic = sized(Buffer.from(`care/v1/h1/${deviceId}/presence`));
  const length = encodeLength(topic.length + 2 + payload.length);
  const packets = Array.from({ length: count }, (_, i) =>
    Buffer.concat([Buffer.from([0x32]), length, topic, Buffer.from([(i + 1) >> 8, (i + 1) & 255]), payload]),
  );
  return Buffer.concat(packets);
}

function connectPacket(deviceId: string): Buffer {
  const body = Buffer.concat([
    sized(Buffer.from('MQTT')),
    Buffer.from([4, 0xc2, 0, 0]),
    sized(Buffer.from('c')),
    sized(Buffer.from(deviceId)),
    sized(Buffer.from(SECRET)),
  ]);
  // Bare aedes knows no credentials: client ids must differ there.
  const withId = Buffer.concat([body.subarray(0, 10), sized(Buffer.from(deviceId)), body.subarray(13)]);
  return Buffer.concat([Buffer.from([0x10]), encodeLength(withId.length), withId]);
}

interface Measured {
  readonly perSecond: number;
  /** CPU time of the server per message: steadier than the rate on a machine that is shared. */
  readonly cpuUs: number;
  readonly batchMs: number;
}

async function measure({ port, child }: Server): Promise<Measured> {
  const seconds = Number(values.seconds);
  const inFlight = Number(values['in-flight']);
  const payload = Buffer.from(
    JSON.stringify({ sensor: 'pir', zone: 'bathroom', occupied: true, id: 'x' }).padEnd(
      Number(values.payload),
    ),
  );
  let acknowledged = 0;
  const rounds: number[] = [];
  const sockets: Socket[] = [];
  for (let i = 0; i < Number(values.connections); i++) {
    const deviceId = `d${i}`;
    const batch = publishes(deviceId, inFlight, payload);
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('data', (connack: Buffer) =>
        connack[3] === 0 ? resolve() : reject(new Error('not let in')),
      );
      socket.write(connectPacket(deviceId));
    });
    let have = 0;
    let sentAt = performance.now();
    socket.on('data', (chunk: Buffer) => {
      have += chunk.length;
      acknowledged += Math.trunc(have / 4) - Math.trunc((have - chunk.length) / 4);
      if (have < inFlight * 4) return;
      have = 0;
      rounds.push(performance.now() - sentAt);
      sentAt = performance.now();
      socket.write(batch);
    });
    socket.write(batch);
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = acknowledged;
  const cpuBefore = await cpuOf(child);
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const count = acknowledged - before;
  const perSecond = (count * 1000) / (performance.now() - from);
  const cpuUs = ((await cpuOf(child)) - cpuBefore) / count;
  for (const socket of sockets) socket.destroy();
  rounds.sort((a, b) => a - b);
  return { perSecond, cpuUs, batchMs: rounds[Math.trunc(rounds.length / 2)] ?? NaN };
}

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

/** CPU time that the process has used, in microseconds. */
function cpuOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (us) => resolve(Number(us)));
    child.send('cpu');
  });
}

function start(which: string): Promise<Server> {
  const child = fork(import.meta.filename, ['--serve', which]);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (port) => resolve({ child, port: Number(port) }));
  });
}

if (values.serve !== undefined) {
  process.send?.(values.serve === 'bare' ? await serveBare() : await serveOurs());
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.on('disconnect', () => process.exit(0));
} else {
  const servers = { bare: await start('bare'), ours: await start('ours') };
  const best = { bare: 0, ours: 0 };
  for (let round = 0; round < Number(values.rounds); round++)
    for (const which of ['bare', 'ours'] as const) {
      const { perSecond, cpuUs, batchMs } = await measure(servers[which]);
      best[which] = Math.max(best[which], perSecond);
      process.stdout.write(
        `${which} ${Math.round(perSecond)}/s, ${cpuUs.toFixed(2)} us of CPU a message, batch ${batchMs.toFixed(2)} ms\n`,
      );
    }
  process.stdout.write(`best: bare ${Math.round(best.bare)}/s, ours ${Math.round(best.ours)}/s\n`);
  for (const { child } of Object.values(servers)) child.disconnect();
}
