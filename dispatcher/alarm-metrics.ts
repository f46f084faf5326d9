import type { Metrics } from '../platform/metrics.ts';
import type { Alert } from '../schemas/alert.ts';
import { BUDGET_CLASSES, BUDGET_MS, budgetClassOf, type Hop, HOPS, hopsOf } from './budgets.ts';

/**
 * What alarms took, as `/metrics` shows it: by hop and class, and whether the budget was met. Counted once for each
 * alarm, by the server that numbers its first event. No canaries (they are measured by themselves), no tests.
 */
export function alarmMetrics(metrics: Metrics): (alert: Alert) => void {
  const seconds = metrics.histogram<'hop' | 'class'>(
    'yinling_alert_hop_seconds',
    "An alarm's way to the operators' stream, by hop",
    ['hop', 'class'],
  );
  const budgets = metrics.counter('yinling_alert_budgets_total', 'Alarms by whether their budget was met', [
    'class',
    'result',
  ]);
  const answered = metrics.histogram(
    'yinling_alert_answer_seconds',
    'From the opening of a call to the person who took it',
    ['priority'],
    [1, 2.5, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 1_800],
  );
  for (const name of BUDGET_CLASSES) {
    for (const result of ['met', 'missed']) budgets.inc({ class: name, result }, 0);
    for (const hop of HOPS) seconds.zero({ hop, class: name });
  }
  for (const priority of ['1', '2']) answered.zero({ priority });

  return (alert) => {
    if (alert.synthetic || alert.test) return;
    const name = budgetClassOf(alert);
    if (alert.version === 1 && name !== undefined) {
      const hops = hopsOf(alert);
      for (const [hop, ms] of Object.entries(hops) as [Hop, number][])
        seconds.observe({ hop, class: name }, ms / 1_000);
      if (hops.whole !== undefined)
        budgets.inc({ class: name, result: hops.whole <= BUDGET_MS[name] ? 'met' : 'missed' });
    }
    const taken = alert.state === 'acknowledged' && alert.timeline.at(-1)?.what === 'acknowledged';
    if (taken && alert.priority <= 2 && alert.acknowledgedAt !== null)
      answered.observe(
        { priority: String(alert.priority) },
        Math.max(0, Date.parse(alert.acknowledgedAt) - Date.parse(alert.openedAt)) / 1_000,
      );
  };
}
