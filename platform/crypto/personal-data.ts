import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { DATA_KEY_BYTES, type DataKeys } from './data-key.ts';
import { comparableText, grams, nationalNumber } from './search-text.ts';

/** Sealed or opened with another key, of another version, cut short or tampered with. */
export class SealError extends Error {}

/**
 * Personal data at rest: sealed with AES-256-GCM, and found again through keyed blind indexes, without the database
 * knowing what is in it. Whoever has the database but not the key learns how long a thing is, and which rows share a
 * (hashed) character, pair of characters or phone number.
 */
export interface PersonalData {
  /** Any JSON value; a different result each time. */
  seal(value: unknown): Buffer;
  /** What was sealed, with this key or a former one; throws a `SealError`. */
  open(sealed: Uint8Array): unknown;
  /**
   * Of each single character and each pair of neighbours in these texts, 16 bytes. Case, width and everything but letters
   * and digits make no difference. A row matches a query if its tokens contain all of the query's (`search_tokens @> $1`).
   */
  searchTokens(...texts: readonly string[]): Buffer[];
  /** 16 bytes; the same for one number however it is written, with or without +86. */
  phoneToken(phone: string): Buffer;
  /** To look with: tokens as by each key that rows may still be under, the current one first. */
  searchTokensByKey(...texts: readonly string[]): Buffer[][];
  phoneTokensByKey(phone: string): Buffer[];
  /** What everything sealed with the current key begins with. */
  mark(): Buffer;
  /** Takes the keys as they are now where they lie; without a source, nothing. */
  reload(): void;
}

const VERSION = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;
const TOKEN_BYTES = 16;

interface DerivedKeys {
  readonly header: Buffer;
  readonly seal: Buffer;
  readonly search: Buffer;
  readonly phone: Buffer;
}

/**
 * `formerKeys` still open what they sealed; what is sealed anew is so with `key`. `reread` is asked when something turns
 * up that none of them opens: the keys may have been changed under a process that runs.
 */
export function createPersonalData(
  key: Uint8Array,
  formerKeys: readonly Uint8Array[] = [],
  reread?: () => DataKeys,
): PersonalData {
  let current: DerivedKeys;
  let ring: ReadonlyMap<string, DerivedKeys>;
  const take = (first: Uint8Array, others: readonly Uint8Array[]): void => {
    current = derivedKeys(first);
    ring = new Map([current, ...others.map(derivedKeys)].map((one) => [one.header.toString('hex'), one]));
  };
  take(key, formerKeys);
  const reload = (): void => {
    if (reread === undefined) return;
    const keys = reread();
    take(keys.current, keys.former);
  };
  /** In the middle of opening: that there is no such key is said by what follows. */
  const reloadIfPossible = (): void => {
    try {
      reload();
    } catch {
      return;
    }
  };
  const token = (secret: Buffer, text: string) =>
    createHmac('sha256', secret).update(text).digest().subarray(0, TOKEN_BYTES);
  const searchTokens = ({ search }: DerivedKeys, texts: readonly string[]): Buffer[] => {
    const distinct = new Set(texts.flatMap((text) => grams(comparableText(text))));
    return [...distinct].sort().map((gram) => token(search, gram));
  };
  return {
    reload,
    seal(value) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.seal, nonce);
      cipher.setAAD(current.header);
      const text = Buffer.from(JSON.stringify(value), 'utf8');
      return Buffer.concat([current.header, nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES) throw new SealError('cut short');
      if (bytes[0] !== VERSION) throw new SealError(`sealed by another version (${bytes[0]})`);
      const id = bytes.toString('hex', 0, HEADER_BYTES);
      if (!ring.has(id)) reloadIfPossible();
      const sealing = ring.get(id);
      if (!sealing)
        throw new SealError(
          'sealed with another key: is DATA_KEY_FILE the one that this database was made with?',
        );
      const body = HEADER_BYTES + NONCE_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', sealing.seal, bytes.subarray(HEADER_BYTES, body), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(sealing.header);
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      let text: string;
      try {
        text = Buffer.concat([decipher.update(bytes.subarray(body, -TAG_BYTES)), decipher.final()]).toString(
          'utf8',
        );
      } catch (error) {
        throw new SealError('damaged or tampered with', { cause: error });
      }
      return JSON.parse(text) as unknown;
    },
    mark: () => Buffer.from(current.header),
    searchTokens: (...texts) => searchTokens(current, texts),
    phoneToken: (phone) => token(current.phone, nationalNumber(phone)),
    searchTokensByKey: (...texts) => [...ring.values()].map((one) => searchTokens(one, texts)),
    phoneTokensByKey: (phone) => [...ring.values()].map((one) => token(one.phone, nationalNumber(phone))),
  };
}

function derivedKeys(key: Uint8Array): DerivedKeys {
  if (key.length !== DATA_KEY_BYTES) throw new SealError(`a key has ${DATA_KEY_BYTES} bytes`);
  const id = derive(key, 'key id').subarray(0, KEY_ID_BYTES);
  return {
    header: Buffer.concat([Buffer.of(VERSION), id]),
    seal: derive(key, 'seal'),
    search: derive(key, 'search'),
    phone: derive(key, 'phone'),
  };
}

/** One key for each use. */
const derive = (key: Uint8Array, use: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', `yinling personal data: ${use}`, DATA_KEY_BYTES));
