import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayHoldMedia, mediaAnywhere, mediaOfBytes, mediaWithin } from './media.ts';

const file = (...head: (number | string)[]): Uint8Array => {
  const bytes = head.flatMap((part) =>
    typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : [part],
  );
  return Uint8Array.from([...bytes, ...Array.from({ length: 400 - bytes.length }, (_, i) => (i * 7) % 251)]);
};
const FILES: [string, string, Uint8Array][] = [
  ['JPEG', 'picture', file(0xff, 0xd8, 0xff, 0xe0, 0, 16, 'JFIF')],
  ['PNG', 'picture', file(0x89, 'PNG\r\n', 0x1a, '\n')],
  ['GIF', 'picture', file('GIF89a')],
  ['BMP', 'picture', file('BM', 1, 2, 0, 0, 0, 0, 0, 0)],
  ['WebP', 'picture', file('RIFF', 1, 2, 3, 4, 'WEBPVP8 ')],
  ['HEIC', 'picture', file(0, 0, 0, 24, 'ftypheic')],
  ['MP4', 'video', file(0, 0, 0, 24, 'ftypmp42')],
  ['AVI', 'video', file('RIFF', 1, 2, 3, 4, 'AVI LIST')],
  ['Matroska', 'video', file(0x1a, 0x45, 0xdf, 0xa3)],
  ['H.264', 'video', file(0, 0, 0, 1, 0x67, 0x42)],
  ['WAV', 'sound', file('RIFF', 1, 2, 3, 4, 'WAVEfmt ')],
  ['MP3', 'sound', file('ID3', 4, 0)],
  ['MP3 without a tag', 'sound', file(0xff, 0xfb, 0x90, 0x44)],
  ['Ogg', 'sound', file('OggS', 0)],
  ['AMR', 'sound', file('#!AMR\n')],
];

describe('pictures, sound and video', () => {
  it('finds ISO media behind four bytes that begin as JSON does', () => {
    expect(mediaOfBytes(file('{"a"ftypmp42'))).toBe('video');
  });

  it.each(FILES)(
    '%s is a %s as bytes, base64, base64url, hex, data URI and array of bytes',
    (_, medium, bytes) => {
      const data = Buffer.from(bytes);
      expect(mediaOfBytes(bytes)).toBe(medium);
      for (const text of [data.toString('base64'), data.toString('base64url'), data.toString('hex')])
        expect(mediaWithin({ snapshot: { data: [text] } })).toBe(medium);
      expect(mediaWithin({ raw: [...bytes] })).toBe(medium);
      expect(mediaWithin([{ [data.toString('base64')]: 1 }])).toBe(medium);
    },
  );

  it.each([
    ['data:image/png;base64,iVBORw0KGgo=', 'picture'],
    ['x DATA:Audio/wav,abc', 'sound'],
    ['data:video/mp4;base64,AAAA', 'video'],
  ])('%s is found however short', (uri, medium) => {
    expect(mediaWithin({ zone: uri })).toBe(medium);
    expect(mayHoldMedia(JSON.stringify({ zone: uri }))).toBe(true);
  });

  it.each(FILES)(
    '%s is found introduced, in pieces, as numbers with a sign or under their places',
    (_, medium, bytes) => {
      const data = Buffer.from(bytes);
      const base64 = data.toString('base64');
      const disguises: unknown[] = [
        { snapshot: `photo: ${base64}` },
        { snapshot: `image/jpeg;base64,${base64}` },
        { pieces: base64.match(/.{1,40}/g) },
        { raw: [...bytes].map((byte) => (byte > 127 ? byte - 256 : byte)) },
        { raw: { ...bytes } },
      ];
      for (const disguise of disguises) {
        expect(mediaWithin(disguise)).toBe(medium);
        expect(mayHoldMedia(JSON.stringify(disguise))).toBe(true);
      }
    },
  );

  it.each(FILES.filter(([name]) => !['BMP', 'H.264', 'MP3 without a tag'].includes(name)))(
    '%s is found in what is no JSON: behind a header, in a MIME part, in a text cut off',
    (_, medium, bytes) => {
      const part = '--x\r\nContent-Type: application/octet-stream\r\n\r\n';
      expect(mediaAnywhere(Buffer.concat([Buffer.from([1, 2, 3, 4, 5, 6]), bytes]))).toBe(medium);
      expect(mediaAnywhere(Buffer.concat([Buffer.from(part), bytes]))).toBe(medium);
      expect(mediaAnywhere(Buffer.from(`{"a":{"b":"${Buffer.from(bytes).toString('base64')}`))).toBe(medium);
    },
  );

  it('is not suspected in what else is no JSON', () => {
    expect(mediaAnywhere(Buffer.from('{"action":"press","battery":'))).toBe(undefined);
    expect(mediaAnywhere(Buffer.from('值班人员想确认您是否安好'.repeat(20)))).toBe(undefined);
    expect(mediaAnywhere(Buffer.alloc(4_000))).toBe(undefined);
  });

  it('is not suspected in samples, hashes, tokens and ordinary text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 64 }), (hash) => {
        const strong = mediaOfBytes(hash, 64) !== undefined;
        expect(mediaWithin(Buffer.from(hash).toString('hex')) !== undefined).toBe(strong);
      }),
    );
    expect(
      mediaWithin({ x: Array.from({ length: 500 }, (_, i) => Math.sin(i)), y: Array(500).fill(0) }),
    ).toBe(undefined);
    expect(mediaWithin({ firmware: '1.4.2', note: '数据：图像已删除，仅保留结论。'.repeat(10) })).toBe(
      undefined,
    );
  });

  it('is never missed by the cheap look at the text', () => {
    const blob = fc.constantFrom(...FILES).map(([, , bytes]) => Buffer.from(bytes).toString('base64'));
    const payload = fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), blob), { maxKeys: 5 });
    fc.assert(
      fc.property(payload, (value) => {
        if (mediaWithin(value)) expect(mayHoldMedia(JSON.stringify(value))).toBe(true);
      }),
    );
  });
});
