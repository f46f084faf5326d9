import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { type InboundMessage, type Intake, IntakeClosed, type Outcome } from '../../schemas/inbound.ts';
import { startRedisIn } from '../../tests/chaos/redis.ts';
import { until } from '../../tests/support/until.ts';
import { EVERY_PARTITION } from '../sharing/partitions.ts';
import { RedisIntake } from './redis-intake.ts';
import { RedisSource } from './redis-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'yinling-remote-'));
const redis = await startRedisIn(folder);
if (redis === undefined)
  console.warn('broker and ingest over Redis are not tested: there is no redis-server on this machine');

/** An intake whose commits are made by hand. */
class HeldIntake implements Intake {
  saturated = false;
  readonly taken: InboundMessage[] = [];
  readonly #open = new Map<InboundMessage, { commit: (o: Outcome) => void; close: () => void }>();
  accept(message: InboundMessage): Promise<Outcome> {
    this.taken.push(message);
    return new Promise((commit, reject) => {
      this.#open.set(message, { commit, close: () => reject(new IntakeClosed()) });
    });
  }
  names(): string[] {
    return this.taken.map(({ payload }) => Buffer.from(payload ?? []).toString());
  }
  commitAll(): void {
    for (const [message, { commit }] of this.#open) {
      this.#open.delete(message);
      commit({ result: 'reading', messageId: Buffer.from(message.payload ?? []).toString() });
    }
  }
  close(): void {
    for (const { close } of this.#open.values()) close();
    this.#open.clear();
  }
}

const message = (name: string, channel = 'presence'): InboundMessage => ({
  principal: { type: 'device', id: 'd', homeId: 'h' },
  topic: `care/v1/h/d/${channel}`,
  payload: Buffer.from(name),
  size: name.length,
  qos: 1,
  receivedAt: 1_790_000_000_000,
});
const named = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe.skipIf(redis === undefined)('the intake over Redis', () => {
  const ends: (() => Promise<void>)[] = [];
  const options = { url: redis?.url ?? '', clock: systemClock, log: silentLog() };
  const receiving = (limits = {}): RedisIntake => {
    const intake = new RedisIntake({ ...options, ...limits });
    intake.start();
    ends.push(() => intake.stop());
    return intake;
  };
  const ingesting = (intake: Intake, owns = () => true): RedisSource => {
    const held = () => new Map(owns() ? EVERY_PARTITION.map((no) => [no, 1]) : []);
    const source = new RedisSource({ ...options, intake, held });
    source.start();
    ends.push(() => source.stop());
    return source;
  };
  beforeAll(() => expect(redis).toBeDefined());
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await redis?.kill9();
    await redis?.start();
  });
  afterAll(async () => {
    await redis?.kill9();
    rmSync(folder, { recursive: true, force: true });
  });

  it('I1: a message is accepted once the other process says that it is committed, not before', async () => {
    const held = new HeldIntake();
    ingesting(held);
    const receiver = receiving();
    let answered = false;
    const outcome = receiver.accept(message('one')).finally(() => (answered = true));
    await until('it to arrive', () => held.taken.length === 1);
    expect(held.taken[0]).toEqual(message('one'));
    expect(answered).toBe(false);
    held.commitAll();
    expect(await outcome).toEqual({ result: 'reading', messageId: 'one' });
  });

  it('I1: a refusal comes back with its reason', async () => {
    const reason: Outcome = { result: 'dead_letter', reason: 'not_json', detail: 'at 0' };
    ingesting({ saturated: false, accept: () => Promise.resolve(reason) });
    expect(await receiving().accept(message('{'))).toEqual(reason);
  });

  it('a press does not wait behind telemetry that the intake has no room for', async () => {
    const held = new HeldIntake();
    held.saturated = true;
    ingesting(held);
    const receiver = receiving();
    const telemetry = named('t', 50).map((name) => receiver.accept(message(name)));
    const press = receiver.accept(message('press', 'sos'));
    await until('the press', () => held.taken.length > 0);
    held.commitAll();
    expect(await press).toEqual({ result: 'reading', messageId: 'press' });
    expect(held.names()).toEqual(['press']);
    held.saturated = false;
    await until('the rest', () => held.taken.length === 51);
    held.commitAll();
    await Promise.all(telemetry);
  });

