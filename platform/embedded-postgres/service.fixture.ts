import { createInterface } from 'node:readline';
import { createLog } from '../log.ts';
import { startEmbeddedPostgres } from './start.ts';

/**
 * A service of its own process, for tests that kill it: starts on the folder given, writes one line of JSON to standard
 * output, then stops in order on `stop` (standard input) or SIGTERM.
 */
const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
const log = createLog({ level: 'info', stream: { write: (line) => void process.stderr.write(line) } });

try {
  const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', log });
  const stop = async (): Promise<void> => {
    await postgres.stop();
    process.exit(0);
  };
  // A drain that takes its time, as one with orders under way does: the server must be there until told.
  process.on('SIGTERM', () => say({ draining: true }));
  createInterface(process.stdin).on('line', () => void stop());
  say({ url: postgres.url });
} catch (error) {
  say({ code: Reflect.get(Object(error), 'code'), message: String(error) });
  process.exit(1);
}
