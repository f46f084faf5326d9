import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../platform/manual-clock.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { noMetrics } from '../metrics.ts';
import { principalSession } from '../session.ts';
import { FakeIntake } from '../testing/fake-intake.ts';
import { connectPacket, publishPacket } from '../testing/packets.ts';
import { FramedConnection } from './framed-connection.ts';
import { Qos2Handshakes } from './qos2-handshakes.ts';
import { SharedPressure } from './shared-pressure.ts';

const puback = (id: number): Buffer => Buffer.from([0x40, 2, 0, id]);

/** A connection whose client takes what is written only when it is let. */
async function connected() {
  const written: Buffer[] = [];
  const taken: (() => void)[] = [];
  const wire = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      taken.push(done);
    },
  });
  const [clock, intake] = [new ManualClock(), new FakeIntake()];
  const session = principalSession(
    { type: 'device', id: 'd1', homeId: 'h1' },
    {
      clientId: 'd1',
      clean: true,
      resumed: false,
      handshakes: new Qos2Handshakes(),
      onRefused: () => undefined,
      messagesPerSecond: Infinity,
      mostTopics: 10,
    },
  );
  const connection = new FramedConnection(
    wire,
    { address: '', certified: undefined, isRevoked: () => false },
    { admit: () => Promise.resolve({ session }), attach: () => undefined, ended: () => undefined },
    {
      intake,
      pressure: new SharedPressure(intake, 1e6, clock),
      limits: DEFAULT_LIMITS,
      clock,
      metrics: noMetrics,
    },
  );
  const publish = async (id: number): Promise<void> => {
    wire.push(publishPacket({ topic: 'care/v1/h1/d1/presence', id }));
    await settled();
  };
  wire.push(connectPacket({ clientId: 'd1' }));
  await settled();
  connection.opened();
  return { connection, written, publish, take: () => taken.shift()?.() };
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('acknowledgements of a connection', () => {
  it('go straight to the wire, with nothing of their own on its way through the stream of aedes', async () => {
    const { connection, written, publish } = await connected();
    await publish(1);
    expect(written).toEqual([puback(1)]);
    expect(connection.writableLength).toBe(0);
  });

  it('never come between the two halves of a packet that aedes is writing', async () => {
    const { connection, written, publish, take } = await connected();
    connection.write('the head of a packet, ');
    connection.write('its body');
    await publish(1);
    for (let i = 0; i < 4; i++) {
      take();
      await settled();
    }
    expect(Buffer.concat(written)).toEqual(
      Buffer.concat([Buffer.from('the head of a packet, its body'), puback(1)]),
    );
  });

  it('are left to aedes, which lets go of who does not read, once wire and stream are full', async () => {
    const { connection, written, publish } = await connected();
    for (let id = 1; !connection.writableNeedDrain; id = (id % 200) + 1) {
      if (written.length > 0 && connection.writableLength === 0) connection.write(Buffer.alloc(100_000));
      await publish(id);
    }
    const held = connection.writableLength;
    await publish(7);
    expect(connection.writableLength).toBe(held);
    expect(connection.readableLength).toBeGreaterThan(0);
  });
});
