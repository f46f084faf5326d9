import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../schemas/inbound.ts';
import { digestOf, Qos2Handshakes, Qos2Memory } from './qos2-handshakes.ts';

const accepted: Promise<Outcome> = Promise.resolve({ result: 'reading', messageId: 'm' });
const one = digestOf('t', Buffer.from('1'));
const other = digestOf('t', Buffer.from('2'));

describe('open QoS 2 handshakes', () => {
  it('know a repeat by its id, marked as one or with the same content', () => {
    const handshakes = new Qos2Handshakes();
    handshakes.remember(7, one, accepted);
    expect(handshakes.find(7, true, other)).toBe(accepted);
    expect(handshakes.find(7, false, one)).toBe(accepted);
    expect(handshakes.find(8, true, one)).toBeUndefined();
  });

  it('take an open id without DUP and with other content for a new message', () => {
    const handshakes = new Qos2Handshakes();
    handshakes.remember(7, one, accepted);
    expect(handshakes.find(7, false, other)).toBeUndefined();
  });

  it('end with PUBREL, or with an acceptance that failed', async () => {
    const handshakes = new Qos2Handshakes();
    handshakes.remember(7, one, accepted);
    handshakes.released(7);
    const failing = Promise.reject(new Error('closed'));
    handshakes.remember(8, one, failing);
    await failing.catch(() => undefined);
    expect(handshakes.size).toBe(0);
  });

  it('outlive the connection of a persistent session only', () => {
    const memory = new Qos2Memory(10);
    const handshakes = memory.begin('d/c', false);
    handshakes.remember(7, one, accepted);
    memory.end('d/c', false, handshakes);
    expect(memory.begin('d/c', false).find(7, true, one)).toBe(accepted);
    memory.end('d/c', false, handshakes);
    expect(memory.begin('d/c', true).size).toBe(0);
    expect(memory.begin('d/c', false).size).toBe(0);
  });

  it('are forgotten for the longest unused sessions first', () => {
    const memory = new Qos2Memory(2);
    for (const clientId of ['a', 'b', 'c']) {
      const handshakes = memory.begin(clientId, false);
      handshakes.remember(1, one, accepted);
      memory.end(clientId, false, handshakes);
    }
    expect(['a', 'b', 'c'].map((clientId) => memory.begin(clientId, false).size)).toEqual([0, 1, 1]);
  });
});
