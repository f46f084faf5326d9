import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

interface Cost {
  /** log2 of N */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB, a fifth of a second (OWASP's minimum for scrypt in this memory). */
const COST: Cost = { ln: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const FORMAT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/;
/** A stored string asks for no more than this. */
const LARGEST_LN = 20;

/** `$scrypt$ln=15,r=8,p=3$salt$hash`; passwords alike after NFKC are one. Runs in libuv's pool, not in the event loop. */
export async function hashPassword(password: string, cost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await stretch(password, salt, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

/**
 * Whether it is the password. `stored` undefined (no such user) is false after the same time, so that names cannot be
 * told from the clock.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const parsed = stored === undefined ? undefined : parse(stored);
  if (!parsed) {
    await stretch(password, Buffer.alloc(SALT_BYTES), COST);
    return false;
  }
  return timingSafeEqual(await stretch(password, parsed.salt, parsed.cost), parsed.hash);
}

/** Hashed at another cost than is now used: hash anew after the next login. */
export function needsRehash(stored: string): boolean {
  const cost = parse(stored)?.cost;
  return cost?.ln !== COST.ln || cost.r !== COST.r || cost.p !== COST.p;
}

function parse(stored: string): { cost: Cost; salt: Buffer; hash: Buffer } | undefined {
  const [, ln, r, p, salt = '', hash = ''] = FORMAT.exec(stored) ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (!(cost.ln >= 1 && cost.ln <= LARGEST_LN && cost.r >= 1 && cost.p >= 1)) return undefined;
  return { cost, salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') };
}

const stretch = (password: string, salt: Buffer, { ln, r, p }: Cost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const N = 2 ** ln;
    const options = { N, r, p, maxmem: 128 * r * (N + p + 2) * 2 };
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, hash) =>
      error ? reject(error) : resolve(hash),
    );
  });
