import { describe, expect, it } from 'vitest';
import { packet, publishPacket, uint16 } from '../testing/packets.ts';
import { DeliveryLedger } from './delivery-ledger.ts';
import { PUBACK, PUBCOMP, PUBREC } from './packet-types.ts';

function ledger(...sent: Buffer[]): DeliveryLedger {
  const made = new DeliveryLedger();
  made.sent(Buffer.concat(sent));
  return made;
}
const qos1 = publishPacket({ topic: 'a', qos: 1, id: 1 });
const qos2 = publishPacket({ topic: 'a', qos: 2, id: 2 });

describe('the delivery ledger', () => {
  it('takes PUBACK for QoS 1, and PUBREC, then PUBCOMP for QoS 2', () => {
    const owed = ledger(packet(0x20, uint16(0)), qos1, publishPacket({ topic: 'b', qos: 0 }), qos2);
    expect(owed.size).toBe(2);
    expect(owed.acknowledged(PUBACK, 1)).toBe(true);
    expect(owed.acknowledged(PUBREC, 2)).toBe(true);
    expect(owed.acknowledged(PUBREC, 2)).toBe(true);
    expect(owed.acknowledged(PUBCOMP, 2)).toBe(true);
    expect(owed.size).toBe(0);
  });

  it('refuses acknowledgements of the wrong kind', () => {
    expect(ledger(qos1).acknowledged(PUBREC, 1)).toBe(false);
    expect(ledger(qos1).acknowledged(PUBCOMP, 1)).toBe(false);
    expect(ledger(qos2).acknowledged(PUBACK, 2)).toBe(false);
    expect(ledger(qos2).acknowledged(PUBCOMP, 2)).toBe(false);
    const released = ledger(qos2);
    released.acknowledged(PUBREC, 2);
    expect(released.acknowledged(PUBACK, 2)).toBe(false);
  });

  it('knows nothing against acknowledgements of unknown ids', () => {
    for (const type of [PUBACK, PUBREC, PUBCOMP]) expect(ledger().acknowledged(type, 9)).toBe(true);
  });

  it('expects PUBCOMP for a PUBREL that is sent again', () => {
    expect(ledger(packet(0x62, uint16(3))).acknowledged(PUBACK, 3)).toBe(false);
  });

  it('keeps its place when a packet goes out in pieces', () => {
    const owed = new DeliveryLedger();
    const large = publishPacket({ topic: 'a', qos: 1, id: 5, payload: Buffer.alloc(500, 0x32) });
    owed.sent(large.subarray(0, 200));
    owed.sent(Buffer.concat([large.subarray(200), qos1]));
    expect(owed.size).toBe(2);
  });
});
