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

/** What each parameter scores; 0 where it is not known. */
const POINTS: { readonly [P in News2Parameter]: (seen: Observations, spo2Scale: 1 | 2) => number } = {
  respirationPerMin: ({ respirationPerMin: n }) => (n === undefined ? 0 : pointsIn(RESPIRATION, n)),
  spo2Pct: ({ spo2Pct: n, onOxygen }, scale) =>
    n === undefined ? 0 : pointsIn(spo2Bands(scale, onOxygen === true), n),
  onOxygen: ({ onOxygen }) => (onOxygen === true ? 2 : 0),
  systolicMmHg: ({ systolicMmHg: n }) => (n === undefined ? 0 : pointsIn(SYSTOLIC, n)),
  heartRateBpm: ({ heartRateBpm: n }) => (n === undefined ? 0 : pointsIn(PULSE, n)),
  consciousness: ({ consciousness: word }) => (word === undefined || word === 'A' ? 0 : 3),
  temperatureC: ({ temperatureC: n }) => (n === undefined ? 0 : pointsIn(TEMPERATURE_TENTHS, tenths(n))),
};
const SCORES = Object.values(POINTS);

/** Every value of vitals comes through here, and nearly every one scores nothing: no lists, no names. */
export function news2Sum(seen: Observations, spo2Scale: 1 | 2): Pick<PartialNews2, 'total' | 'singleRed'> {
  let total = 0;
  let singleRed = false;
  for (const score of SCORES) {
    const points = score(seen, spo2Scale);
    total += points;
    if (points === 3) singleRed = true;
  }
  return { total, singleRed };
}

/** The order in which evidence lists the points. */
const SHOWN: readonly News2Parameter[] = [
  'respirationPerMin',
  'spo2Pct',
  'systolicMmHg',
  'heartRateBpm',
  'temperatureC',
  'onOxygen',
  'consciousness',
];

/** The same with what it is made of, for whoever is told. */
export function partialNews2(seen: Observations, spo2Scale: 1 | 2): PartialNews2 {
  const points: PartialNews2['points'] = {};
  for (const parameter of SHOWN)
    if (seen[parameter] !== undefined) points[parameter] = POINTS[parameter](seen, spo2Scale);
  const missing = NEWS2_PARAMETERS.filter((parameter) => seen[parameter] === undefined);
  const { total, singleRed } = news2Sum(seen, spo2Scale);
  return { total, points, missing, singleRed };
}

const spo2Bands = (scale: 1 | 2, onOxygen: boolean): Bands => {
  if (scale === 1) return SPO2_SCALE_1;
  return onOxygen ? SPO2_SCALE_2_ON_OXYGEN : SPO2_SCALE_2_LOW;
};

/** 36.05 is held as 36.04999…: the small addition keeps halves rounding up. */
const tenths = (celsius: number): number => celsius * 10 + 1e-9;
