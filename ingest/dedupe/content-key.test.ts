import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboundMessage } from '../../schemas/inbound.ts';
import { decode } from '../decode/decode.ts';
import { contentKeyOf } from './content-key.ts';
import { hashJson } from './hash.ts';

const device = { deviceId: 'd1', deviceNo: 1, kind: 'sos_button' };
const home = { homeId: 'h1', device: () => device, external: () => undefined };

function keyOf(text: string, channel = 'sos'): number {
  const payload = Buffer.from(text);
  const message: InboundMessage = {
    principal: { type: 'device', id: 'd1', homeId: 'h1' },
    topic: `care/v1/h1/d1/${channel}`,
    payload,
    size: payload.length,
    qos: 1,
    receivedAt: 1_800_000_000_000,
  };
  const decoded = decode(message, home, new Map());
  if (decoded.result !== 'events' || !decoded.items[0]) throw new Error(JSON.stringify(decoded));
  return contentKeyOf(message, decoded.items[0]);
}

describe('the content of a message', () => {
  it('is its JSON: neither the order of fields nor blanks make another message', () => {
    const first = keyOf('{"id":"a","ts":5,"action":"press","x":{"p":1,"q":[{"r":2,"s":3}]}}');
    expect(keyOf('{ "x": {"q":[{"s":3,"r":2}],"p":1}, "action":"press", "ts":5.0, "id":"a" }')).toBe(first);
  });

  it('is another with any other value, also of an unknown field, another order in a list, another channel', () => {
    const texts = ['{"v":[1,2]}', '{"v":[2,1]}', '{"v":"[1,2]"}', '{"v":[[1,2]]}', '{"w":[1,2]}', '{}'];
    const keys = texts.map((text) => keyOf(text.replace('{', '{"action":"press",').replace(',}', '}')));
    expect(new Set(keys).size).toBe(texts.length);
    expect(keyOf('{"online":true}', 'status')).not.toBe(keyOf('{"online":true,"action":"press"}'));
  });

  it('is told apart by a field that was dropped, for that was sent all the same', () => {
    expect(keyOf('{"id":"a","action":"press","battery":999}')).not.toBe(keyOf('{"id":"a","action":"press"}'));
  });

  it('has one key for whatever order its fields are written in, and another for any other value', () => {
    const written = (value: unknown, backwards: boolean): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map((item) => written(item, backwards));
      const entries = Object.entries(value).map(([name, item]) => [name, written(item, backwards)]);
      return Object.fromEntries(backwards ? entries.toReversed() : entries);
    };
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        expect(hashJson(written(one, true), 7)).toBe(hashJson(written(one, false), 7));
        const same = isDeepStrictEqual(plain(one), plain(other));
        expect(hashJson(plain(one), 7) === hashJson(plain(other), 7)).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  it('tells apart what differs little', () => {
    const values = [
      null,
      true,
      false,
      0,
      1,
      '',
      '0',
      'null',
      [],
      {},
      [[]],
      [0],
      [0, 0],
      { a: 0 },
      { b: 0 },
      { a: '0' },
    ];
    const pairs = Array.from({ length: 20_000 }, (_, n) => ({
      ts: 1_790_000_000_000 + n,
      hr: n % 97,
      t: n / 10,
    }));
    const keys = new Set([...values, ...pairs].map((value) => hashJson(value, 3)));
    expect(keys.size).toBe(values.length + pairs.length);
  });
});
