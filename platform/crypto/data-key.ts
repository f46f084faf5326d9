/** Bytes of the key that personal data is sealed with. */
export const DATA_KEY_BYTES = 32;

/** The 32 bytes written in hex, base64 or base64url (white space around them is ignored); undefined for anything else. */
export function parseDataKey(text: string): Buffer | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return undefined;
  const key = Buffer.from(trimmed, 'base64');
  return key.length === DATA_KEY_BYTES ? key : undefined;
}

/**
 * Keys of a file, one a line: the first seals, all of them open. Former ones stand below it while anything (a backup,
 * too) is sealed with them. undefined: a line is no key, or there is none.
 */
export function parseDataKeys(text: string): DataKeys | undefined {
  const keys: Buffer[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const key = parseDataKey(line);
    if (key === undefined) return undefined;
    keys.push(key);
  }
  const [current, ...former] = keys;
  return current && { current, former };
}

export interface DataKeys {
  readonly current: Buffer;
  readonly former: readonly Buffer[];
}

/** Notified on `registry` once the file of keys is another: seal with its first from now on. */
export const DATA_KEY_CHANGED = 'data-key';
