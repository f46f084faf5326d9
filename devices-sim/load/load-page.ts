import { Histogram, type HistogramData, type HistogramSummary } from '../measure/histogram.ts';
import { escape, type Line, plotSvg } from '../measure/plots.ts';
import type { LoadReport } from './load-report.ts';
import type { Hop } from './press-watch.ts';
import type { LoadResult, LoadSpec } from './run-load.ts';

export interface PageContent {
  spec: LoadSpec;
  result: LoadResult;
  report: LoadReport;
  sos: Histogram | undefined;
  hops: Record<Hop, HistogramData> | undefined;
  /** When and on what it ran: a number without it says little. */
  conditions: string;
}

/** One self-contained page of a run: no script, nothing fetched, plots as inline SVG. */
export function loadPage(content: PageContent): string {
  const { spec, result, report } = content;
  const rate = spec.ratePerS === 'max' ? 'closed loop' : `${spec.ratePerS} messages/s`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Load ${escape(spec.runId)}</title><style>${STYLE}</style></head><body>
<h1>${escape(rate)}, ${spec.pressesPerS} presses/s, ${report.clients} connections, ${spec.durationMs / 1000} s</h1>
<p>${escape(content.conditions)}</p>
${verdicts(report)}
${facts(report)}
${plotSvg({ title: 'Throughput', yLabel: 'messages/s', xLabel: 'seconds', lines: throughput(result) })}
${plotSvg({ title: 'From due to acknowledged', yLabel: 'ms, by when it was due', xLabel: 'seconds', logY: true, lines: course(result) })}
${plotSvg({ title: 'By percentile', yLabel: 'ms', xLabel: 'share of messages', logY: true, xTicks: PERCENT, lines: percentiles(content) })}
${hopTable(content)}
</body></html>
`;
}

const throughput = ({ series: { stepMs, steps } }: LoadResult): Line[] => {
  const line = (name: string, count: (step: (typeof steps)[number]) => number): Line => ({
    name,
    points: steps.map((step, i) => [(i * stepMs) / 1000, (count(step) * 1000) / stepMs]),
  });
  const lines = [
    line('due', (step) => step.due + step.presses),
    line('acknowledged', (step) => step.acknowledged),
  ];
  return steps.some(({ presses }) => presses > 0)
    ? [...lines, line('presses', (step) => step.presses)]
    : lines;
};

const course = ({ series: { stepMs, steps } }: LoadResult): Line[] =>
  ([0.5, 0.99, 1] as const).map((quantile) => ({
    name: quantile === 1 ? 'max' : `p${quantile * 100}`,
    points: steps.flatMap(({ latency }, i) =>
      latency.buckets.length === 0 ? [] : [[(i * stepMs) / 1000, of(latency).quantileMs(quantile)] as const],
    ),
  }));

const CURVE = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9995, 0.9999];
/** x is the number of nines. */
const nines = (quantile: number): number => -Math.log10(1 - quantile);
const PERCENT = [
  [0, '0'],
  [nines(0.5), '50 %'],
  [1, '90 %'],
  [2, '99 %'],
  [3, '99.9 %'],
  [4, '99.99 %'],
] as const;

function percentiles({ result, sos }: PageContent): Line[] {
  const curve = (name: string, histogram: Histogram): Line => ({
    name,
    // A quantile that fewer messages were measured than it divides says nothing.
    points: CURVE.filter((quantile) => histogram.count * (1 - quantile) >= 1).map((quantile) => [
      nines(quantile),
      histogram.quantileMs(Math.max(quantile, Number.EPSILON)),
    ]),
  });
  const lines = [curve('acknowledged', of(result.ackMs)), curve('press acknowledged', of(result.pressAckMs))];
  return sos === undefined ? lines : [...lines, curve('press on the screen', sos)];
}

function verdicts({ assertions }: LoadReport): string {
  if (assertions.length === 0) return '';
  const items = assertions.map(
    ({ text, held, measured }) =>
      `<li class="${held ? 'held' : 'broken'}">${held ? 'held' : 'BROKEN'}: <code>${escape(text)}</code>, measured ${measured ?? 'nothing'}</li>`,
  );
  return `<ul>${items.join('')}</ul>`;
}

function facts(report: LoadReport): string {
  const rows: [string, string][] = [
    [
      'sent / acknowledged / unacknowledged',
      `${report.sent} / ${report.acknowledged} / ${report.unacknowledged}`,
    ],
    ['acknowledged a second', String(report.acknowledgedPerS)],
    ['presses / seen', `${report.presses} / ${report.pressesSeen ?? 'not watched'}`],
    ['lost / duplicated', `${report.lost ?? 'not checked'} / ${report.duplicated ?? 'not checked'}`],
    ['connections a second', String(report.connectsPerS)],
    ['generator, bytes a connection', String(report.generatorRssBytesPerClient)],
    ['connections that ended', JSON.stringify(report.closed)],
  ];
  return `<table>${rows.map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(value)}</td></tr>`).join('')}</table>`;
}

function hopTable({ report }: PageContent): string {
  const rows: [string, HistogramSummary | null][] = [
    ['connect', report.connectMs],
    ['connect again', report.reconnectMs],
    ['due → written (generator, window)', report.heldMs],
    ['due → PUBACK', report.ackMs],
    ['press due → PUBACK', report.pressAckMs],
    ['press due → screen', report.sosMs],
    ...Object.entries(report.hopsMs ?? {}),
  ];
  const cells = (summary: HistogramSummary): string =>
    [summary.count, summary.p50Ms, summary.p90Ms, summary.p99Ms, summary.p999Ms, summary.maxMs]
      .map((value) => `<td>${value}</td>`)
      .join('');
  const body = rows.flatMap(([name, summary]) =>
    summary === null || summary.count === 0 ? [] : [`<tr><th>${escape(name)}</th>${cells(summary)}</tr>`],
  );
  return `<table><tr><th>hop, ms</th><th>count</th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>max</th></tr>${body.join('')}</table>`;
}

function of(data: HistogramData): Histogram {
  const histogram = new Histogram();
  histogram.add(data);
  return histogram;
}

const COLOURS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd'];
const STYLE = `
:root{color-scheme:light dark}
body{font:14px/1.5 system-ui,sans-serif;max-width:760px;margin:2em auto;padding:0 1em}
h1{font-size:1.3em}
table{border-collapse:collapse;margin:1em 0}
th,td{padding:2px 12px 2px 0;text-align:right;font-variant-numeric:tabular-nums}
th:first-child{text-align:left;font-weight:normal}
figure{margin:1.5em 0}
svg{width:100%;height:auto}
svg text{font-size:11px;fill:currentColor}
.grid{stroke:currentColor;opacity:.15}
.line{fill:none;stroke-width:1.5}
.key{margin-left:1em}
.broken{color:#d62728;font-weight:bold}
${COLOURS.map((colour, i) => `.line-${i}{stroke:${colour}}.key-${i}{color:${colour}}`).join('\n')}
`;
