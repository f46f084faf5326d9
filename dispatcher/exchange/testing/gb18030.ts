/** What Chinese Excel saves as CSV: the two-byte part of GB18030, made from the decoder turned round. */
export function encodeGb18030(text: string): Buffer {
  const bytes = new Map<string, [number, number]>();
  const decoder = new TextDecoder('gb18030');
  for (let high = 0x81; high <= 0xfe; high++)
    for (let low = 0x40; low <= 0xfe; low++)
      if (low !== 0x7f) bytes.set(decoder.decode(Uint8Array.of(high, low)), [high, low]);
  return Buffer.from(
    [...text].flatMap((char) => {
      const code = char.charCodeAt(0);
      if (code < 0x80) return [code];
      const found = bytes.get(char);
      if (found === undefined) throw new Error(`no two bytes for ${char}`);
      return found;
    }),
  );
}
