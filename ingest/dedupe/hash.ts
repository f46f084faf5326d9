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

function finish(a: number, b: number): number {
  let x = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  let y = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  y = Math.imul(y ^ (y >>> 12), 0x297a2d39);
  return 0x1_0000_0000 * (y & 0x1f_ffff) + ((x ^ (x >>> 16)) >>> 0);
}
