import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';

const prometheus = resolve(import.meta.dirname, '../ops/prometheus');
const RULES = join(prometheus, 'alerts.yml');
const alerts = (
  parse(readFileSync(RULES, 'utf8')) as { groups: { rules: { alert: string }[] }[] }
).groups.flatMap((group) => group.rules.map((rule) => rule.alert));

/** Series in promtool's notation (`first+step x times`), a value each 15 s. */
type Series = Record<string, string>;
const MINUTES = 20;
const steady = (value: number): string => `${value}+0x${MINUTES * 4}`;
const growing = (by: number): string => `0+${by}x${MINUTES * 4}`;
/** Well for five minutes, then otherwise. */
const then = (well: number, ill: number): string => `${well}+0x19 ${ill}+0x${(MINUTES - 5) * 4}`;

/** A service in which all is well. */
const WELL: Series = {
  'up{job="yinling",instance="dispatcher:8080"}': steady(1),
  'yinling_canary_failing{street="莲花"}': steady(0),
  'yinling_canary_pings_total{result="failed"}': steady(0),
  'yinling_dispatch_overdue{what="alerts"}': steady(0),
  'yinling_dispatch_age_seconds{what="outbox"}': steady(0.02),
  yinling_dispatch_audit_failures_total: steady(0),
  yinling_dispatch_tick_failures_total: steady(0),
  yinling_dispatch_wake_up_failures_total: steady(0),
  'yinling_alert_budgets_total{class="A1",result="met"}': growing(1),
  'yinling_alert_budgets_total{class="A1",result="missed"}': steady(0),
  'yinling_alert_answer_seconds_bucket{le="60"}': growing(1),
  yinling_alert_answer_seconds_count: growing(1),
  'yinling_ingest_messages_total{result="accepted"}': growing(100),
  'yinling_ingest_messages_total{result="reading"}': growing(99),
  'yinling_ingest_messages_total{result="duplicate"}': growing(1),
  'yinling_ingest_signals_total{result="raised"}': growing(2),
  'yinling_ingest_signals_total{result="opened"}': growing(1),
  'yinling_ingest_signals_total{result="joined"}': growing(1),
  'yinling_ingest_dead_letters_total{reason="json"}': steady(3),
  'yinling_ingest_detector_faults_total{detector="fall"}': steady(0),
  'yinling_ingest_troubles_total{kind="retries"}': steady(1),
  'yinling_ingest_accept_seconds_bucket{lane="express",le="0.05"}': growing(1),
  'yinling_ingest_accept_seconds_bucket{lane="express",le="1"}': growing(1),
  'yinling_ingest_accept_seconds_bucket{lane="express",le="+Inf"}': growing(1),
  yinling_database_waiting_statements: steady(0),
  yinling_ingest_pending_messages: steady(40),
  yinling_mqtt_connections: steady(1000),
  'yinling_mqtt_connects_total{result="accepted"}': growing(1),
  'yinling_mqtt_connects_total{result="refused"}': steady(5),
  'yinling_mqtt_malformed_total{reason="length"}': steady(2),
  yinling_stream_listeners: steady(2),
  'yinling_stream_dropped_total{reason="slow"}': steady(0),
  'yinling_http_request_seconds_count{route="/api/v1/alerts",status="200"}': growing(20),
  'yinling_http_request_seconds_count{route="/api/v1/alerts",status="500"}': steady(1),
  yinling_login_failures_total: steady(4),
  nodejs_eventloop_lag_p99_seconds: steady(0.02),
  process_resident_memory_bytes: steady(3e8),
  process_open_fds: steady(1200),
  process_max_fds: steady(20_000),
  yinling_disk_free_bytes: steady(8e10),
  yinling_maintenance_last_success_timestamp_seconds: growing(15),
};

