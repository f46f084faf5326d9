import { Readable } from 'node:stream';
import { z } from 'zod';
import type { PersonalData } from '../../../platform/crypto/personal-data.ts';
import type { Pool } from '../../../platform/database.ts';
import { type Column, valueAt } from '../../exchange/columns.ts';
import { decodeText } from '../../exchange/decode-text.ts';
import {
  EXISTING,
  IMPORT_MODES,
  type Imported,
  importRows,
  type ImportOutcome,
} from '../../exchange/import-rows.ts';
import { bodyOfRow, changesOfRow } from '../../exchange/merge-row.ts';
import { readCells, readTable, type RowProblem } from '../../exchange/read-table.ts';
import { EXCHANGED, type Exchanged, REGISTRY_COLUMNS } from '../../exchange/registry-columns.ts';
import { knownPlaces, VISIT_COLUMNS, visitBody, writePastVisit } from '../../exchange/visit-history.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import type { RegistryKind } from '../../registry/kind.ts';
import { caregivers } from '../../registry/kinds/caregivers.ts';
import { devices } from '../../registry/kinds/devices.ts';
import { homes } from '../../registry/kinds/homes.ts';
import { organisations } from '../../registry/kinds/organisations.ts';
import { residents } from '../../registry/kinds/residents.ts';
import { shifts } from '../../registry/kinds/shifts.ts';
import { visitPlans } from '../../registry/kinds/visit-plans.ts';
import { vouchers } from '../../registry/kinds/vouchers.ts';
import type { Caller, Registry } from '../../registry/registry.ts';
import { BYTE_ORDER_MARK, csvLine } from '../../reports/csv.ts';
import { answers, type App } from '../app.ts';
import { Problem } from '../problem.ts';
import { registryCaller } from './registry.ts';

const tags = ['exchange'];
const FILE_BYTES = 32 * 1024 * 1024;
const PAGE = 500;
/** In a refusal; the count beside it is whole. */
const MOST_SHOWN = 1_000;
const FILE_TYPES = [
  'text/csv',
  'text/plain',
  'application/csv',
  'application/vnd.ms-excel',
  'application/octet-stream',
];

const importParams = z.object({
  mode: z.enum(IMPORT_MODES).default('all').describe('all: all or nothing; skip: bad rows are left out'),
  check: z.enum(['true', 'false']).default('false').describe('true: everything is tried, nothing is kept'),
});
const registryParams = importParams.extend({
  existing: z
    .enum(EXISTING)
    .default('refuse')
    .describe(
      'of a row whose id is there already. update: its cells replace what is there, an empty cell under a column of the file takes away, what the file has no column for stays',
    ),
});
const rowProblem = z.object({
  line: z.int().describe('of the file, from 1'),
  column: z.string().nullable().describe('as the file calls it; null: the whole row'),
  message: z.string(),
});
const importAnswer = z.object({
  rows: z.int(),
  imported: z.int().describe('created and updated'),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  kept: z.boolean(),
  badRows: z.int(),
  errors: z.array(rowProblem),
  items: z.array(
    z.object({
      line: z.int(),
      id: z.string(),
      what: z.enum(['created', 'updated', 'unchanged']),
      secret: z.string().optional(),
    }),
  ),
});

export interface ExchangeRouteOptions {
  pool: Pool;
  registry: Registry;
  timeZone: string;
  now(): number;
  cipher: Pick<PersonalData, 'seal'>;
}

