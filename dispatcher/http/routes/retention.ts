import { z } from 'zod';
import type { Pool } from '../../../platform/database.ts';
import { parseRetention, type Retention, RETENTION_KINDS } from '../../../platform/retention.ts';
import { retentionView } from '../../personal/retention.ts';
import { answers, type App } from '../app.ts';

const kinds = Object.keys(RETENTION_KINDS) as (keyof typeof RETENTION_KINDS)[];

/** How long each kind of data is kept (`RETENTION`), and that it goes. */
export function retentionRoutes(
  app: App,
  { pool, retention }: { pool: Pool; retention?: Retention | undefined },
): void {
  const unsaid = parseRetention(undefined);
  app.get(
    '/retention',
    {
      schema: {
        tags: ['logs'],
        summary: 'How long each kind of data is kept, how old the oldest is, what the last run removed',
        description:
          'Alerts, orders, the audit log and the time bank are kept for good and not listed. Readings go by the day; of them and of positions oldestAt says in which day (or chunk) the first lies.',
        response: answers({
          200: z.object({
            items: z.array(
              z.object({
                kind: z.enum(kinds),
                of: z.string(),
                days: z.int().nullable().describe('null: for good'),
                oldestAt: z.iso.datetime().nullable().describe('nothing is older'),
                ranAt: z.iso.datetime().nullable(),
                removed: z.int().nullable().describe('at that run: rows, of readings days'),
                removedInAll: z.int().nullable(),
              }),
            ),
          }),
        }),
      },
    },
    async () => {
      const kept = retention ?? (unsaid.ok ? unsaid.retention : undefined);
      return { items: kept === undefined ? [] : await retentionView(pool, kept) };
    },
  );
}
