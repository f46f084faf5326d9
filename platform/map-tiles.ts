/** Where the console's maps get their pictures; without, they are drawn from what the service knows itself. */
export interface MapTiles {
  /** With `{z}`, `{x}` and `{y}`: an address, or a path on this service's own origin. */
  readonly url: string;
  /** Shown on every map; who made them usually asks for it. */
  readonly attribution: string;
  /** The datum they are drawn in: maps sold in mainland China are GCJ-02, and lie hundreds of metres beside WGS-84. */
  readonly datum: 'wgs84' | 'gcj02';
  readonly maxZoom: number;
}

const PLACES = ['{z}', '{x}', '{y}'];

/** MAP_TILES_URL and what goes with it; a problem never repeats the value, for it may hold a key. */
export function mapTilesOf(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): MapTiles | undefined {
  const given = (name: string): string => env[name]?.trim() ?? '';
  const url = given('MAP_TILES_URL');
  const others = ['MAP_TILES_ATTRIBUTION', 'MAP_TILES_DATUM', 'MAP_TILES_MAX_ZOOM'];
  if (url === '') {
    const set = others.filter((name) => given(name) !== '');
    if (set.length > 0) problems.push(`MAP_TILES_URL: is needed by ${set.join(', ')}`);
    return undefined;
  }
  const parsed = URL.parse(url, 'https://ours.invalid');
  const isAddress = /^https?:\/\//.test(url) || /^\/(?!\/)/.test(url);
  if (!isAddress || parsed === null || PLACES.some((place) => !url.includes(place)))
    problems.push('MAP_TILES_URL: must be an address http(s)://… or a path /…, with {z}, {x} and {y} in it');
  const datum = given('MAP_TILES_DATUM') || 'wgs84';
  if (datum !== 'wgs84' && datum !== 'gcj02') problems.push('MAP_TILES_DATUM: must be wgs84 or gcj02');
  const maxZoom = Number(given('MAP_TILES_MAX_ZOOM') || '18');
  if (!Number.isInteger(maxZoom) || maxZoom < 1 || maxZoom > 22)
    problems.push('MAP_TILES_MAX_ZOOM: must be a whole number, 1 to 22');
  return {
    url,
    attribution: given('MAP_TILES_ATTRIBUTION'),
    datum: datum === 'gcj02' ? 'gcj02' : 'wgs84',
    maxZoom,
  };
}

/** The origin that pages must be allowed to load pictures from; undefined: their own. */
export const originOf = (tiles: MapTiles | undefined): string | undefined =>
  tiles === undefined || tiles.url.startsWith('/') ? undefined : URL.parse(tiles.url)?.origin;
