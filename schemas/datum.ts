/**
 * The three datums in which devices sold in mainland China give positions. Everything of ours is WGS-84.
 * GCJ-02 is WGS-84 shifted by a published polynomial (100–700 m inside the mainland's rectangle, identity outside);
 * BD-09 is GCJ-02 turned once more. Back from GCJ-02 there is no formula: it is iterated to under a millimetre.
 * Degrees. Pure.
 */
export interface Position {
  lat: number;
  lon: number;
}
export const DATUMS = ['wgs84', 'gcj02', 'bd09'] as const;
export type Datum = (typeof DATUMS)[number];

const SEMI_MAJOR_M = 6_378_245;
const ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943;
const BD_ANGLE = (Math.PI * 3000) / 180;
/** 1e-9 degrees is a tenth of a millimetre. */
const CLOSE_ENOUGH_DEG = 1e-9;
const MOST_ROUNDS = 30;

/** Outside this rectangle the devices do not shift. */
const isOutsideChina = ({ lat, lon }: Position): boolean =>
  lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271;

function shift({ lat, lon }: Position): Position {
  const x = lon - 105;
  const y = lat - 35;
  const waves = (v: number): number =>
    ((20 * Math.sin(6 * v * Math.PI) + 20 * Math.sin(2 * v * Math.PI)) * 2) / 3;
  const north =
    -100 +
    2 * x +
    3 * y +
    0.2 * y * y +
    0.1 * x * y +
    0.2 * Math.sqrt(Math.abs(x)) +
    waves(x) +
    ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3 +
    ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3;
  const east =
    300 +
    x +
    2 * y +
    0.1 * x * x +
    0.1 * x * y +
    0.1 * Math.sqrt(Math.abs(x)) +
    waves(x) +
    ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3 +
    ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3;
  const radians = (lat / 180) * Math.PI;
  const magic = 1 - ECCENTRICITY_SQUARED * Math.sin(radians) ** 2;
  const root = Math.sqrt(magic);
  return {
    lat: (north * 180) / (((SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED)) / (magic * root)) * Math.PI),
    lon: (east * 180) / ((SEMI_MAJOR_M / root) * Math.cos(radians) * Math.PI),
  };
}

export function wgs84ToGcj02(position: Position): Position {
  if (isOutsideChina(position)) return position;
  const by = shift(position);
  return { lat: position.lat + by.lat, lon: position.lon + by.lon };
}

/** Exact to under a millimetre; most libraries take one step and are off by up to 5 m. */
export function gcj02ToWgs84(position: Position): Position {
  if (isOutsideChina(position)) return position;
  let guess = position;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const there = wgs84ToGcj02(guess);
    const off = { lat: there.lat - position.lat, lon: there.lon - position.lon };
    guess = { lat: guess.lat - off.lat, lon: guess.lon - off.lon };
    if (Math.abs(off.lat) < CLOSE_ENOUGH_DEG && Math.abs(off.lon) < CLOSE_ENOUGH_DEG) break;
  }
  return guess;
}

export function gcj02ToBd09({ lat, lon }: Position): Position {
  const radius = Math.hypot(lon, lat) + 0.000_02 * Math.sin(lat * BD_ANGLE);
  const angle = Math.atan2(lat, lon) + 0.000_003 * Math.cos(lon * BD_ANGLE);
  return { lat: radius * Math.sin(angle) + 0.006, lon: radius * Math.cos(angle) + 0.0065 };
}

export function bd09ToGcj02(position: Position): Position {
  const lat = position.lat - 0.006;
  const lon = position.lon - 0.0065;
  const radius = Math.hypot(lon, lat) - 0.000_02 * Math.sin(lat * BD_ANGLE);
  const angle = Math.atan2(lat, lon) - 0.000_003 * Math.cos(lon * BD_ANGLE);
  return { lat: radius * Math.sin(angle), lon: radius * Math.cos(angle) };
}

export function toWgs84(position: Position, datum: Datum): Position {
  switch (datum) {
    case 'wgs84':
      return { lat: position.lat, lon: position.lon };
    case 'gcj02':
      return gcj02ToWgs84(position);
    case 'bd09':
      return gcj02ToWgs84(bd09ToGcj02(position));
  }
}
