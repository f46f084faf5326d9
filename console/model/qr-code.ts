/**
 * A QR code (ISO/IEC 18004) of a short text: byte mode, error correction M, versions 1–12 (up to 287 bytes), the mask
 * that the standard's penalties prefer. Enough for a device's credentials, and no dependency for it.
 */
interface Version {
  /** Error-correction bytes of each block. */
  ec: number;
  /** Data bytes of each block. */
  blocks: readonly number[];
  align: readonly number[];
}
const many = (n: number, size: number): number[] => Array.from({ length: n }, () => size);
const VERSIONS: readonly Version[] = [
  { ec: 10, blocks: [16], align: [] },
  { ec: 16, blocks: [28], align: [6, 18] },
  { ec: 26, blocks: [44], align: [6, 22] },
  { ec: 18, blocks: [32, 32], align: [6, 26] },
  { ec: 24, blocks: [43, 43], align: [6, 30] },
  { ec: 16, blocks: many(4, 27), align: [6, 34] },
  { ec: 18, blocks: many(4, 31), align: [6, 22, 38] },
  { ec: 22, blocks: [38, 38, 39, 39], align: [6, 24, 42] },
  { ec: 22, blocks: [...many(3, 36), 37, 37], align: [6, 26, 46] },
  { ec: 26, blocks: [...many(4, 43), 44], align: [6, 28, 50] },
  { ec: 30, blocks: [50, ...many(4, 51)], align: [6, 30, 54] },
  { ec: 22, blocks: [...many(6, 36), 37, 37], align: [6, 32, 58] },
];

const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i += 1) {
  EXP[i] = x;
  EXP[i + 255] = x;
  LOG[x] = i;
  x = (x << 1) ^ (x & 0x80 ? 0x11d : 0);
}
const at = (table: Uint8Array | readonly number[], i: number): number => table[i] ?? 0;
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : at(EXP, at(LOG, a) + at(LOG, b)));

/** Reed–Solomon remainder of `data`, `n` bytes. */
function errorCorrection(data: readonly number[], n: number): number[] {
  let generator = [1];
  for (let i = 0; i < n; i += 1) {
    const next = [...generator, 0];
    for (const [k, g] of generator.entries()) next[k + 1] = at(next, k + 1) ^ times(g, at(EXP, i));
    generator = next;
  }
  const rest = [...data, ...many(n, 0)];
  for (let i = 0; i < data.length; i += 1) {
    const factor = at(rest, i);
    if (factor === 0) continue;
    for (const [k, g] of generator.entries()) rest[i + k] = at(rest, i + k) ^ times(g, factor);
  }
  return rest.slice(data.length);
}

/** Throws for a text beyond 287 bytes of UTF-8: a programmer's mistake, nobody types one in. */
export function qrCode(text: string): boolean[][] {
  const bytes = [...new TextEncoder().encode(text)];
  const index = VERSIONS.findIndex(
    (v, i) => bytes.length + (i < 9 ? 2 : 3) <= v.blocks.reduce((a, b) => a + b, 0),
  );
  const version = VERSIONS[index];
  if (!version) throw new Error('too long for a QR code');
  const codewords = interleaved(dataWords(bytes, version, index < 9 ? 8 : 16), version);
  const size = 17 + 4 * (index + 1);
  let best: { modules: boolean[][]; penalty: number } | undefined;
  for (let mask = 0; mask < 8; mask += 1) {
    const modules = drawn(size, version, index + 1, codewords, mask);
    const penalty = penaltyOf(modules);
    if (!best || penalty < best.penalty) best = { modules, penalty };
  }
  return best?.modules ?? [];
}

