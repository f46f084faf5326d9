import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;

/** For devices, bridges and sessions: 256 random bits in base64url, 43 characters. Shown once, kept as `hashSecret`. */
export const newSecret = (random: (bytes: number) => Buffer = randomBytes): string =>
  random(SECRET_BYTES).toString('base64url');

/** SHA-256. Enough for what is random: 256 bits cannot be guessed, however fast the hash. Not for passwords. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();

/** In constant time. */
export function secretMatches(secret: string, hash: Uint8Array): boolean {
  const given = hashSecret(secret);
  return given.length === hash.length && timingSafeEqual(given, hash);
}
