import { describe, expect, it } from 'vitest';
import { isTopicFilter, isTopicName, readText } from './mqtt-text.ts';

const read = (bytes: number[] | string) =>
  readText(Buffer.from(bytes as string), 0, Buffer.from(bytes as string).length);

describe("MQTT's strings", () => {
  it.each(['care/v1/h/d/sos', '', '银铃', 'A\u{2A6D4}', '\u{FEFF}a'])('%j is one', (text) => {
    expect(read(text)).toBe(text);
  });

  const bad: [string, number[]][] = [
    ['U+0000', [0x61, 0x00]],
    ['U+0001', [0x01]],
    ['U+001F', [0x1f]],
    ['U+007F', [0x7f]],
    ['U+009F', [0xc2, 0x9f]],
    ['U+FFFF', [0xef, 0xbf, 0xbf]],
    ['U+1FFFE', [0xf0, 0x9f, 0xbf, 0xbe]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['an overlong form', [0xc0, 0x80]],
    ['half a character', [0xe9]],
  ];
  it.each(bad)('%s is in none', (_name, bytes) => {
    expect(read(bytes)).toBeUndefined();
  });

  it.each(['', '+', 'a/+', '#', 'a#'])('%j is no topic name', (text) => {
    expect(isTopicName(text)).toBe(false);
  });

  it.each(['a', '/', 'a//b', '+', '#', 'a/#', '+/+/#', '/+', 'a/+/b', '$share/x/y'])(
    '%j is a filter',
    (text) => {
      expect(isTopicFilter(text)).toBe(true);
    },
  );
  it.each(['', 'a#', '#/a', 'a/#/b', 'a+', '+a', 'a/b+/c', '##'])('%j is no filter', (text) => {
    expect(isTopicFilter(text)).toBe(false);
  });
});
