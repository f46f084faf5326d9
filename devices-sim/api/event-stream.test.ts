import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventParser, type StreamedEvent } from './event-stream.ts';

const read = (chunks: string[]): StreamedEvent[] => {
  const events: StreamedEvent[] = [];
  const feed = eventParser((event) => events.push(event));
  for (const chunk of chunks) feed(chunk);
  return events;
};

const text =
  ':hello\n\nid: 7\nevent: alert\ndata: {"a":1}\n\nid: 8\nevent: order\ndata: x\ndata: y\n\n: beat\n\n';
const expected = [
  { id: '7', event: 'alert', data: '{"a":1}' },
  { id: '8', event: 'order', data: 'x\ny' },
];

describe('event stream', () => {
  it('is read whole', () => {
    expect(read([text])).toEqual(expected);
    expect(read([text.replaceAll('\n', '\r\n')])).toEqual(expected);
  });

  it('is read the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        expect(read(at.slice(1).map((end, i) => text.slice(at[i], end)))).toEqual(expected);
      }),
    );
  });
});
