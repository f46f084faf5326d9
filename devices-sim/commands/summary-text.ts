import type { Summary } from '../measure/summary.ts';

/** The end of a run as a person reads it. */
export function summaryText(summary: Summary): string {
  const kinds = Object.entries(summary.byKind)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
  const { conservation: law } = summary;
  const lines = [
    '',
    `${summary.durationS} s, ${summary.homes} homes, seed ${summary.seed}`,
    `alerts       ${summary.alerts} (${kinds || 'none'}), ${summary.resolved} resolved`,
    `orders       ${summary.orders}, ${summary.visits} visits, ${summary.hours} h, satisfaction ${summary.satisfaction ?? '–'}`,
    `press→screen p50 ${summary.latencyMs.p50} ms, p99 ${summary.latencyMs.p99} ms (${summary.latencyMs.count} presses)`,
    `published    ${law.published} messages (+${law.repeats} repeats), ${law.acknowledged} acknowledged`,
    `stored       ${law.stored} readings, ${law.deadLetters} dead letters; ${law.pressesSeen} of ${law.presses} presses are evidence`,
    `lost         ${summary.lost}`,
    `duplicated   ${summary.duplicated}`,
    ...law.offences.slice(0, 10).map((o) => `  ${o.what}: ${o.deviceId} ${o.messageId} ${o.detail}`),
    ...summary.problems.slice(0, 10).map((problem) => `problem: ${problem}`),
  ];
  return `${lines.join('\n')}\n`;
}
