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
