import type { PrintTable } from './print-page.ts';
import type { ResponseReport, Within } from './response.ts';

const percent = ({ share }: Within): string | null =>
  share === null ? null : `${(share * 100).toFixed(1)} %`;
const line = (measure: string, within: Within, goal: string | null) => [
  measure,
  within.count,
  percent(within),
  goal,
];

/** The response report as tables, with the goals that the shares are held against (budgets.md). */
export function responseTables({ answered, arrived, latencyMs, falseAlarms }: ResponseReport): PrintTable[] {
  return [
    {
      caption: '接警',
      header: ['指标', '数量', '占比', '目标'],
      rows: [
        ['呼叫总数', answered.calls, null, null],
        line('10 秒内接警', answered.within10S, '95 %'),
        line('60 秒内接警', answered.within60S, '97.5 %'),
        line('180 秒内接警', answered.within180S, '99 %'),
      ],
    },
    {
      caption: '到场',
      header: ['指标', '数量', '占比', '目标'],
      rows: [
        ['到场总数', arrived.arrivals, null, null],
        line('15 分钟内到场', arrived.within15Min, '15 分钟服务圈'),
        line('45 分钟内到场', arrived.within45Min, '90 %'),
        line('60 分钟内到场', arrived.within60Min, '100 %'),
      ],
    },
    {
      caption: '误报（按设备类型）',
      header: ['设备类型', '已处置', '误报', '占比'],
      rows: [
        ...Object.entries(falseAlarms.byDeviceKind).map(([kind, share]) => [
          kind,
          share.resolved,
          share.count,
          percent(share),
        ]),
        ['合计', falseAlarms.resolved, falseAlarms.count, percent(falseAlarms)],
      ],
      summed: true,
    },
    {
      caption: '系统时延（毫秒，设备至坐席）',
      header: ['数量', 'p50', 'p95', 'p99', '最大'],
      rows: [[latencyMs.count, latencyMs.p50, latencyMs.p95, latencyMs.p99, latencyMs.max]],
    },
    {
      caption: '超过 3 分钟的呼叫（逐一核查）',
      header: ['编号', '类型', '街道', '时间', '等待（秒）', '接警时间'],
      rows: answered.over180S.map((call) => [
        call.alertId,
        call.kind,
        call.street,
        call.openedAt,
        call.waitedS,
        call.answeredAt ?? '未接',
      ]),
    },
  ];
}
