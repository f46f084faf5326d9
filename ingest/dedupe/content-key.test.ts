import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboundMessage } from '../../schemas/inbound.ts';
import { decode } from '../decode/decode.ts';
import { contentKeyOf, sortedJson } from './content-key.ts';

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

  it('is written in one way only, and means what was sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = sortedJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(sortedJson(JSON.parse(text))).toBe(text);
      }),
    );
  });
});