  it('I10: a Redis that dies and comes back empty delays, loses nothing and doubles nothing', async () => {
    const held = new HeldIntake();
    ingesting(held);
    const receiver = receiving();
    const before = named('before', 20).map((name) => receiver.accept(message(name)));
    await until('them to arrive', () => held.taken.length === 20);
    await redis?.kill9();
    const during = named('during', 20).map((name) => receiver.accept(message(name)));
    // Committed while nobody can be told
    held.commitAll();
    await redis?.start();
    await until('all to arrive', () => held.taken.length === 40);
    held.commitAll();
    const outcomes = await Promise.all([...before, ...during]);
    const names = [...named('before', 20), ...named('during', 20)];
    expect(outcomes.map((o) => (o.result === 'reading' ? o.messageId : o.result))).toEqual(names);
    expect(held.names().toSorted()).toEqual(names.toSorted());
  });

  it('I10: what a Redis had taken that comes back empty, and nobody had read, is given to it again', async () => {
    const receiver = receiving();
    const open = named('m', 20).map((name) => receiver.accept(message(name)));
    await until('Redis to have them', () => receiver.untaken === 0);
    await redis?.kill9();
    await redis?.start();
    const held = new HeldIntake();
    ingesting(held);
    await until('them to arrive', () => held.taken.length === 20);
    held.commitAll();
    await Promise.all(open);
    expect(held.names().toSorted()).toEqual(named('m', 20).toSorted());
  });

  it('I1 I10: what the ingest that died had read and not committed goes to the next one', async () => {
    const [first, second] = [new HeldIntake(), new HeldIntake()];
    let turn = 1;
    ingesting(first, () => turn === 1);
    ingesting(second, () => turn === 2);
    const receiver = receiving();
    const outcomes = named('m', 30).map((name) => receiver.accept(message(name)));
    await until('them to arrive', () => first.taken.length === 30);
    expect(second.taken).toEqual([]);
    turn = 2;
    first.close();
    await until('them to arrive again', () => second.taken.length === 30);
    expect(second.names()).toEqual(named('m', 30));
    second.commitAll();
    await Promise.all(outcomes);
  });

  it('many receivers are each told of their own', async () => {
    ingesting({
      saturated: false,
      accept: ({ payload }) =>
        Promise.resolve({ result: 'reading', messageId: Buffer.from(payload ?? []).toString() }),
    });
    const receivers = [receiving(), receiving(), receiving()];
    const told = await Promise.all(
      receivers.map((receiver, r) =>
        Promise.all(named(`r${r}-`, 500).map((name) => receiver.accept(message(name)))),
      ),
    );
    expect(told.map((list) => list.map((o) => (o.result === 'reading' ? o.messageId : '')))).toEqual(
      receivers.map((_, r) => named(`r${r}-`, 500)),
    );
  });

  it('I10: with nobody to take them only so many are held, and the rest stays on the sockets', async () => {
    const receiver = receiving({ mostWaiting: 3 });
    const open = named('w', 3).map((name) => receiver.accept(message(name)));
    expect(receiver.saturated).toBe(true);
    const held = new HeldIntake();
    ingesting(held);
    await until('them to arrive', () => held.taken.length === 3);
    held.commitAll();
    await Promise.all(open);
    expect(receiver.saturated).toBe(false);
  });

  it('a receiver that stops gives up what has no answer, for its senders to send again', async () => {
    const receiver = receiving();
    const open = receiver.accept(message('x'));
    const refused = expect(open).rejects.toBeInstanceOf(IntakeClosed);
    await receiver.stop();
    await refused;
    await expect(receiver.accept(message('y'))).rejects.toBeInstanceOf(IntakeClosed);
  });
});
