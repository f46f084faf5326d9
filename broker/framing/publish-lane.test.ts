import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../platform/manual-clock.ts';
import type { InboundMessage, Intake } from '../../schemas/inbound.ts';
import type { WindowLimits } from '../limits.ts';
import { FakeIntake } from '../testing/fake-intake.ts';
import { PublishLane } from './publish-lane.ts';
import { SharedPressure } from './shared-pressure.ts';

const LIMITS: WindowLimits = { messages: 3, bytes: 100, lookAheadMessages: 6, lookAheadBytes: 300 };

function setUp(
  limits: WindowLimits = LIMITS,
  totalBytes = 1_000_000,
  port: (fake: FakeIntake) => Intake = (fake) => fake,
) {
  const intake = new FakeIntake();
  const clock = new ManualClock();
  const pressure = new SharedPressure(intake, totalBytes, clock);
  const said: string[] = [];
  const state = { frozen: false };
  const lane: PublishLane<string> = new PublishLane<string>({
    intake: port(intake),
    limits,
    pressure,
    now: () => clock.now(),
    onReady: () => {
      if (state.frozen) return;
      for (let next = lane.next(); next !== undefined; next = lane.next()) said.push(next);
    },
    onRoom: () => said.push('room'),
    onRejected: () => said.push('rejected'),
  });
  const message = (channel: string, bytes = 10): InboundMessage => ({
    principal: { type: 'device', id: 'd', homeId: 'h' },
    topic: `care/v1/h/d/${channel}`,
    payload: Buffer.alloc(bytes),
    size: bytes,
    qos: 1,
    receivedAt: 0,
  });
  const take = (name: string, bytes = 10) => lane.take(message(name, bytes), false, name);
  const press = (name: string) => lane.take(message(name), true, name);
  const submitted = () => intake.messages.map(({ topic }) => topic.slice('care/v1/h/d/'.length));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { intake, clock, pressure, state, said, lane, take, press, submitted, turn };
}

/** As the one over Redis is. */
const promising = (fake: FakeIntake): Intake => ({
  accept: (message) => fake.accept(message),
  get saturated() {
    return fake.saturated;
  },
});

