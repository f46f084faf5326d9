import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Pool } from '../../../platform/database.ts';
import { toIso } from '../../../schemas/ids.ts';
import { formFor } from '../../reports/csv.ts';
import { KPI_GROUPS, kpiCells, kpiCsv, kpiReport } from '../../reports/kpi.ts';
import { momentOf, type Period } from '../../reports/period.ts';
import { printPage, type PrintTable } from '../../reports/print-page.ts';
import { RATING_GROUPS, ratingCsv, ratingReport } from '../../rating/standings.ts';
import { localDate } from '../../registry/age.ts';
import { ruleOn } from '../../rules/rules.ts';
import { responseCsv, responseReport } from '../../reports/response.ts';
import { responseTables } from '../../reports/response-tables.ts';
import { billsCsv, LINE_HEADER, lineCells, settlement, settlementCsv } from '../../reports/settlement.ts';
import { answers, type App, callerOf } from '../app.ts';
import { type FieldProblem, invalid } from '../problem.ts';

const tags = ['reports'];
const periodParams = {
  from: z
    .string()
    .optional()
    .describe('month, local date (both whole) or moment; inclusive; absent: from the first'),
  to: z
    .string()
    .optional()
    .describe('month, local date (both whole, inclusive) or moment (exclusive); absent: now'),
};
const kpiRow = z.object({
  group: z.string(),
  households: z.int(),
  visits: z.int(),
  hours: z.number(),
  satisfaction: z.number().nullable(),
});
const period = { from: z.iso.datetime(), to: z.iso.datetime() };
const kpiAnswer = z.object({ ...period, groupBy: z.enum(KPI_GROUPS), rows: z.array(kpiRow), total: kpiRow });
const within = z.object({ count: z.int(), share: z.number().nullable() });
const responseAnswer = z.object({
  ...period,
  answered: z.object({
    calls: z.int(),
    within10S: within,
    within60S: within,
    within180S: within,
    over180S: z.array(z.looseObject({ alertId: z.string(), waitedS: z.number() })),
  }),
  arrived: z.object({ arrivals: z.int(), within15Min: within, within45Min: within, within60Min: within }),
  latencyMs: z.looseObject({ count: z.int(), p50: z.number().nullable(), p99: z.number().nullable() }),
  falseAlarms: z.looseObject({ resolved: z.int(), count: z.int(), share: z.number().nullable() }),
});

const ratingAnswer = z.object({
  ...period,
  groupBy: z.enum(RATING_GROUPS),
  prior: z.object({ priorMean: z.number(), priorWeight: z.number() }),
  rows: z.array(
    z.object({
      group: z.string(),
      visits: z.int(),
      rated: z.int(),
      mean: z.number().nullable(),
      standing: z.number().describe('0 to 10, with the prior'),
      low: z.int().describe('scores under 6'),
    }),
  ),
});

/** Less than nothing where corrections of closed months outweigh. */
export const fen = z.int();
const sums = {
  visits: z.int(),
  minutes: z.int(),
  grossFen: fen,
  subsidyFen: fen,
  voucherFen: fen,
  residentFen: fen,
  payableFen: fen.describe('subsidies and vouchers: what the programme pays'),
  untariffed: z.int().describe('visits for which there is no tariff'),
};
const settlementAnswer = z.object({
  month: z.string(),
  closed: z
    .object({ at: z.iso.datetime(), by: z.string() })
    .nullable()
    .describe('null: it is open, and may still change'),
  lines: z.array(
    z.object({
      provider: z.string(),
      month: z.string(),
      service: z.string(),
      ...sums,
      orderIds: z.array(z.string()),
      reversedIds: z.array(z.string()).optional().describe('visits of closed months, taken back'),
    }),
  ),
  total: z.object(sums),
  bills: z.array(
    z.looseObject({
      grossFen: fen,
      subsidies: z.array(z.object({ name: z.string(), fen })),
      vouchers: z.array(z.object({ id: z.string(), fen })),
      residentFen: fen,
    }),
  ),
});
export const monthSchema = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month, as 2024-09')
  .describe('local month');
const GROUP_TITLES = { month: '月份', street: '街道', service: '服务类型', provider: '服务机构' } as const;

export interface ReportRouteOptions {
  pool: Pool;
  timeZone: string;
  now(): number;
}

