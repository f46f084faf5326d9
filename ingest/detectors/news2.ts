/**
 * National Early Warning Score 2 (Royal College of Physicians, 2017), partial: a home has some of the seven parameters,
 * so the total is a lower bound, given with the list of what is missing. Values are rounded to the table's precision
 * first (temperature 0.1 °C, the rest whole numbers).
 */
export interface Observations {
  respirationPerMin?: number | undefined;
  spo2Pct?: number | undefined;
  /** Absent: not known; scored as air, and listed as missing. */
  onOxygen?: boolean | undefined;
  systolicMmHg?: number | undefined;
  heartRateBpm?: number | undefined;
  /** A alert; C new confusion, V voice, P pain, U unresponsive. */
  consciousness?: 'A' | 'C' | 'V' | 'P' | 'U' | undefined;
  temperatureC?: number | undefined;
}

export const NEWS2_PARAMETERS = [
  'respirationPerMin',
  'spo2Pct',
  'onOxygen',
  'systolicMmHg',
  'heartRateBpm',
  'consciousness',
  'temperatureC',
] as const;
export type News2Parameter = (typeof NEWS2_PARAMETERS)[number];

export interface PartialNews2 {
  /** 0–20; a lower bound while something is missing. */
  total: number;
  points: Partial<Record<News2Parameter, number>>;
  missing: News2Parameter[];
  /** A single parameter scores 3. */
  singleRed: boolean;
}

/** Upper bounds (inclusive) of ascending bands and their points; the last band has no bound. */
type Bands = readonly (readonly [upTo: number, points: number])[];
function pointsIn(bands: Bands, value: number): number {
  const whole = Math.round(value);
  for (const band of bands) if (whole <= band[0]) return band[1];
  return 0;
}

const RESPIRATION: Bands = [
  [8, 3],
  [11, 1],
  [20, 0],
  [24, 2],
  [Infinity, 3],
];
const SPO2_SCALE_1: Bands = [
  [91, 3],
  [93, 2],
  [95, 1],
  [Infinity, 0],
];
const SPO2_SCALE_2_LOW: Bands = [
  [83, 3],
  [85, 2],
  [87, 1],
  [92, 0],
];
const SPO2_SCALE_2_ON_OXYGEN: Bands = [...SPO2_SCALE_2_LOW, [94, 1], [96, 2], [Infinity, 3]];
const SYSTOLIC: Bands = [
  [90, 3],
  [100, 2],
  [110, 1],
  [219, 0],
  [Infinity, 3],
];
const PULSE: Bands = [
  [40, 3],
  [50, 1],
  [90, 0],
  [110, 1],
  [130, 2],
  [Infinity, 3],
];
const TEMPERATURE_TENTHS: Bands = [
  [350, 3],
  [360, 1],
  [380, 0],
  [390, 1],
  [Infinity, 2],
];

/** Every value of vitals comes through here: field by field, and no lists in between. */
export function partialNews2(seen: Observations, spo2Scale: 1 | 2): PartialNews2 {
  const points: PartialNews2['points'] = {};
  const missing: News2Parameter[] = [];
  let total = 0;
  let singleRed = false;
  const scored = (n: number): number => {
    total += n;
    if (n === 3) singleRed = true;
    return n;
  };
  const { respirationPerMin, spo2Pct, onOxygen, systolicMmHg, heartRateBpm, consciousness, temperatureC } =
    seen;
  if (respirationPerMin === undefined) missing.push('respirationPerMin');
  else points.respirationPerMin = scored(pointsIn(RESPIRATION, respirationPerMin));
  if (spo2Pct === undefined) missing.push('spo2Pct');
  else points.spo2Pct = scored(pointsIn(spo2Bands(spo2Scale, onOxygen === true), spo2Pct));
  if (onOxygen === undefined) missing.push('onOxygen');
  if (systolicMmHg === undefined) missing.push('systolicMmHg');
  else points.systolicMmHg = scored(pointsIn(SYSTOLIC, systolicMmHg));
  if (heartRateBpm === undefined) missing.push('heartRateBpm');
  else points.heartRateBpm = scored(pointsIn(PULSE, heartRateBpm));
  if (consciousness === undefined) missing.push('consciousness');
  if (temperatureC === undefined) missing.push('temperatureC');
  else points.temperatureC = scored(pointsIn(TEMPERATURE_TENTHS, tenths(temperatureC)));
  if (onOxygen !== undefined) points.onOxygen = scored(onOxygen ? 2 : 0);
  if (consciousness !== undefined) points.consciousness = scored(consciousness === 'A' ? 0 : 3);
  return { total, points, missing, singleRed };
}

const spo2Bands = (scale: 1 | 2, onOxygen: boolean): Bands => {
  if (scale === 1) return SPO2_SCALE_1;
  return onOxygen ? SPO2_SCALE_2_ON_OXYGEN : SPO2_SCALE_2_LOW;
};

/** 36.05 is held as 36.04999…: the small addition keeps halves rounding up. */
const tenths = (celsius: number): number => celsius * 10 + 1e-9;
