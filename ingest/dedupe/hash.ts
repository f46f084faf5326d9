/**
 * 53-bit hashes as safe integers (they fit a bigint column and a Float64Array). Not for adversaries: a device that
 * forges collisions only loses its own messages. Two of them, of id and of content, make a key.
 */
export function hashBytes(bytes: Uint8Array, seed: number): number {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    a = Math.imul(a ^ byte, 0x9e3779b1);
    b = Math.imul(b ^ byte, 0x5f356495);
    // Multiplication moves bits up only; without this, early bytes would leave the low bits alone.
    a ^= a >>> 15;
    b ^= b >>> 13;
  }
  return finish(a, b);
}

export function hashText(text: string, seed: number): number {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
    a ^= a >>> 15;
    b ^= b >>> 13;
  }
  return finish(a, b);
}

/**
 * Of parsed JSON, the same for any order of an object's fields: each field is hashed by itself and the hashes are added,
 * which costs a fraction of sorting and writing them. `decode` bounds the depth.
 */
export function hashJson(value: unknown, seed: number): number {
  if (typeof value === 'string') return hashText(value, seed ^ 0x1357_9bdf);
  if (typeof value === 'number') return hashNumber(value, seed);
  if (typeof value !== 'object') return finish(seed, value === true ? 3 : 2);
  if (value === null) return finish(seed, 1);
  return Array.isArray(value) ? hashList(value, seed) : hashFields(value as Record<string, unknown>, seed);
}

function hashFields(fields: Readonly<Record<string, unknown>>, seed: number): number {
  let low = seed;
  let high = 4;
  for (const name of Object.keys(fields)) {
    const hash = hashJson(fields[name], hashText(name, seed) | 0);
    low = (low + (hash | 0)) | 0;
    high = (high + hash / 0x1_0000_0000) | 0;
  }
  return finish(low, high);
}

function hashList(items: readonly unknown[], seed: number): number {
  let low = seed ^ items.length;
  let high = 5;
  for (const item of items) {
    const hash = hashJson(item, low);
    low = Math.imul(low ^ (hash | 0), 0x9e3779b1);
    high = Math.imul(high ^ (hash / 0x1_0000_0000), 0x5f356495);
    low ^= low >>> 15;
    high ^= high >>> 13;
  }
  return finish(low, high);
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

function hashNumber(value: number, seed: number): number {
  // -0 is 0 to whoever stores it
  float[0] = value + 0;
  return finish(((words[0] as number) ^ seed) | 0, Math.imul((words[1] as number) ^ seed, 0x9e3779b1));
}

function finish(a: number, b: number): number {
  let x = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  let y = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  y = Math.imul(y ^ (y >>> 12), 0x297a2d39);
  return 0x1_0000_0000 * (y & 0x1f_ffff) + ((x ^ (x >>> 16)) >>> 0);
}
