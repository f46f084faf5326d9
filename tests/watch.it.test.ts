import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Api, apiWith, login, openStream } from './support/api.ts';
import { connectDevice } from './support/device.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { ADMIN_PASSWORD, type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const METRIC = /\b(?:yinling|nodejs|process)_[a-z0-9_]+\b/g;

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook_url: string };
}
const rules = (parse(read('ops/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const dashboards = readdirSync(join(root, 'ops/grafana/dashboards')).map((file) => ({
  file,
  panels: (
    JSON.parse(read(`ops/grafana/dashboards/${file}`)) as {
      panels: { title: string; targets: { expr: string }[] }[];
    }
  ).panels,
}));
const runbook = read('docs/runbook.md');

let db: TestDatabase;
let service: ServiceProcess;
let admin: Api;
/** Label names by metric, of all samples that a living service shows. */
let shown: Map<string, Set<string>>;
let text: string;

beforeAll(async () => {
  db = await testDatabase();
  service = await startServiceProcess({ DATABASE_URL: db.url, CANARY: 'on' });
  admin = await login(service.httpUrl);
  const session = await apiWith(service.httpUrl, '')('POST', '/session', {
    username: 'admin',
    password: ADMIN_PASSWORD,
  });
  const stream = await openStream(service.httpUrl, session.body.token);
  const home = await registerHome(admin, [{ kind: 'sos_button' }]);
  const [button = ''] = home.deviceIds;
  const device = await connectDevice(service.mqttPort, button, home.secrets[button] ?? '');
  await device.publish(`care/v1/${home.homeId}/${button}/sos`, '{"action":"press"}');
  await device.publish(`care/v1/${home.homeId}/${button}/vitals`, 'no json');
  const alert = await until('the alert', () => stream.events.find((e) => e.event === 'alert')?.data);
  expect((await admin('POST', `/alerts/${alert.id}/acknowledge`, {})).status).toBe(200);
  await device.end();
  stream.close();
  shown = await until('the answer to be measured', async () => {
    text = await (await fetch(`${service.httpUrl}/metrics`)).text();
    return /^yinling_alert_answer_seconds_count\{priority="1"\} 1$/m.test(text) && labelsByMetric(text);
  });
});
afterAll(async () => {
  await service.stop();
  await db.drop();
});

function labelsByMetric(metrics: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of metrics.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)/.exec(line);
    const sample = /^([a-z_0-9]+)(?:\{(.*)\})? /.exec(line);
    const name = type?.[1] ?? sample?.[1];
    if (name === undefined) continue;
    const labels = found.get(name) ?? new Set<string>();
    found.set(name, labels);
    if (type?.[2] === 'histogram')
      for (const part of ['_bucket', '_sum', '_count'])
        found.set(`${name}${part}`, found.get(`${name}${part}`) ?? new Set());
    for (const [, label = ''] of (sample?.[2] ?? '').matchAll(/([a-z_]+)="/g)) labels.add(label);
  }
  return found;
}

describe('what is watched', () => {
  it('every metric of the alert rules, the dashboards and the runbook is one that the service shows', () => {
    const used = new Map<string, string>();
    for (const { alert, expr } of rules) for (const [name] of expr.matchAll(METRIC)) used.set(name, alert);
    for (const { file, panels } of dashboards)
      for (const { title, targets } of panels)
        for (const { expr } of targets)
          for (const [name] of expr.matchAll(METRIC)) used.set(name, `${file}: ${title}`);
    for (const [name] of runbook.matchAll(METRIC)) used.set(name, 'runbook');
    expect(used.size).toBeGreaterThan(25);
    expect([...used].filter(([name]) => !shown.has(name))).toEqual([]);
  });

  it('every label that a rule or dashboard asks for is one that its metric has', () => {
    const expressions = [
      ...rules.map(({ expr }) => expr),
      ...dashboards.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))),
    ];
    const offences: string[] = [];
    for (const expr of expressions) {
      for (const [, name = '', selector = ''] of expr.matchAll(/\b(yinling_[a-z0-9_]+)\{([^}]*)\}/g))
        for (const [, label = ''] of selector.matchAll(/([a-z_]+)(?:=~|!~|!=|=)"/g))
          if ((shown.get(name)?.size ?? 0) > 0 && shown.get(name)?.has(label) === false)
            offences.push(`${name}{${label}}`);
      for (const [, list = '', inner = ''] of expr.matchAll(/by \(([^)]*)\) \(([^)]*)/g))
        for (const label of list.split(/,\s*/)) {
          const name = /yinling_[a-z0-9_]+/.exec(inner)?.[0];
          // Labelled by what has gone wrong: of such a metric there is nothing to see in a service that is well
          const seen = name === undefined ? undefined : shown.get(name);
          if (seen !== undefined && seen.size > 0 && !seen.has(label) && label !== 'le')
            offences.push(`${name} by ${label}`);
        }
    }
    expect(offences).toEqual([]);
  });

  it('every alert has its entry in the runbook, with what to do, and every entry its alert', () => {
    const entries = new Map(
      runbook
        .split('\n### ')
        .slice(1)
        .map((entry): [string, string] => [entry.slice(0, entry.indexOf('\n')).trim(), entry]),
    );
    expect([...entries.keys()]).toEqual(rules.map(({ alert }) => alert));
    for (const { alert, labels, annotations } of rules) {
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(entries.get(alert)).toContain(`*${labels.severity}.*`);
      expect(annotations.summary.length).toBeGreaterThan(10);
      expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
      expect(
        entries
          .get(alert)
          ?.split('\n\n')
          .filter((part) => part.length > 30).length,
      ).toBeGreaterThanOrEqual(2);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it('metrics follow the conventions: counters end in _total, units are base units, labels are bounded', () => {
    const offences: string[] = [];
    for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (yinling_\S+) (\S+)$/gm)) {
      if (type === 'counter' && !name.endsWith('_total')) offences.push(`${name}: a counter without _total`);
      if (type !== 'counter' && name.endsWith('_total')) offences.push(`${name}: ${type} with _total`);
      if (type === 'histogram' && !/_(seconds|bytes)$/.test(name)) offences.push(`${name}: without a unit`);
      if (/_(ms|milliseconds|minutes|mb)(_|$)/.test(name)) offences.push(`${name}: not a base unit`);
      for (const label of shown.get(name) ?? [])
        if (/id$|user|address|topic|home|device$|resident/i.test(label)) offences.push(`${name}{${label}}`);
    }
    expect(offences).toEqual([]);
    // A home, a device or a person is never a label's value.
    expect(text).not.toMatch(/home-\d|canary-/);
  });

  it('an alarm is measured hop by hop against its budget, and canaries are not counted as alarms', () => {
    const sample = (name: string): number =>
      Number(new RegExp(`^${name.replaceAll(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
    for (const hop of ['device', 'commit', 'stream', 'whole'])
      expect(sample(`yinling_alert_hop_seconds_count{hop="${hop}",class="A1"}`)).toBe(1);
    expect(
      sample('yinling_alert_budgets_total{class="A1",result="met"}') +
        sample('yinling_alert_budgets_total{class="A1",result="missed"}'),
    ).toBe(1);
    for (const name of ['yinling_database_idle_connections', 'yinling_database_waiting_statements'])
      expect(sample(name)).toBeGreaterThanOrEqual(0);
    expect(sample('yinling_disk_free_bytes')).toBeGreaterThan(0);
    expect(sample('yinling_dispatch_age_seconds{what="outbox"}')).toBeGreaterThanOrEqual(0);
  });
});
