import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Pool } from '../../../platform/database.ts';
import { toIso } from '../../../schemas/ids.ts';
import { prefersCsv } from '../../reports/csv.ts';
import { KPI_GROUPS, kpiCsv, kpiReport } from '../../reports/kpi.ts';
import { momentOf, type Period } from '../../reports/period.ts';
import { RATING_GROUPS, ratingCsv, ratingReport } from '../../rating/standings.ts';
import { localDate } from '../../registry/age.ts';
import { ruleOn } from '../../rules/rules.ts';
import { responseCsv, responseReport } from '../../reports/response.ts';
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
        produces: ['application/json', 'text/csv'],
      },
    },
    async (request, reply) => {
      const { groupBy } = request.query;
      const { streets } = callerOf(request).scope;
      const report = await kpiReport(pool, { ...periodOf(request.query), groupBy, timeZone, streets });
      return prefersCsv(request.headers.accept)
        ? sendCsv(reply, `kpi-by-${groupBy}`, kpiCsv(report))
        : report;
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
        produces: ['application/json', 'text/csv'],
      },
    },
    async (request, reply) => {
      const { streets } = callerOf(request).scope;
      const report = await responseReport(pool, { ...periodOf(request.query), streets, nowAt: now() });
      return prefersCsv(request.headers.accept) ? sendCsv(reply, 'response', responseCsv(report)) : report;
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
        produces: ['application/json', 'text/csv'],
      },
    },
    async (request, reply) => {
      const { groupBy } = request.query;
      const { streets } = callerOf(request).scope;
      const span = periodOf(request.query);
      const rule = await ruleOn(pool, 'rating', localDate(now(), timeZone));
      const rows = await ratingReport(pool, { ...span, groupBy, streets, rule });
      return prefersCsv(request.headers.accept)
        ? sendCsv(reply, `ratings-by-${groupBy}`, ratingCsv(rows))
        : { ...span, groupBy, prior: rule, rows };
    },
  );

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

const sendCsv = (reply: FastifyReply, name: string, csv: string): FastifyReply =>
  reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .serializer((text: unknown) => String(text))
    .send(csv);
