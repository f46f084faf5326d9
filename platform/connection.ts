import { type ClientConfig, type CustomTypesConfig, types } from 'pg';

const CONNECT_WITHIN_MS = 5_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * Without compiling plans: over many partitions or chunks PostgreSQL takes them for dear ones, and compiles for half a minute
 * what runs in a tenth of a second (a chart of two weeks on TimescaleDB).
 */
const SESSION = '-c TimeZone=UTC -c jit=off';

/** What every connection of ours has in common. */
export function connectionSettings(url: string, applicationName: string): ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    options: SESSION,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    types: ourTypes,
  };
}

const INT8 = 20;
const INT8_ARRAY = 1016;
const DATE = 1082;

function parseInt8(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

type Nested = string | null | Nested[];
const parseInt8s = (item: Nested): unknown => {
  if (item === null) return null;
  return typeof item === 'string' ? parseInt8(item) : item.map(parseInt8s);
};

/** Per connection: pg's own parsers are global, and not ours to change. */
const ourTypes: CustomTypesConfig = {
  getTypeParser(oid, format) {
    const inherited = types.getTypeParser(oid, format);
    if (format === 'binary') return inherited;
    const type: number = oid;
    switch (type) {
      case INT8:
        return parseInt8;
      case INT8_ARRAY:
        return (text: string) => parseInt8s(inherited(text));
      case DATE:
        return String; // as a Date it would be midnight of the process's time zone, another day elsewhere
      default:
        return inherited;
    }
  },
};