function dataWords(bytes: readonly number[], version: Version, lengthBits: number): number[] {
  const capacity = version.blocks.reduce((a, b) => a + b, 0);
  const bits: number[] = [];
  const push = (value: number, n: number): void => {
    for (let i = n - 1; i >= 0; i -= 1) bits.push((value >> i) & 1);
  };
  push(4, 4);
  push(bytes.length, lengthBits);
  for (const b of bytes) push(b, 8);
  push(0, Math.min(4, capacity * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const words: number[] = [];
  for (let i = 0; i < bits.length; i += 8)
    words.push(bits.slice(i, i + 8).reduce((word, bit) => word * 2 + bit, 0));
  for (let pad = 0xec; words.length < capacity; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

function interleaved(words: readonly number[], version: Version): number[] {
  let from = 0;
  const blocks = version.blocks.map((size) => {
    const data = words.slice(from, from + size);
    from += size;
    return { data, ec: errorCorrection(data, version.ec) };
  });
  const out: number[] = [];
  for (let i = 0; i < Math.max(...version.blocks); i += 1)
    for (const b of blocks) if (i < b.data.length) out.push(at(b.data, i));
  for (let i = 0; i < version.ec; i += 1) for (const b of blocks) out.push(at(b.ec, i));
  return out;
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

function drawn(
  size: number,
  version: Version,
  no: number,
  codewords: readonly number[],
  mask: number,
): boolean[][] {
  const cells: (boolean | undefined)[][] = Array.from({ length: size }, () =>
    Array.from({ length: size }, () => undefined),
  );
  const set = (x: number, y: number, dark: boolean): void => {
    const line = cells[y];
    if (line && x >= 0 && x < size) line[x] = dark;
  };
  const taken = (x: number, y: number): boolean => cells[y]?.[x] !== undefined;

  for (let i = 8; i < size - 8; i += 1) {
    set(i, 6, i % 2 === 0);
    set(6, i, i % 2 === 0);
  }
  for (const [cx, cy] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    for (let dy = -4; dy <= 4; dy += 1)
      for (let dx = -4; dx <= 4; dx += 1) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
  const last = version.align.at(-1);
  for (const cx of version.align)
    for (const cy of version.align) {
      const onFinder = (cx === 6 && (cy === 6 || cy === last)) || (cy === 6 && cx === last);
      if (onFinder) continue;
      for (let dy = -2; dy <= 2; dy += 1)
        for (let dx = -2; dx <= 2; dx += 1) set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    }
  drawFormat(size, mask, set);
  if (no >= 7) drawVersion(size, no, set);

  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1)
      for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
        if (taken(x, y)) continue;
        const dark = ((at(codewords, bit >> 3) >> (7 - (bit & 7))) & 1) === 1;
        bit += 1;
        set(x, y, dark !== (MASKS[mask]?.(x, y) ?? false));
      }
  }
  return cells.map((line) => line.map((dark) => dark === true));
}

type Set = (x: number, y: number, dark: boolean) => void;

function drawFormat(size: number, mask: number, set: Set): void {
  // Level M is 00.
  let rest = mask;
  for (let i = 0; i < 10; i += 1) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((mask << 10) | rest) ^ 0x5412;
  const dark = (i: number): boolean => ((bits >> i) & 1) === 1;
  for (let i = 0; i <= 5; i += 1) set(8, i, dark(i));
  set(8, 7, dark(6));
  set(8, 8, dark(7));
  set(7, 8, dark(8));
  for (let i = 9; i < 15; i += 1) set(14 - i, 8, dark(i));
  for (let i = 0; i < 8; i += 1) set(size - 1 - i, 8, dark(i));
  for (let i = 8; i < 15; i += 1) set(8, size - 15 + i, dark(i));
  set(8, size - 8, true);
}

function drawVersion(size: number, no: number, set: Set): void {
  let rest = no;
  for (let i = 0; i < 12; i += 1) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (no << 12) | rest;
  for (let i = 0; i < 18; i += 1) {
    const dark = ((bits >> i) & 1) === 1;
    const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
    set(a, b, dark);
    set(b, a, dark);
  }
}

/** Long runs, 2 × 2 blocks and imbalance; the look-alike of a finder is left out, since any mask is readable. */
function penaltyOf(modules: readonly (readonly boolean[])[]): number {
  const size = modules.length;
  const dark = (x: number, y: number): boolean => modules[y]?.[x] === true;
  let penalty = 0;
  let count = 0;
  for (let a = 0; a < size; a += 1) {
    let [runX, runY] = [1, 1];
    for (let b = 0; b < size; b += 1) {
      if (dark(b, a)) count += 1;
      if (b === 0) continue;
      runX = dark(b, a) === dark(b - 1, a) ? runX + 1 : 1;
      runY = dark(a, b) === dark(a, b - 1) ? runY + 1 : 1;
      for (const run of [runX, runY]) penalty += run === 5 ? 3 : run > 5 ? 1 : 0;
      if (
        a > 0 &&
        dark(b, a) === dark(b - 1, a) &&
        dark(b, a) === dark(b, a - 1) &&
        dark(b, a) === dark(b - 1, a - 1)
      )
        penalty += 3;
    }
  }
  return penalty + 10 * Math.floor(Math.abs((count * 20) / (size * size) - 10));
}
