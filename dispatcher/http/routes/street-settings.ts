import { z } from 'zod';
import { inTransaction, type Pool } from '../../../platform/database.ts';
import { toIso } from '../../../schemas/ids.ts';
import { streetSettings, streetSettingsBody, type StreetSettings } from '../../../schemas/registry.ts';
import { type Street, STREETS, streetSchema } from '../../../schemas/streets.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { tellStreet } from '../../registry/home-inputs.ts';
import { notifyRegistry } from '../../registry/kind.ts';
import { answers, type App, callerOf } from '../app.ts';
import { conflict, Problem } from '../problem.ts';
import { pageOf } from '../query-params.ts';

const answer = z.object({
  street: z.string(),
  settings: streetSettings,
  version: z.int().min(0).describe('counts the changes of all streets; 0: never set'),
  changedBy: z.string().nullable(),
  changedAt: z.iso.datetime().nullable(),
});
type Answer = z.infer<typeof answer>;

interface Row {
  street: Street;
  settings: StreetSettings;
  version: number;
  changed_by: string;
  changed_at: Date;
}
const never = (street: Street): Answer => ({
  street,
  settings: {},
  version: 0,
  changedBy: null,
  changedAt: null,
});
const set = (row: Row): Answer => ({
  street: row.street,
  settings: row.settings,
  version: row.version,
  changedBy: row.changed_by,
  changedAt: row.changed_at.toISOString(),
});

/** Settings of streets: for every home that, and every resident who, has none of their own. */
export function streetSettingsRoutes(app: App, { pool, now }: { pool: Pool; now(): number }): void {
  const tags = ['street-settings'];
  app.get(
    '/street-settings',
    {
      schema: {
        tags,
        summary: 'Settings of the ten streets, those within the caller’s reach',
        response: answers({ 200: pageOf(answer) }),
      },
    },
    async (request) => {
      const { streets } = callerOf(request).scope;
      const { rows } = await pool.query<Row>('select * from street_settings');
      const byStreet = new Map(rows.map((row) => [row.street, set(row)]));
      const items = STREETS.map(({ zh }) => zh)
        .filter((street) => streets === null || streets.includes(street))
        .map((street) => byStreet.get(street) ?? never(street));
      return { items, nextCursor: null };
    },
  );
  app.put(
    '/street-settings/:street',
    {
      schema: {
        tags,
        summary: 'Other settings for this street; they take the place of those that were',
        params: z.object({ street: streetSchema }),
        body: streetSettingsBody,
        response: answers({ 200: answer }),
      },
    },
    async (request) => {
      const { actor, scope } = callerOf(request);
      const { street } = request.params;
      if (scope.streets !== null && !scope.streets.includes(street))
        throw new Problem('forbidden', `street ${street} is not among yours`);
      const { settings, expectedVersion } = request.body;
      const at = now();
      return inTransaction(pool, async (tx) => {
        // One count for all streets: changes wait for one another.
        await tx.query('lock table street_settings in share row exclusive mode');
        const { rows } = await tx.query<Row>('select * from street_settings order by version desc');
        const row = rows.find((each) => each.street === street);
        const before = row === undefined ? never(street) : set(row);
        if (expectedVersion !== undefined && expectedVersion !== before.version)
          throw conflict(`the settings of ${street} are at version ${before.version}`, 'settings', before);
        const version = (rows[0]?.version ?? 0) + 1;
        await tx.query(
          `insert into street_settings (street, settings, version, changed_by, changed_at) values ($1, $2, $3, $4, $5)
           on conflict (street) do update set settings = excluded.settings, version = excluded.version,
             changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
          [street, JSON.stringify(settings), version, actor.username, toIso(at)],
        );
        await tellStreet(tx, at, street, { street, settings, version });
        await notifyRegistry(tx, `street:${street}`);
        await writeAudit(tx, actor, at, {
          action: 'street_settings.change',
          object: `street_settings:${street}`,
          detail: { version, settings },
        });
        return { street, settings, version, changedBy: actor.username, changedAt: toIso(at) };
      });
    },
  );
}
