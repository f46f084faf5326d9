import { parseArgs } from 'node:util';
import { RedisIntake } from '../ingest/remote/redis-intake.ts';
import { RedisSource } from '../ingest/remote/redis-source.ts';
import { EVERY_PARTITION } from '../ingest/sharing/partitions.ts';
import { systemClock } from '../platform/clock.ts';
import { createLog } from '../platform/log.ts';
import { redisConnection } from '../platform/redis.ts';
import type { InboundMessage, Outcome } from '../schemas/inbound.ts';
import { startRedis } from './redis.ts';

/**
 * What it costs to have broker and ingest in processes of their own: a message to Redis, from it, its answer back, and
 * nothing else (whoever takes it answers at once). `node bench/over-redis.ts`: CPU and bytes a message, of Redis and of
 * both ends together.
 */
const { values: options } = parseArgs({
  options: {
    homes: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '8' },
    window: { type: 'string', default: '2000' },
  },
});
const homeCount = Number(options.homes);
const redis = await startRedis();
if (redis === undefined) throw new Error('there is no redis-server on this machine');
const log = createLog({ level: 'warn' });
const clock = systemClock;
const intake = new RedisIntake({ url: redis.url, clock, log });
const held = new Map(EVERY_PARTITION.map((no) => [no, 1]));
const outcome: Outcome = { result: 'reading', messageId: 'm' };
const source = new RedisSource({
  url: redis.url,
  intake: { saturated: false, accept: () => Promise.resolve(outcome) },
  held: () => held,
  clock,
  log,
});
const asking = redisConnection(redis.url, log, 'bench');
intake.start();
source.start();

let count = 0;
function next(): InboundMessage {
  const n = (count += 1);
  const home = n % homeCount;
  const id = `"id":"${n.toString(36)}","ts":${Date.now()}`;
  const payload = Buffer.from(`{${id},"sensor":"pir","zone":"bedroom","occupied":${n % 2 === 0}}`);
  return {
    principal: { type: 'gateway', id: `g${home}`, homeId: `h${home}` },
    topic: `care/v1/h${home}/d${home}/presence`,
    payload,
    size: payload.length,
    qos: 1,
    receivedAt: Date.now(),
  };
}
async function figures() {
  const text = await asking.info();
  const of = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1] ?? NaN);
  return {
    done,
    at: performance.now(),
    cpu: process.cpuUsage(),
    redisCpuS: of('used_cpu_sys') + of('used_cpu_user'),
    inBytes: of('total_net_input_bytes'),
    outBytes: of('total_net_output_bytes'),
  };
}

let done = 0;
const running = { stop: false };
const workers = Array.from({ length: Number(options.window) }, async () => {
  while (!running.stop) {
    await intake.accept(next());
    done += 1;
  }
});
await new Promise((resolve) => setTimeout(resolve, 2_000));
const before = await figures();
await new Promise((resolve) => setTimeout(resolve, Number(options.seconds) * 1_000));
const after = await figures();
const messages = after.done - before.done;
const each = (total: number): number => Number((total / messages).toFixed(2));
const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
console.log(
  JSON.stringify({
    perS: Math.round(messages / ((after.at - before.at) / 1_000)),
    redisCpuUsPerMessage: each((after.redisCpuS - before.redisCpuS) * 1e6),
    bothEndsCpuUsPerMessage: each(cpu),
    bytesToRedisPerMessage: each(after.inBytes - before.inBytes),
    bytesFromRedisPerMessage: each(after.outBytes - before.outBytes),
  }),
);
running.stop = true;
await Promise.all(workers);
await source.stop();
await intake.stop();
asking.disconnect();
await redis.stop();