describe('the lane of one connection', () => {
  it('hands on nothing before its acceptance (I1)', async () => {
    const { intake, take, said, turn } = setUp();
    intake.withhold();
    take('a');
    await turn();
    expect(said).toEqual([]);
    intake.commit();
    await turn();
    expect(said).toEqual(['a']);
  });

  it('hands on in order of arrival, however acceptances come', async () => {
    const { intake, take, said, turn } = setUp();
    intake.withhold();
    for (const name of ['a', 'b', 'c']) take(name);
    intake.commit(({ topic }) => topic.endsWith('c'));
    await turn();
    expect(said).toEqual([]);
    intake.commit();
    await turn();
    expect(said).toEqual(['a', 'b', 'c']);
  });

  it('holds telemetry back beyond the window, and submits it in order as room comes', async () => {
    const { intake, take, submitted, said, turn } = setUp();
    intake.withhold();
    for (const name of ['a', 'b', 'c', 'd', 'e']) take(name);
    expect(submitted()).toEqual(['a', 'b', 'c']);
    intake.commit(({ topic }) => topic.endsWith('a'));
    await turn();
    expect(submitted()).toEqual(['a', 'b', 'c', 'd']);
    intake.commit();
    await turn();
    intake.commit();
    await turn();
    expect(said).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('counts bytes as well as messages, and lets one large message through alone', () => {
    const { intake, take, submitted } = setUp();
    intake.withhold();
    take('large', 500);
    take('small', 1);
    expect(submitted()).toEqual(['large']);
  });

  it('submits a press at once beyond the window, and hands it on in its place', async () => {
    const { intake, take, press, submitted, said, turn } = setUp();
    intake.withhold();
    for (const name of ['a', 'b', 'c', 'd']) take(name);
    press('sos');
    expect(submitted()).toEqual(['a', 'b', 'c', 'sos']);
    intake.commit(({ topic }) => topic.endsWith('sos'));
    await turn();
    expect(said).toEqual([]);
    intake.open();
    await turn();
    expect(said).toEqual(['a', 'b', 'c', 'd', 'sos']);
  });

  it('is full at the second bound, and says when there is room again', async () => {
    const { intake, lane, take, said, turn } = setUp();
    intake.withhold();
    for (let i = 0; i < 6; i++) take(`m${i}`);
    expect(lane.full).toBe(true);
    intake.commit();
    await turn();
    expect(said).toEqual(['m0', 'm1', 'm2']);
    intake.commit();
    await turn();
    expect(said).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'room']);
  });

  it('holds telemetry while the intake is saturated, presses not, and goes on when it is no longer', async () => {
    const { intake, clock, take, press, submitted } = setUp();
    intake.saturated = true;
    intake.withhold();
    take('its one');
    take('a');
    press('sos');
    expect(submitted()).toEqual(['its one', 'sos']);
    intake.saturated = false;
    await clock.advanceAsync(10);
    expect(submitted()).toEqual(['its one', 'sos', 'a']);
    expect(clock.pending).toBe(0);
  });

  it('lets a small message of each connection through, one after the other, however long others saturate the intake', async () => {
    const { intake, clock, take, submitted } = setUp();
    intake.saturated = true;
    for (const name of ['a', 'b', 'c']) take(name);
    await clock.advanceAsync(0);
    expect(submitted()).toEqual(['a', 'b', 'c']);
    take('large', 1_025);
    await clock.advanceAsync(10);
    expect(submitted()).not.toContain('large');
  });

  it('is full at once when all connections together hold too much', async () => {
    const { intake, clock, lane, take, said } = setUp(LIMITS, 600);
    intake.withhold();
    take('a', 100);
    expect(lane.full).toBe(true);
    intake.commit();
    await clock.advanceAsync(10);
    expect(said).toContain('room');
  });

  it('is full when what it hands on is not taken', async () => {
    const { lane, state, take, said, turn } = setUp();
    state.frozen = true;
    for (let i = 0; i < 6; i++) {
      take(`m${i}`);
      await turn();
    }
    expect(lane.submitted).toBe(0);
    expect(lane.full).toBe(true);
    for (let i = 0; i < 4; i++) lane.next();
    await turn();
    expect(said).toEqual(['room']);
  });

  it('remembers when an acceptance last took long', async () => {
    const { intake, clock, lane, turn } = setUp();
    intake.withhold();
    const receivedAt = clock.now();
    const message = {
      principal: { type: 'device' as const, id: 'd' },
      topic: 't',
      payload: undefined,
      size: 0,
    };
    lane.take({ ...message, qos: 1, receivedAt }, false, 'a');
    clock.advance(3_000);
    expect(lane.slowAt).toBe(-Infinity);
    intake.commit();
    await turn();
    expect(lane.slowAt).toBe(clock.now());
  });

  it('keeps what is appended behind publishes that wait', async () => {
    const { intake, lane, take, said, turn } = setUp();
    intake.withhold();
    take('a');
    lane.append('packet');
    await turn();
    expect(said).toEqual([]);
    intake.commit();
    await turn();
    expect(said).toEqual(['a', 'packet']);
  });

  it('lets packets pass publishes that wait, never one another, and the last one nothing', async () => {
    const { intake, lane, take, said, turn } = setUp();
    intake.withhold();
    lane.pass('subscribe');
    take('a');
    lane.pass('unsubscribe');
    lane.finish('disconnect');
    await turn();
    expect(said).toEqual(['subscribe', 'unsubscribe']);
    lane.pass('ping');
    intake.commit();
    await turn();
    expect(said).toEqual(['subscribe', 'unsubscribe', 'ping', 'a', 'disconnect']);
  });

  it('keeps packets in order although the wait that one passed is over', async () => {
    const { intake, lane, state, take, said, turn } = setUp();
    intake.withhold();
    state.frozen = true;
    take('a');
    lane.pass('subscribe');
    intake.commit();
    await turn();
    lane.pass('unsubscribe');
    state.frozen = false;
    await turn();
    expect(said).toEqual(['a', 'subscribe', 'unsubscribe']);
  });

  it('lets go of what it held back when the connection is gone, not of what the intake has', async () => {
    const { intake, pressure, lane, take, said, submitted, turn } = setUp();
    intake.withhold();
    for (const name of ['a', 'b', 'c', 'd']) take(name);
    lane.drop();
    const settled = lane.settled();
    intake.commit();
    await settled;
    await turn();
    expect(said).toEqual([]);
    expect(submitted()).toEqual(['a', 'b', 'c']);
    expect(pressure.bytes).toBe(0);
  });

  it('says so when the intake gives up on a message', async () => {
    const { intake, take, said, turn } = setUp();
    intake.withhold();
    take('a');
    intake.close();
    await turn();
    expect(said).toEqual(['rejected']);
  });

  it('goes by promises where the intake gives nothing else', async () => {
    const { intake, take, said, turn } = setUp(LIMITS, 1_000_000, promising);
    intake.withhold();
    for (const name of ['a', 'b', 'c', 'd']) take(name);
    intake.commit();
    await turn();
    expect(said).toEqual(['a', 'b', 'c']);
    intake.close();
    await turn();
    expect(said).toEqual(['a', 'b', 'c', 'rejected']);
  });

  it('submits nothing while the intake is still telling of a commit', async () => {
    const { intake, take, submitted, turn } = setUp();
    intake.withhold();
    for (const name of ['a', 'b', 'c', 'd', 'e']) take(name);
    const seen: string[][] = [];
    intake.commit();
    intake.onTold = () => seen.push(submitted());
    await turn();
    expect(seen).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
    expect(submitted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