/** Files in and out: CSV as spreadsheets write it, in UTF-8 or GB18030, every bad row named by line and column. */
export function exchangeRoutes(
  app: App,
  { pool, registry, timeZone, now, cipher }: ExchangeRouteOptions,
): void {
  const kinds: Record<Exchanged, RegistryKind> = {
    organisations,
    homes,
    residents: residents(timeZone),
    devices,
    caregivers,
    shifts,
    'visit-plans': visitPlans,
    vouchers,
  };

  void app.register((scope, _options, done) => {
    const files = scope as App;
    files.addContentTypeParser(
      FILE_TYPES,
      { parseAs: 'buffer', bodyLimit: FILE_BYTES },
      (_request, body, parsed) => parsed(null, body),
    );
    const schema = {
      tags,
      consumes: ['text/csv'],
      querystring: importParams,
      response: answers({ 200: importAnswer }),
    };
    for (const name of EXCHANGED)
      files.post(
        `/import/${name}`,
        {
          bodyLimit: FILE_BYTES,
          schema: { ...schema, querystring: registryParams, summary: `Import ${name} from CSV` },
        },
        async (request) => {
          const kind = kinds[name];
          const caller = registryCaller(request);
          const csv = textOf(request.body, request.headers['content-type']);
          const update = request.query.existing === 'update';
          const outcome = await importRows(
            pool,
            readCells(csv, REGISTRY_COLUMNS[name]),
            optionsOf(request.query),
            (tx, { body: cells }) => {
              const id = cells.find((cell) => cell.path === 'id')?.value;
              const given = {
                whole: () => bodyOfRow(cells, kind.body),
                changes: (current: object) => changesOfRow(current, cells, kind.body),
              };
              return registry.putIn(
                tx,
                kind,
                update && typeof id === 'string' ? id : undefined,
                given,
                caller,
              );
            },
            (tx, done) => audited(tx, caller, name, done),
          );
          return answerOf(outcome, request.query.check === 'true');
        },
      );

    files.post(
      '/import/visits',
      {
        bodyLimit: FILE_BYTES,
        schema: { ...schema, summary: 'Import past visits, with their ratings, from CSV' },
      },
      async (request) => {
        const caller = registryCaller(request);
        const csv = textOf(request.body, request.headers['content-type']);
        const table = readTable(csv, VISIT_COLUMNS, visitBody(timeZone));
        const known = await knownPlaces(
          pool,
          table.rows.map((row) => row.body),
        );
        const context = {
          scope: caller.scope,
          by: caller.actor.username,
          nowAt: now(),
          seal: (text: string) => cipher.seal(text),
        };
        const outcome = await importRows(
          pool,
          table,
          optionsOf(request.query),
          async (tx, { body }) => {
            await writePastVisit(tx, body, known, context);
            return { id: body.id, what: 'created' };
          },
          (tx, done) => audited(tx, caller, 'visits', done),
        );
        return answerOf(outcome, request.query.check === 'true');
      },
    );
    done();
  });

  for (const name of EXCHANGED)
    app.get(
      `/export/${name}`,
      {
        schema: {
          tags,
          summary: `Export ${name} as CSV that can be imported again`,
          produces: ['text/csv'],
        },
      },
      async (request, reply) => {
        const caller = registryCaller(request);
        await registry.auditReading(caller, { action: `${name}.export`, object: `${name}:*` });
        return reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="${name}.csv"`)
          .send(Readable.from(linesOf(registry, kinds[name], REGISTRY_COLUMNS[name], caller)));
      },
    );

  async function audited(
    tx: Parameters<typeof writeAudit>[0],
    { actor }: Caller,
    name: string,
    { imported, problems, rows }: ImportOutcome,
  ): Promise<void> {
    const { created, updated, unchanged } = countsOf(imported);
    const done = { imported: created + updated, ...(updated > 0 && { updated }) };
    const detail = { rows, ...done, ...(unchanged > 0 && { unchanged }), problems: problems.length };
    await writeAudit(tx, actor, now(), { action: `${name}.import`, object: `${name}:*`, detail });
  }
}

const optionsOf = ({ mode, check }: z.output<typeof importParams>) => ({ mode, checkOnly: check === 'true' });

function textOf(body: unknown, contentType = ''): string {
  if (!Buffer.isBuffer(body)) throw new Problem('unsupported_media_type', 'send the file as text/csv');
  const text = decodeText(body, /charset=\s*"?([\w-]+)/i.exec(contentType)?.[1]);
  if (text === undefined) throw new Problem('malformed', 'the file is neither UTF-8 nor GB18030');
  return text;
}

function answerOf(outcome: ImportOutcome, checkOnly: boolean): z.output<typeof importAnswer> {
  const { rows, imported, problems, kept } = outcome;
  const badRows = new Set(problems.map((problem) => problem.line)).size;
  const errors = problems.slice(0, MOST_SHOWN);
  if (!kept && !checkOnly)
    throw new Problem(
      'validation',
      `nothing was imported: ${badRows} bad rows; ${errors.slice(0, 3).map(inWords).join('; ')}`,
      {
        problems: errors.map((error) => ({ field: placeOf(error), message: error.message })),
        members: { rows, imported: 0, badRows, errors },
      },
    );
  const items = kept ? imported : [];
  const counts = countsOf(items);
  return { rows, imported: counts.created + counts.updated, ...counts, kept, badRows, errors, items };
}

function countsOf(items: readonly Imported[]): Record<Imported['what'], number> {
  const of = (what: Imported['what']): number => items.filter((item) => item.what === what).length;
  return { created: of('created'), updated: of('updated'), unchanged: of('unchanged') };
}

const placeOf = ({ line, column }: RowProblem): string =>
  `line ${line}${column === null ? '' : `, ${column}`}`;
const inWords = (problem: RowProblem): string => `${placeOf(problem)}: ${problem.message}`;

async function* linesOf(
  registry: Registry,
  kind: RegistryKind,
  columns: readonly Column[],
  caller: Caller,
): AsyncGenerator<string> {
  // What is only read has no place in what is written.
  const written = columns.filter((column) => column.only !== 'read');
  yield BYTE_ORDER_MARK + csvLine(written.map((column) => column.name));
  let after: string | undefined;
  do {
    const page = await registry.list(kind, { after, limit: PAGE, filters: {} }, caller);
    yield page.items.map((item) => csvLine(written.map((c) => c.write(valueAt(item, c.path))))).join('');
    after = page.after ?? undefined;
  } while (after !== undefined);
}
