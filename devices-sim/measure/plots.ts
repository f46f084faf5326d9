/** Plots as inline SVG, for a page that needs nothing from elsewhere. Pure: numbers in, text out. */
export interface Line {
  name: string;
  /** Sorted by x. */
  points: readonly (readonly [number, number])[];
}

export interface Plot {
  title: string;
  xLabel: string;
  yLabel: string;
  lines: readonly Line[];
  /** y by powers of ten: latencies differ that much. */
  logY?: boolean;
  /** Names of places on the x axis; absent: round numbers. */
  xTicks?: readonly (readonly [number, string])[];
}

const [WIDTH, HEIGHT] = [720, 260];
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 12, 12, 36];
const TICKS = 5;
const LEAST_LOG = 0.01;

export function plotSvg(plot: Plot): string {
  const points = plot.lines.flatMap((line) => line.points);
  const [x0, x1] = range(points.map(([x]) => x));
  const ys = points.map(([, y]) => y);
  const [y0, y1] = plot.logY === true ? logRange(ys) : [0, niceTop(Math.max(0, ...ys))];
  const toY = (y: number): number => (plot.logY === true ? Math.log10(Math.max(y, LEAST_LOG)) : y);
  const x = (value: number): number => LEFT + ((value - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((toY(value) - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const yTicks =
    plot.logY === true
      ? Array.from({ length: y1 - y0 + 1 }, (_, i) => 10 ** (y0 + i))
      : Array.from({ length: TICKS }, (_, i) => (y1 * i) / (TICKS - 1));
  const xTicks =
    plot.xTicks ??
    Array.from({ length: TICKS + 1 }, (_, i) => x0 + ((x1 - x0) * i) / TICKS).map(
      (at) => [at, label(at)] as const,
    );
  const grid = [
    ...yTicks.map(
      (at) =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${fix(y(at))}" y2="${fix(y(at))}" class="grid"/><text x="${LEFT - 6}" y="${fix(y(at) + 4)}" text-anchor="end">${label(at)}</text>`,
    ),
    ...xTicks.map(
      ([at, text]) =>
        `<text x="${fix(x(at))}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${escape(text)}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${escape(plot.xLabel)}</text>`,
  ];
  const lines = plot.lines.map(({ points: line }, i) => {
    const at = line.map(([px, py]) => `${fix(x(px))},${fix(y(py))}`).join(' ');
    return `<polyline class="line line-${i}" points="${at}"/>`;
  });
  const legend = plot.lines
    .map(({ name }, i) => `<span class="key key-${i}">${escape(name)}</span>`)
    .join(' ');
  return `<figure><figcaption><b>${escape(plot.title)}</b> ${escape(plot.yLabel)} ${legend}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(plot.title)}">${grid.join('')}${lines.join('')}</svg></figure>`;
}

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function range(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? [least, least + 1] : [least, most];
}

/** Whole powers of ten around the values, as exponents. */
function logRange(values: readonly number[]): readonly [number, number] {
  const logs = values.filter((value) => value > 0).map((value) => Math.log10(Math.max(value, LEAST_LOG)));
  const [least, most] = range(logs);
  return [Math.floor(least), Math.max(Math.ceil(most), Math.floor(least) + 1)];
}

function niceTop(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 4, 5, 8, 10].find((times) => times * power >= most) ?? 10;
  return step * power;
}

const fix = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : '0');
const label = (value: number): string =>
  value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
