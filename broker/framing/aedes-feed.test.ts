import { describe, expect, it } from 'vitest';
import { AedesFeed } from './aedes-feed.ts';
import type { Forward } from './aedes-packets.ts';
import type { PublishLane } from './publish-lane.ts';

const accepted = (packetId: number, qos: 1 | 2 = 1): Forward => ({ kind: 'accepted', qos, packetId });

/** A feed over what the lane gives out in turn; `full`: the client's side takes no more. */
function feedOf(forwards: Forward[], full = false) {
  const toAedes: Buffer[] = [];
  const toClient: Buffer[] = [];
  const lane = { next: () => forwards.shift() } as unknown as PublishLane<Forward>;
  const feed = new AedesFeed(
    lane,
    (bytes) => toAedes.push(bytes) > 0,
    (bytes) => !full && toClient.push(bytes) > 0,
  );
  feed.open();
  return { feed, forwards, toAedes, toClient };
}

describe('what has been accepted', () => {
  it('is acknowledged at once, in order, and aedes never sees it (I1)', () => {
    const { toAedes, toClient } = feedOf([accepted(7), accepted(0x1234), accepted(3)]);
    expect(Buffer.concat(toClient)).toEqual(Buffer.from([0x40, 2, 0, 7, 0x40, 2, 0x12, 0x34, 0x40, 2, 0, 3]));
    expect(toAedes).toEqual([]);
  });

  it('goes through aedes behind one that aedes has not acknowledged yet, so that the order stays [MQTT-4.6.0-2]', () => {
    const { feed, forwards, toAedes, toClient } = feedOf([accepted(1, 2)]);
    forwards.push(accepted(2));
    feed.flush();
    expect(toClient).toEqual([]);
    expect(toAedes).toHaveLength(2);
    expect(feed.takeReceipt(1, 2)).toBe(true);
    expect(feed.takeReceipt(2, 1)).toBe(true);
    forwards.push(accepted(3));
    feed.flush();
    expect(toClient).toEqual([Buffer.from([0x40, 2, 0, 3])]);
  });

  it('goes through aedes while the client does not take what is written: aedes lets go of it in time', () => {
    const { feed, toAedes, toClient } = feedOf([accepted(1), accepted(2)], true);
    expect(toClient).toEqual([]);
    expect(Buffer.concat(toAedes)).toHaveLength(14);
    expect([feed.takeReceipt(1, 1), feed.takeReceipt(2, 1)]).toEqual([true, true]);
  });

  it('leaves no receipt behind: nothing else that aedes may see is acknowledged by it (I1)', () => {
    const { feed } = feedOf([accepted(1)]);
    expect(feed.takeReceipt(1, 1)).toBe(false);
  });

  it('is not acknowledged once the connection is over', () => {
    const { feed, forwards, toAedes, toClient } = feedOf([]);
    feed.close();
    forwards.push(accepted(1));
    feed.flush();
    expect([...toAedes, ...toClient]).toEqual([]);
  });
});
