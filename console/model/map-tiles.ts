import { wgs84ToGcj02 } from '../../schemas/datum.ts';
import type { Place } from './map-view.ts';

/** Pictures of a map under what we draw ourselves. Pure. */
export interface Tiles {
  /** With `{z}`, `{x}` and `{y}`. */
  url: string;
  attribution: string;
  datum: 'wgs84' | 'gcj02';
  maxZoom: number;
}
export interface TileImage {
  href: string;
  x: number;
  y: number;
  sizePx: number;
}

const EQUATOR_M = 40_075_016.686;
const TILE_PX = 256;
const RADIANS = Math.PI / 180;

/**
 * The Web Mercator tiles that cover a box of `width` × `height` pixels around `centre`, at `pxPerM` pixels a metre.
 * Over a district the datum's shift is the same everywhere, so the middle of the picture is moved and nothing else.
 */
export function tilesFor(
  tiles: Tiles,
  centre: Place,
  pxPerM: number,
  width: number,
  height: number,
): TileImage[] {
  const middle = tiles.datum === 'gcj02' ? wgs84ToGcj02(centre) : centre;
  const exact = Math.log2((EQUATOR_M * Math.cos(middle.lat * RADIANS) * pxPerM) / TILE_PX);
  const zoom = Math.max(0, Math.min(tiles.maxZoom, Math.round(exact)));
  const sizePx = TILE_PX * 2 ** (exact - zoom);
  const across = 2 ** zoom;
  const sin = Math.sin(middle.lat * RADIANS);
  const [column, row] = [
    ((middle.lon + 180) / 360) * across,
    (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * across,
  ];
  const found: TileImage[] = [];
  const [right, down] = [width / 2 / sizePx, height / 2 / sizePx];
  for (let y = Math.floor(row - down); y <= Math.floor(row + down); y += 1)
    for (let x = Math.floor(column - right); x <= Math.floor(column + right); x += 1) {
      if (y < 0 || y >= across) continue;
      found.push({
        href: tiles.url
          .replace('{z}', String(zoom))
          .replace('{x}', String(((x % across) + across) % across))
          .replace('{y}', String(y)),
        x: width / 2 + (x - column) * sizePx,
        y: height / 2 + (y - row) * sizePx,
        sizePx,
      });
    }
  return found;
}
