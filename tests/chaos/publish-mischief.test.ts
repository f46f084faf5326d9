import { describe, expect, it } from 'vitest';
import { connectPacket, PINGREQ, publishPacket } from '../../broker/testing/packets.ts';
import { PublishMischief } from './publish-mischief.ts';

const publish = (id: number) => publishPacket({ topic: 'care/v1/h/d/sos', payload: 'x'.repeat(200), id });
const dup = (packet: Buffer) => Buffer.concat([Buffer.of((packet[0] ?? 0) | 0x08), packet.subarray(1)]);

describe('mischief with what a device says', () => {
  it('doubles a PUBLISH, the second marked as one, and nothing else', () => {
    const mischief = new PublishMischief();
    const connect = connectPacket({ username: 'd' });
    expect(mischief.pass(Buffer.concat([connect, publish(1), PINGREQ]), 'double')).toEqual([
      connect,
      publish(1),
      dup(publish(1)),
      PINGREQ,
    ]);
  });

  it('swaps neighbours; who has no neighbour comes when asked for', () => {
    const mischief = new PublishMischief();
    const passed = mischief.pass(Buffer.concat([publish(1), publish(2), publish(3)]), 'swap');
    expect(passed).toEqual([publish(2), publish(1)]);
    expect(mischief.keeps).toBe(true);
    expect(mischief.flush()).toEqual([publish(3)]);
    expect(mischief.keeps).toBe(false);
  });

  it('loses nothing, however the bytes come, and keeps the order once it is over', () => {
    const mischief = new PublishMischief();
    const bytes = Buffer.concat([publish(1), publish(2), publish(3)]);
    const passed = [...bytes].flatMap((byte, i) =>
      mischief.pass(Buffer.of(byte), i < publish(1).length ? 'swap' : undefined),
    );
    expect(Buffer.concat(passed)).toEqual(bytes);
  });
});