/** What makes each rule speak, beside all else being well; null: a series that is no longer there. */
const ILL: Record<string, Record<string, string | null>> = {
  ServiceDown: { 'up{job="yinling",instance="dispatcher:8080"}': then(1, 0) },
  CanaryFailing: { 'yinling_canary_failing{street="莲花"}': then(0, 1) },
  CanaryAbsent: { 'yinling_canary_failing{street="莲花"}': null },
  DeadMansSwitchFailing: { 'yinling_canary_pings_total{result="failed"}': growing(1) },
  DeadlinesOverdue: { 'yinling_dispatch_overdue{what="alerts"}': then(0, 1) },
  OutboxStuck: { 'yinling_dispatch_age_seconds{what="outbox"}': then(0.02, 6) },
  AuditNotMade: { yinling_dispatch_audit_failures_total: growing(1) },
  TicksFail: { yinling_dispatch_tick_failures_total: growing(1) },
  WakeUpsFail: { yinling_dispatch_wake_up_failures_total: growing(1) },
  BudgetMissed: { 'yinling_alert_budgets_total{class="A1",result="missed"}': growing(0.1) },
  CallsUnanswered: { 'yinling_alert_answer_seconds_bucket{le="60"}': growing(0.9) },
  MessagesUnaccounted: { 'yinling_ingest_messages_total{result="reading"}': growing(98.9) },
  SignalsUnaccounted: { 'yinling_ingest_signals_total{result="joined"}': growing(0.9) },
  DeadLetters: { 'yinling_ingest_dead_letters_total{reason="json"}': growing(4) },
  DetectorFaults: { 'yinling_ingest_detector_faults_total{detector="fall"}': growing(0.1) },
  DatabaseAway: { 'yinling_ingest_troubles_total{kind="retries"}': growing(3) },
  DatabaseSlow: { 'yinling_ingest_accept_seconds_bucket{lane="express",le="0.05"}': growing(0.9) },
  PoolExhausted: { yinling_database_waiting_statements: then(0, 11) },
  IngestBacklog: { yinling_ingest_pending_messages: then(40, 6000) },
  ConnectionsLost: { yinling_mqtt_connections: `1000+0x${(MINUTES - 4) * 4} 700+0x40` },
  ConnectsRefused: { 'yinling_mqtt_connects_total{result="refused"}': growing(30) },
  MalformedPackets: { 'yinling_mqtt_malformed_total{reason="length"}': growing(30) },
  NobodyWatches: { yinling_stream_listeners: then(2, 0) },
  StreamsDropped: { 'yinling_stream_dropped_total{reason="slow"}': growing(3) },
  HttpFails: { 'yinling_http_request_seconds_count{route="/api/v1/alerts",status="500"}': growing(3) },
  LoginAttack: { yinling_login_failures_total: growing(4) },
  EventLoopBlocked: { nodejs_eventloop_lag_p99_seconds: then(0.02, 0.3) },
  MemoryHigh: { process_resident_memory_bytes: then(3e8, 1.7e9) },
  FilesRunOut: { process_open_fds: then(1200, 18_000) },
  DiskFillsUp: { yinling_disk_free_bytes: then(8e10, 4e9) },
  // Restarted long ago, and not looked after since.
  MaintenanceStopped: { yinling_maintenance_last_success_timestamp_seconds: steady(-12_000) },
};

const folder = mkdtempSync(join(tmpdir(), 'yinling-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const promtool = (...args: string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
};

describe.skipIf(spawnSync('promtool', ['--version']).error !== undefined)(
  'the alert rules, by promtool',
  () => {
    it('Prometheus can read the rules and its configuration', () => {
      expect(promtool('check', 'rules', RULES)).toMatchObject({ status: 0 });
      // The rules' place is the container's.
      const config = readFileSync(join(prometheus, 'prometheus.yml'), 'utf8');
      const file = join(folder, 'prometheus.yml');
      writeFileSync(file, config.replace('/etc/prometheus/alerts.yml', RULES));
      expect(promtool('check', 'config', file)).toMatchObject({ status: 0 });
    });

    it('each rule speaks when what it is for goes wrong, alone, and none speaks when all is well', () => {
      expect(Object.keys(ILL).toSorted()).toEqual(alerts.toSorted());
      const test = (name: string, ill: Record<string, string | null>, firing: string[]) => ({
        name,
        interval: '15s',
        input_series: Object.entries({ ...WELL, ...ill }).flatMap(([series, values]) =>
          values === null ? [] : [{ series, values }],
        ),
        promql_expr_test: [
          {
            expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
            eval_time: `${MINUTES - 1}m`,
            exp_samples: firing.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
          },
        ],
      });
      // At their own pace of 5 s the same takes three times as long.
      const slower = join(folder, 'slower.yml');
      writeFileSync(slower, readFileSync(RULES, 'utf8').replace('interval: 5s', 'interval: 15s'));
      const file = join(folder, 'rules.yml');
      writeFileSync(
        file,
        stringify({
          rule_files: [slower],
          evaluation_interval: '15s',
          tests: [
            test('all is well', {}, []),
            ...Object.entries(ILL).map(([alert, ill]) => test(alert, ill, [alert])),
          ],
        }),
      );
      const { status, said } = promtool('test', 'rules', file);
      expect(said).toContain('SUCCESS');
      expect(status).toBe(0);
    });
  },
);
