import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PersonalData } from '../../../platform/crypto/personal-data.ts';
import type { Pool } from '../../../platform/database.ts';
import {
  type AmbulanceSheet,
  ambulanceSheetSchema,
  handTo120Body,
} from '../../../schemas/ambulance-sheet.ts';
import { readSheet } from '../../ambulance/read-sheet.ts';
import {
  ambulanceRecordSchema,
  type AmbulanceRecord,
  recordsOf,
  writeRecord,
} from '../../ambulance/records.ts';
import { sheetPage, sheetText } from '../../ambulance/sheet-page.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { localMoment } from '../../reports/period.ts';
import { printPage } from '../../reports/print-page.ts';
import { alertFor } from '../alert-for.ts';
import { answers, type App } from '../app.ts';
import type { HttpDeps } from '../deps.ts';
import { valueOf } from '../outcomes.ts';
import { notFound } from '../problem.ts';

const tags = ['alerts'];
const idParams = z.object({ id: z.string() });
const produces = ['application/json', 'text/html', 'text/plain'];
const FORMS = ['json', 'page', 'text'] as const;
const formParam = z.object({
  as: z
    .enum(FORMS)
    .optional()
    .describe('page: to print; text: to read out; absent: as Accept has it, else JSON'),
});

export interface AmbulanceRouteOptions extends Pick<HttpDeps, 'alerts' | 'orders' | 'timeZone'> {
  pool: Pool;
  cipher: PersonalData;
  now(): number;
}

/** What 120 needs to know of an alarm: as it is now, and as it was handed over. Every look is on record. */
export function ambulanceRoutes(app: App, options: AmbulanceRouteOptions): void {
  const { pool, cipher, now, timeZone } = options;
  const local = (iso: string): string => localMoment(Date.parse(iso), timeZone);

  app.get(
    '/alerts/:id/ambulance-sheet',
    {
      schema: {
        tags,
        summary: 'What the ambulance service needs to know, as it is now',
        params: idParams,
        querystring: formParam,
        response: answers({ 200: ambulanceSheetSchema }),
        produces,
      },
    },
    async (request, reply) => {
      const { alert, actor } = await alertFor(request, request.params.id, options);
      const sheet = await readSheet(pool, alert, now(), { open: (sealed) => cipher.open(sealed), timeZone });
      await writeAudit(pool, actor, now(), { action: 'ambulance_sheet.view', object: `alert:${alert.id}` });
      return shown(request, reply, sheet, sheet);
    },
  );

  app.post(
    '/alerts/:id/hand-to-120',
    {
      schema: {
        tags,
        summary: 'Say that 120 has it; the sheet is kept as it was handed over, and the timeline says so',
        params: idParams,
        body: handTo120Body,
        response: answers({ 201: ambulanceRecordSchema }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { alert, actor } = await alertFor(request, id, options);
      let record: AmbulanceRecord | undefined;
      valueOf(
        await options.alerts.commands.handTo120(id, actor, request.body, async (tx, atMs) => {
          const sheet = await readSheet(tx, alert, atMs, { open: (sealed) => cipher.open(sealed), timeZone });
          const { reference = null } = request.body;
          record = await writeRecord(tx, sheet, { by: actor.username, reference, atMs }, cipher);
        }),
        'alert',
      );
      return reply.code(201).send(record);
    },
  );

  app.get(
    '/alerts/:id/ambulance-records',
    {
      schema: {
        tags,
        summary: 'What was handed to 120 about it, oldest first, each as it stood then',
        params: idParams,
        querystring: formParam.extend({
          record: z.coerce
            .number()
            .int()
            .min(1)
            .optional()
            .describe('only this one; a page or text is of the last'),
        }),
        response: answers({ 200: z.object({ items: z.array(ambulanceRecordSchema) }) }),
        produces,
      },
    },
    async (request, reply) => {
      const { alert, actor } = await alertFor(request, request.params.id, options);
      const { record } = request.query;
      const all = await recordsOf(pool, alert.id, cipher);
      const items = record === undefined ? all : all.filter(({ id }) => id === record);
      const last = items.at(-1);
      if (last === undefined) {
        if (record !== undefined || formOf(request) !== 'json')
          throw notFound('ambulance record', String(record ?? alert.id));
        return { items };
      }
      await writeAudit(pool, actor, now(), { action: 'ambulance_record.view', object: `alert:${alert.id}` });
      return shown(request, reply, { items }, last.sheet, last);
    },
  );

  function shown<T>(
    request: FastifyRequest<{ Querystring: unknown }>,
    reply: FastifyReply,
    whole: T,
    sheet: AmbulanceSheet,
    heading: { by?: string; reference?: string | null } = {},
  ): T | FastifyReply {
    void reply.header('vary', 'accept');
    const form = formOf(request);
    if (form === 'json') return whole;
    const page = sheetPage(sheet, { ...heading, local });
    return form === 'page'
      ? reply.type('text/html; charset=utf-8').serializer(String).send(printPage(page))
      : reply.type('text/plain; charset=utf-8').serializer(String).send(sheetText(page));
  }
}

function formOf({ query, headers }: FastifyRequest<{ Querystring: unknown }>): (typeof FORMS)[number] {
  const asked = formParam.parse(query).as;
  if (asked !== undefined) return asked;
  const first = headers.accept?.split(',')[0]?.split(';')[0]?.trim();
  return first === 'text/html' ? 'page' : first === 'text/plain' ? 'text' : 'json';
}
