import { describe, expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.ts';
import type { Principal } from '../schemas/inbound.ts';
import { FakeIntake } from './testing/fake-intake.ts';
import { leavesWill, type LostSession, overtaken, type Voice, Wills } from './wills.ts';

const device: Principal = { type: 'device', id: 'd', homeId: 'h' };
const bridge: Principal = { type: 'bridge', id: 'b', homes: ['h'] };
const voice = (epoch: number, fields: Partial<Voice> = {}): Voice => ({
  epoch,
  clientId: 'd/c',
  principal: device,
  willTopic: undefined,
  ...fields,
});

function setUp(live: Voice[] = []) {
  const intake = new FakeIntake();
  const clock = new ManualClock();
  const outcomes: string[] = [];
  const wills = new Wills({
    intake,
    clock,
    graceMs: 15_000,
    voicesOf: () => live,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const settled = Promise.withResolvers<void>();
  const lost = (fields: Partial<LostSession> = {}): LostSession => ({
    ...voice(1),
    willTopic: 'care/v1/h/d/status',
    payload: Buffer.from('{"online":false}'),
    qos: 1,
    withheld: false,
    settled: () => settled.promise,
    ...fields,
  });
  return { intake, clock, wills, lost, outcomes, settle: settled.resolve, live };
}

describe('a will', () => {
  it.each(['gone', 'keep_alive', 'malformed', 'foreign_topic', 'drain_timeout'] as const)(
    'is left by a connection that ends by %s',
    (reason) => expect(leavesWill(reason)).toBe(true),
  );
  it.each(['disconnect', 'stopping', 'take_over', 'revoked', 'intake_closed'] as const)(
    'is not left by a connection that ends by %s',
    (reason) => expect(leavesWill(reason)).toBe(false),
  );

  it('goes to the intake as a message on its topic, marked as a will', async () => {
    const { intake, clock, wills, lost } = setUp();
    await wills.speak(lost());
    expect(intake.messages).toEqual([
      {
        principal: device,
        topic: 'care/v1/h/d/status',
        payload: Buffer.from('{"online":false}'),
        size: 16,
        qos: 1,
        will: true,
        receivedAt: clock.now(),
      },
    ]);
  });

  it('of a device is overtaken by any later session of its credential, not by an earlier one', () => {
    expect(overtaken(voice(2), [voice(3, { clientId: 'd/other' })])).toBe(true);
    expect(overtaken(voice(2), [voice(1)])).toBe(false);
    expect(overtaken(voice(2), [])).toBe(false);
  });

  it('of a bridge is overtaken by the same client, or a later will on the same topic, not by its other connections', () => {
    const lost = voice(1, { principal: bridge, clientId: 'b/1', willTopic: 'care/v1/h/d/status' });
    const later = (clientId: string, willTopic?: string) =>
      voice(2, { principal: bridge, clientId, willTopic });
    expect(overtaken(lost, [later('b/1')])).toBe(true);
    expect(overtaken(lost, [later('b/2', 'care/v1/h/d/status')])).toBe(true);
    expect(overtaken(lost, [later('b/2', 'care/v1/h/e/status')])).toBe(false);
    expect(overtaken(lost, [later('b/2')])).toBe(false);
  });

  it('of a connection whose acknowledgements we withheld waits until they are given, and for the device to come back', async () => {
    const { intake, clock, wills, lost, outcomes, settle, live } = setUp();
    const spoken = wills.speak(lost({ withheld: true }));
    await clock.advanceAsync(3_600_000);
    expect(intake.messages).toEqual([]);
    settle();
    await clock.advanceAsync(14_000);
    live.push(voice(2));
    await clock.advanceAsync(1_000);
    expect(await spoken).toBe(false);
    expect(intake.messages).toEqual([]);
    expect(outcomes).toEqual(['overtaken']);
  });

  it('of such a connection is spoken if the device stays away', async () => {
    const { intake, clock, wills, lost, settle } = setUp();
    const spoken = wills.speak(lost({ withheld: true }));
    settle();
    await clock.advanceAsync(15_000);
    expect(await spoken).toBe(true);
    expect(intake.messages).toHaveLength(1);
  });

  it('is not spoken once we stop', async () => {
    const { intake, wills, lost } = setUp();
    wills.stop();
    expect(await wills.speak(lost())).toBe(false);
    expect(intake.messages).toEqual([]);
  });
});