/** The programme's figures, as JSON, or as CSV where `Accept` asks for it. */
export function reportRoutes(app: App, { pool, timeZone, now }: ReportRouteOptions): void {
  app.get(
    '/reports/kpi',
    {
      schema: {
        tags,
        summary: 'Households, visits, hours, satisfaction',
        querystring: z.object({ ...periodParams, groupBy: z.enum(KPI_GROUPS).default('month') }),
        response: answers({ 200: kpiAnswer }),
        produces: ['application/json', 'text/csv', 'text/html'],
      },
    },
    async (request, reply) => {
      const { groupBy } = request.query;
      const { streets } = callerOf(request).scope;
      const report = await kpiReport(pool, { ...periodOf(request.query), groupBy, timeZone, streets });
      return answer(request, reply, report, {
        name: `kpi-by-${groupBy}`,
        csv: () => kpiCsv(report),
        title: '服务情况统计',
        subtitle: subtitleOf(report, streets),
        tables: () => [
          {
            caption: GROUP_TITLES[groupBy],
            header: [GROUP_TITLES[groupBy], '服务户数', '服务人次', '服务时长（小时）', '满意度（10 分）'],
            rows: kpiCells(report),
            summed: true,
          },
        ],
      });
    },
  );

  app.get(
    '/reports/response',
    {
      schema: {
        tags,
        summary: 'How fast help was',
        querystring: z.object(periodParams),
        response: answers({ 200: responseAnswer }),
        produces: ['application/json', 'text/csv', 'text/html'],
      },
    },
    async (request, reply) => {
      const { streets } = callerOf(request).scope;
      const report = await responseReport(pool, { ...periodOf(request.query), streets, nowAt: now() });
      return answer(request, reply, report, {
        name: 'response',
        csv: () => responseCsv(report),
        title: '应急响应情况',
        subtitle: subtitleOf(report, streets),
        tables: () => responseTables(report),
      });
    },
  );

  app.get(
    '/reports/ratings',
    {
      schema: {
        tags,
        summary: 'Ratings by caregiver or provider, with the prior by which one score decides little',
        querystring: z.object({ ...periodParams, groupBy: z.enum(RATING_GROUPS).default('caregiver') }),
        response: answers({ 200: ratingAnswer }),
        produces: ['application/json', 'text/csv', 'text/html'],
      },
    },
    async (request, reply) => {
      const { groupBy } = request.query;
      const { streets } = callerOf(request).scope;
      const span = periodOf(request.query);
      const rule = await ruleOn(pool, 'rating', localDate(now(), timeZone));
      const rows = await ratingReport(pool, { ...span, groupBy, streets, rule });
      return answer(
        request,
        reply,
        { ...span, groupBy, prior: rule, rows },
        {
          name: `ratings-by-${groupBy}`,
          csv: () => ratingCsv(rows),
          title: '满意度',
          subtitle: subtitleOf(span, streets),
          tables: () => [
            {
              caption: '按人员或机构',
              header: ['对象', '服务人次', '评价数', '均分', '综合分', '低于 6 分'],
              rows: rows.map((row) => [row.group, row.visits, row.rated, row.mean, row.standing, row.low]),
            },
          ],
        },
      );
    },
  );

  app.get(
    '/reports/settlement',
    {
      schema: {
        tags,
        summary: "A month's settlement by provider and service; every line names its visits",
        querystring: z.object({
          month: monthSchema,
          provider: z.string().max(128).optional(),
          detail: z.enum(['lines', 'visits']).default('lines').describe('of CSV'),
        }),
        response: answers({ 200: settlementAnswer }),
        produces: ['application/json', 'text/csv', 'text/html'],
      },
    },
    async (request, reply) => {
      const { month, provider, detail } = request.query;
      const { streets } = callerOf(request).scope;
      const span = periodOf({ from: month, to: month });
      const settled = await settlement(pool, { ...span, month, provider, timeZone, streets });
      return answer(request, reply, settled, {
        name: `settlement-${month}`,
        csv: () => (detail === 'visits' ? billsCsv(settled) : settlementCsv(settled)),
        title: `支付结算 ${month}`,
        subtitle: `${subtitleOf(span, streets)} · ${settled.closed === null ? '未结账' : `已结账 ${localDate(Date.parse(settled.closed.at), timeZone)}`}`,
        tables: () => [
          { caption: provider ?? '各服务机构', header: LINE_HEADER, rows: lineCells(settled), summed: true },
        ],
      });
    },
  );

  const subtitleOf = ({ from, to }: Period, streets: readonly string[] | null): string =>
    `${localDate(Date.parse(from), timeZone)} 至 ${localDate(Date.parse(to) - 1, timeZone)} · ${streets?.join('、') ?? '全区'}`;

  function periodOf(query: { from?: string | undefined; to?: string | undefined }): Period {
    const from = query.from === undefined ? toIso(0) : momentOf(query.from, 'from', timeZone);
    const to = query.to === undefined ? toIso(now() + 1) : momentOf(query.to, 'to', timeZone);
    const problems: FieldProblem[] = [];
    const message = 'must be a month, a date or a moment, as 2024-09, 2024-09-30 or 2024-09-30T08:00:00Z';
    if (from === undefined) problems.push({ field: '?from', message });
    if (to === undefined) problems.push({ field: '?to', message });
    if (from === undefined || to === undefined) throw invalid(...problems);
    if (to <= from) throw invalid({ field: '?to', message: 'must be after from' });
    return { from, to };
  }
}

interface Forms {
  /** Of the file. */
  name: string;
  csv(): string;
  title: string;
  subtitle: string;
  tables(): PrintTable[];
}

/** JSON, a CSV file, or a page to print, as `Accept` has it. */
function answer<T extends object>(
  request: FastifyRequest,
  reply: FastifyReply,
  report: T,
  { name, csv, title, subtitle, tables }: Forms,
): T | FastifyReply {
  void reply.header('vary', 'accept');
  switch (formFor(request.headers.accept)) {
    case 'json':
      return report;
    case 'csv':
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${name}.csv"`)
        .serializer(String)
        .send(csv());
    case 'html':
      return reply
        .type('text/html; charset=utf-8')
        .serializer(String)
        .send(printPage({ title, subtitle, tables: tables() }));
  }
}
