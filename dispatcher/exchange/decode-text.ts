/**
 * Text of a file that somebody saved from a spreadsheet: UTF-8 with or without a byte order mark, UTF-16 with one, or
 * GB18030 (and with it GBK and GB2312), which is what Chinese Excel writes as "CSV". Undefined: none of them. Pure.
 */
export function decodeText(bytes: Uint8Array, charset?: string): string | undefined {
  const said = charset?.toLowerCase();
  if (said !== undefined && /^(gb18030|gbk|gb2312)$/.test(said)) return decoded(bytes, 'gb18030');
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decoded(bytes, 'utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decoded(bytes, 'utf-16be');
  return decoded(bytes, 'utf-8') ?? (said === undefined ? decoded(bytes, 'gb18030') : undefined);
}

function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    // Takes the byte order mark away.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
