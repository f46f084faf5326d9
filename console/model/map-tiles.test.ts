import { expect, test } from 'vitest';
import { tilesFor } from './map-tiles.ts';
import type { Tiles } from './map-tiles.ts';
import { metresFrom } from './map-view.ts';

const TILES: Tiles = { url: '/t/{z}/{x}/{y}.png', attribution: '', datum: 'wgs84', maxZoom: 18 };
const HOME = { lat: 22.5571, lon: 114.0592 };
const SCALE = 0.04; // 25 m a pixel

/** Where a place of the world lies on the tile that shows it, by the formula of the tiles' own makers. */
function pixelOf(place: typeof HOME, zoom: number): { x: number; y: number } {
  const n = 2 ** zoom;
  const lat = (place.lat * Math.PI) / 180;
  return {
    x: ((place.lon + 180) / 360) * n,
    y: ((1 - Math.asinh(Math.tan(lat)) / Math.PI) / 2) * n,
  };
}

test('tiles cover the whole box and lie where the drawing has the same places', () => {
  const images = tilesFor(TILES, HOME, SCALE, 340, 240);
  expect(Math.min(...images.map((i) => i.x))).toBeLessThanOrEqual(0);
  expect(Math.min(...images.map((i) => i.y))).toBeLessThanOrEqual(0);
  expect(Math.max(...images.map((i) => i.x + i.sizePx))).toBeGreaterThanOrEqual(340);
  expect(Math.max(...images.map((i) => i.y + i.sizePx))).toBeGreaterThanOrEqual(240);
  // A place two kilometres off: drawn by metres, and found on its tile, it is the same pixel.
  const there = { lat: HOME.lat + 0.018, lon: HOME.lon - 0.015 };
  const m = metresFrom(HOME, there);
  const drawn = { x: 170 + m.x * SCALE, y: 120 + m.y * SCALE };
  const [, zoom, column, row] = /\/t\/(\d+)\/(\d+)\/(\d+)\.png/.exec(images[0]?.href ?? '') ?? [];
  const on = pixelOf(there, Number(zoom));
  const first = images[0];
  expect((first?.x ?? 0) + (on.x - Number(column)) * (first?.sizePx ?? 0)).toBeCloseTo(drawn.x, 0);
  expect((first?.y ?? 0) + (on.y - Number(row)) * (first?.sizePx ?? 0)).toBeCloseTo(drawn.y, 0);
});
test('beyond the deepest zoom its tiles are drawn larger', () => {
  const shallow = tilesFor({ ...TILES, maxZoom: 10 }, HOME, SCALE, 340, 240);
  expect(shallow.every((i) => i.href.startsWith('/t/10/'))).toBe(true);
  expect(shallow[0]?.sizePx).toBeGreaterThan(256);
});
test('tiles in GCJ-02 are moved by that datum’s shift, some hundred metres', () => {
  const [plain] = tilesFor(TILES, HOME, SCALE, 340, 240);
  const [moved] = tilesFor({ ...TILES, datum: 'gcj02' }, HOME, SCALE, 340, 240);
  expect(moved?.href).toBe(plain?.href);
  const metres = Math.hypot((moved?.x ?? 0) - (plain?.x ?? 0), (moved?.y ?? 0) - (plain?.y ?? 0)) / SCALE;
  expect(metres).toBeGreaterThan(300);
  expect(metres).toBeLessThan(800);
});
