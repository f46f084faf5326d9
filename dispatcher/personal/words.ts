import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { PersonalData } from '../../platform/crypto/personal-data.ts';
import type { Queryable } from '../../platform/database.ts';

/**
 * What people write on alarms and orders, sealed where it stands: within documents, and in an event log that is never
 * changed. It is sealed with keys of its own, and the data key seals only those, so that a new data key touches no log.
 */
export interface Words {
  /** What stands in the words' place; nothing in place of nothing. */
  seal(text: string): Promise<string>;
  /** A JSON value with its words readable again; itself, if there are none. */
  open<T>(value: T): Promise<T>;
  /** The same of JSON text; undefined if that takes a look into the database. */
  openNow(json: string): string | undefined;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const MARK = 'sealed:';
/** `sealed:KEY:BASE64:`, also within other text; letters that JSON leaves as they are. */
const TOKEN = /sealed:(\d{1,9}):([A-Za-z0-9_-]{38,}):/g;

/** Once more for a key that is not known: another process may have made it. Not for every word that merely looks sealed. */
const LOOK_EVERY_MS = 1_000;

export class SealedWords implements Words {
  readonly #db: Pick<Queryable, 'query'>;
  readonly #cipher: Pick<PersonalData, 'seal' | 'open'>;
  readonly #now: () => number;
  #keys = new Map<number, Buffer>();
  #newest: number | undefined;
  #lookedAt = -Infinity;

  constructor(deps: {
    db: Pick<Queryable, 'query'>;
    cipher: Pick<PersonalData, 'seal' | 'open'>;
    now: () => number;
  }) {
    this.#db = deps.db;
    this.#cipher = deps.cipher;
    this.#now = deps.now;
  }

  /** Takes the keys as they are now in the database. */
  async load(): Promise<void> {
    this.#lookedAt = this.#now();
    const { rows } = await this.#db.query<{ id: number; sealed: Uint8Array }>(
      'select id, sealed from word_keys order by id',
    );
    this.#keys = new Map(
      rows.map(({ id, sealed }) => [id, Buffer.from(String(this.#cipher.open(sealed)), 'base64')]),
    );
    this.#newest = rows.at(-1)?.id;
  }

  async seal(text: string): Promise<string> {
    if (text === '') return text;
    const { id, key } = await this.#sealing();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    const bytes = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${MARK}${id}:${bytes.toString('base64url')}:`;
  }

  async open<T>(value: T): Promise<T> {
    let opened = mapStrings(value, (text) => this.#opened(text));
    if (this.#missing && this.#mayLook()) {
      await this.#look();
      opened = mapStrings(value, (text) => this.#opened(text));
    }
    this.#missing = false;
    return opened as T;
  }

  openNow(json: string): string | undefined {
    if (!json.includes(MARK)) return json;
    const opened = this.#opened(json, (text) => JSON.stringify(text).slice(1, -1));
    const stale = this.#missing && this.#mayLook();
    this.#missing = false;
    return stale ? undefined : opened;
  }
  /** Something was sealed with a key that is not known here. */
  #missing = false;

  /** Whoever else misses something meanwhile waits for the same look. */
  #look(): Promise<void> {
    return (this.#looking ??= this.load().finally(() => (this.#looking = undefined)));
  }
  #looking: Promise<void> | undefined;

  #mayLook(): boolean {
    if (this.#looking !== undefined) return true;
    const sinceMs = this.#now() - this.#lookedAt;
    return sinceMs < 0 || sinceMs >= LOOK_EVERY_MS;
  }

  async #sealing(): Promise<{ id: number; key: Buffer }> {
    if (this.#newest === undefined) await this.load();
    if (this.#newest === undefined) {
      await makeWordKey(this.#db, this.#cipher);
      await this.load();
    }
    const id = this.#newest ?? 0;
    const key = this.#keys.get(id);
    if (key === undefined) throw new Error('there is no key for words');
    return { id, key };
  }

  /** Once only: words that look sealed when they are opened are just words. What cannot be opened stays as it is. */
  #opened(text: string, quoted: (words: string) => string = (words) => words): string {
    if (!text.includes(MARK)) return text;
    return text.replaceAll(TOKEN, (token: string, id: string, body: string) => {
      const key = this.#keys.get(Number(id));
      if (key === undefined) this.#missing = true;
      const words = key && decrypted(key, Buffer.from(body, 'base64url'));
      return words === undefined ? token : quoted(words);
    });
  }
}

/** Of the words from now on. What was sealed with former ones stays, and they stay for it. */
export async function makeWordKey(
  db: Pick<Queryable, 'query'>,
  cipher: Pick<PersonalData, 'seal'>,
): Promise<void> {
  await db.query('insert into word_keys (sealed) values ($1)', [
    cipher.seal(randomBytes(KEY_BYTES).toString('base64')),
  ]);
}

function decrypted(key: Buffer, bytes: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([
      decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The value itself, if no string of it is changed. */
function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const mapped = value.map((item: unknown) => mapStrings(item, map));
    return mapped.some((item, i) => item !== value[i]) ? mapped : value;
  }
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== null) return value; // a Date, bytes
  const entries = Object.entries(value);
  const mapped = entries.map(([name, item]) => [name, mapStrings(item, map)] as const);
  return mapped.some(([, item], i) => item !== entries[i]?.[1]) ? Object.fromEntries(mapped) : value;
}
