import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRESH, parseChunk } from './event-stream.ts';
import type { StreamMessage } from './live-state.ts';

const TEXT =
  ':\n\nid: 7\nevent: alert\ndata: {"id":"al-1"}\n\nid: 8\r\nevent: order\r\ndata: {"a":\r\ndata: 1}\r\n\r\n: beat\n\ndata: plain\n\n';
const MESSAGES: StreamMessage[] = [
  { id: '7', event: 'alert', data: { id: 'al-1' } },
  { id: '8', event: 'order', data: { a: 1 } },
  { id: '8', event: 'message', data: 'plain' },
];

describe('reading server-sent events', () => {
  it('gives the same messages however the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: TEXT.length })), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), TEXT.length];
        let state = FRESH;
        const seen: StreamMessage[] = [];
        for (let i = 1; i < at.length; i += 1) {
          const parsed = parseChunk(state, TEXT.slice(at[i - 1], at[i]));
          state = parsed.state;
          seen.push(...parsed.messages);
        }
        expect(seen).toEqual(MESSAGES);
      }),
    );
  });

  it('holds back an event that is not complete', () => {
    expect(parseChunk(FRESH, 'event: alert\ndata: {}\n').messages).toEqual([]);
  });
});
