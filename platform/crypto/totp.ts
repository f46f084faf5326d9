import { createHmac, timingSafeEqual } from 'node:crypto';

/** RFC 6238 as every authenticator app understands it: SHA-1, six digits, steps of 30 s. Pure. */
export const TOTP_STEP_MS = 30_000;
const DIGITS = 6;
/** Clocks of telephones are off by a step at times, and people type slowly. */
const STEPS_ASIDE = 1;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export const totpStep = (atMs: number): number => Math.floor(atMs / TOTP_STEP_MS);

export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/**
 * The step that `code` belongs to, if that is now or next to it and later than `lastStep` (a code that was read over a
 * shoulder is good for nothing once used); undefined: wrong.
 */
export function totpStepOf(
  secret: Uint8Array,
  code: string,
  atMs: number,
  lastStep: number,
): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const now = totpStep(atMs);
  let found: number | undefined;
  for (let step = now - STEPS_ASIDE; step <= now + STEPS_ASIDE; step++)
    if (step > lastStep && timingSafeEqual(Buffer.from(totpCode(secret, step)), Buffer.from(code)))
      found ??= step;
  return found;
}

/** RFC 4648, without padding: how secrets are typed into apps. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32.charAt((value >>> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32.charAt((value << (5 - bits)) & 31);
}

/** What an app reads out of a QR code. */
export function otpauthUri(issuer: string, account: string, secret: Uint8Array): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}`;
}
