import { afterEach, describe, expect, it } from 'vitest';
import { ALONE, type NeighbourEvents, type SessionNotice } from './neighbours.ts';
import { BrokerHarness } from './testing/broker-harness.ts';
import { eventually } from './testing/eventually.ts';
import { PINGREQ, publishPacket } from './testing/packets.ts';

const PINGRESP = 13;
const HOUR_MS = 3_600_000;

let broker: BrokerHarness;
let said: SessionNotice[];
let events: NeighbourEvents | undefined;
afterEach(() => broker.stop());

/** A broker whose neighbours say what the test has them say. */
async function start(limits = {}): Promise<void> {
  said = [];
  broker = await BrokerHarness.start({
    limits,
    neighbours: {
      ...ALONE,
      start: (told) => {
        events = told;
        return Promise.resolve();
      },
      announce: (notice) => void said.push(notice),
    },
  });
}
const elsewhere = (clientId: string, epoch: number): void =>
  events?.began([{ clientId: `d1/${clientId}`, username: 'd1', epoch, willTopic: undefined }]);
const will = { topic: 'care/v1/h1/d1/status', payload: '{"online":false}', qos: 1 as const };
const wills = () => broker.intake.messages.filter((message) => message.will === true);

describe('a session that began at another broker', () => {
  it('speaks for a device whose connection here is lost after it, also while the will waits', async () => {
    await start({ willGraceMs: 300 });
    const first = await broker.client('d1', { will });
    elsewhere('other', Date.now() + 1);
    first.cut();
    await eventually(() => broker.count('will:overtaken')).toBe(1);

    broker.intake.withhold();
    const second = await broker.client('d1', { will });
    second.send(publishPacket({ topic: 'care/v1/h1/d1/presence' }));
    await broker.intake.until(() => broker.intake.waiting === 1);
    second.cut();
    await eventually(() => broker.broker.connectedCount).toBe(0);
    elsewhere('other', Date.now() + 2);
    broker.intake.open();
    await eventually(() => broker.count('will:overtaken')).toBe(2);
    expect(wills()).toEqual([]);
  });

  it('is the former one of a client that comes here after it, though its broker’s clock is an hour ahead', async () => {
    await start();
    const theirs = Date.now() + HOUR_MS;
    elsewhere('c', theirs);
    const client = await broker.client('d1', { will });
    expect(said.at(-1)).toMatchObject({ clientId: 'd1/c' });
    expect(said.at(-1)?.epoch).toBeGreaterThan(theirs);
    // Its broker says it again, as it does whenever another asks
    elsewhere('c', theirs);
    client.send(PINGREQ);
    await client.next(PINGRESP);
    client.cut();
    await broker.intake.until(() => wills().length === 1);
  });

  it('and was heard of before does not silence the will of a client’s next session here', async () => {
    await start();
    const first = await broker.client('d1', { clientId: 'first', will });
    elsewhere('other', Date.now() + HOUR_MS);
    first.cut();
    await eventually(() => broker.count('will:overtaken')).toBe(1);
    const second = await broker.client('d1', { clientId: 'second', will });
    second.cut();
    await broker.intake.until(() => wills().length === 1);
  });
});
