import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('two processes in one (as in tests) do not share measurements', async () => {
  const [one, two] = [createMetrics({ process: false }), createMetrics({ process: false })];
  one.counter('yinling_presses_total', 'Presses.').inc();
  two.counter('yinling_presses_total', 'Presses.');
  expect(await one.text()).toContain('yinling_presses_total 1');
  expect(await two.text()).toContain('yinling_presses_total 0');
});

test('labels, gauges that are asked at the scrape, and histograms of seconds', async () => {
  const metrics = createMetrics({ process: false });
  metrics.counter('dead_total', 'Dead letters.', ['reason']).inc({ reason: 'not_json' }, 2);
  let depth = 3;
  metrics.gauge('depth', 'Depth.', [], () => depth);
  metrics.histogram('commit_seconds', 'Commits.').observe(0.004);
  depth = 4;
  const text = await metrics.text();
  expect(text).toContain('dead_total{reason="not_json"} 2');
  expect(text).toContain('depth 4');
  expect(text).toContain('commit_seconds_bucket{le="0.005"} 1');
  expect(text).toContain('commit_seconds_bucket{le="0.0025"} 0');
});

test('the process is measured, its event-loop lag included', async () => {
  const text = await createMetrics().text();
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
  expect(text).toContain('process_resident_memory_bytes');
});
