import type { Queryable } from './database.ts';

/** On what rests whether readings are a hypertable or partitions of our own, as the server tells it. */
export interface TimescaleFacts {
  readonly database: string;
  /** The version that can be had on this server; null: none. */
  readonly available: string | null;
  /** The version in this database; null: not in it. */
  readonly installed: string | null;
  /** By shared_preload_libraries. Where it is not, whatever touches it loses its connection. */
  readonly loaded: boolean;
  /** What `yinling.timescaledb` is for this database; '': not said, which is `on`. */
  readonly choice: string;
}

/** What stands in the way, and what to do about it. */
export interface TimescaleTrouble {
  readonly what: string;
  readonly todo: string;
}

/** The migration that makes readings, one way or the other, for good. */
export const DECIDED_BY = '0001_ground.sql';

/**
 * Asked of `pg_settings`, for shared_preload_libraries is shown to few: there are settings of TimescaleDB's own where it is
 * loaded, and those that merely stand in a file are not shown there.
 */
export async function timescaleFacts(db: Queryable): Promise<TimescaleFacts> {
  const { rows } = await db.query<TimescaleFacts>(
    `select current_database() as database,
       (select default_version from pg_available_extensions where name = 'timescaledb') as available,
       (select extversion from pg_extension where extname = 'timescaledb') as installed,
       exists (select from pg_settings where name like 'timescaledb.%') as loaded,
       coalesce(current_setting('yinling.timescaledb', true), '') as choice`,
  );
  return rows[0] ?? { database: '', available: null, installed: null, loaded: false, choice: '' };
}

/** Its operator wants partitions of our own, though there is a TimescaleDB. */
export const isSwitchedOff = ({ choice }: Pick<TimescaleFacts, 'choice'>): boolean => choice === 'off';

const TO_LOAD =
  "ALTER SYSTEM SET shared_preload_libraries = 'timescaledb' (beside what stands there already) and restart PostgreSQL";

/** Why tables cannot be made (`decided`: or used) as things are; undefined: nothing stands in the way. Pure. */
export function timescaleTrouble(facts: TimescaleFacts, decided: boolean): TimescaleTrouble | undefined {
  const { available, installed, loaded, choice } = facts;
  const database = `"${facts.database.replaceAll('"', '""')}"`;
  if (!['', 'on', 'off'].includes(choice))
    return {
      what: `yinling.timescaledb is "${choice}" for this database, and may be on or off`,
      todo: `ALTER DATABASE ${database} SET yinling.timescaledb = 'on' (or 'off')`,
    };
  if (decided)
    return installed === null || loaded
      ? undefined
      : {
          what: `this database holds its readings in TimescaleDB ${installed}, which its server does not load`,
          todo: TO_LOAD,
        };
  if (isSwitchedOff(facts))
    return installed === null
      ? undefined
      : {
          what: `TimescaleDB is switched off for this database (yinling.timescaledb), and installed in it`,
          todo: `DROP EXTENSION timescaledb; or ALTER DATABASE ${database} RESET yinling.timescaledb`,
        };
  return available === null || loaded
    ? undefined
    : {
        what: `TimescaleDB ${available} is installed on this server and not loaded by it`,
        todo: `${TO_LOAD}; or, to keep readings in plain partitions on this server, ALTER DATABASE ${database} SET yinling.timescaledb = 'off' (docs/upgrade.md)`,
      };
}

/** How readings are kept from now on, for the log. Pure. */
export function timescaleChosen(facts: TimescaleFacts): string {
  if (isSwitchedOff(facts)) return 'native partitions by day: TimescaleDB is switched off for this database';
  return facts.available === null
    ? 'native partitions by day: there is no TimescaleDB on this server'
    : `a hypertable of TimescaleDB ${facts.available}`;
}

/**
 * Has the migrations of this session find no TimescaleDB on the server: a temporary view is found before the catalogue's.
 */
export async function hideTimescale(db: Queryable): Promise<void> {
  await db.query(
    `create temporary view pg_available_extensions as
     select * from pg_catalog.pg_available_extensions where name <> 'timescaledb'`,
  );
}
