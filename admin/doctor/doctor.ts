import { systemClock } from '../../platform/clock.ts';
import { type Config, type Environment, loadConfig } from '../../platform/config.ts';
import { silentLog } from '../../platform/log.ts';
import type { LocalAnswer, LocalCall } from '../local-commands.ts';
import { withOwnDatabase } from '../own-database.ts';
import { askDatabase, type DatabaseFacts, judgeDatabase } from './database.ts';
import { fail, type Finding, findingsText, ok, warn } from './finding.ts';
import { judgeFiles, lookAtCertificates, lookAtDataKey, lookAtDisk, ownFileLimit } from './machine.ts';
import { askRedis, judgeRedis } from './redis.ts';
import { lookAtBroker, lookAtService, reachable } from './running.ts';

/** `npm run admin -- doctor`: exit code 0 unless something failed. */
export async function doctorCommand({ env, url }: LocalCall): Promise<LocalAnswer> {
  const findings = await examine(env, url);
  return { ok: findings.every(({ level }) => level !== 'fail'), answer: findingsText(findings) };
}

/** Looks at everything that the environment names, and changes nothing. */
export async function examine(env: Environment, url?: string): Promise<Finding[]> {
  const loaded = loadConfig(env);
  if (!loaded.ok)
    return loaded.problems.map((problem) =>
      fail('configuration', problem, 'set it right in the environment: the service does not start like this'),
    );
  const { config } = loaded;
  const configuration = [
    ok('configuration', `roles ${config.roles.join(', ')}`),
    ...config.warnings.map((text) => warn('configuration', text, 'say in the environment what is meant')),
  ];
  const { findings: database, keyMark } = await lookAtDatabase(config);
  const service =
    config.httpPort === undefined && url === undefined
      ? []
      : await lookAtService(url ?? `http://${reachable(config.host)}:${config.httpPort}`);
  const limit = service.some(({ check }) => check === 'open files') ? undefined : await ownFileLimit();
  return [
    ...configuration,
    ...database,
    await guarded('data key', () => lookAtDataKey(config, keyMark)),
    ...(config.redisUrl === undefined ? [] : await lookAtRedis(config.redisUrl)),
    ...(await lookAtBroker(config)),
    ...service,
    await guarded('disk', () => lookAtDisk(config.dataDir)),
    ...(limit === undefined ? [] : [judgeFiles(limit, 'a process started here')]),
    ...(await lookAtCertificates(config, systemClock.now())),
  ];
}

async function lookAtDatabase(config: Config): Promise<{ findings: Finding[]; keyMark: Buffer | undefined }> {
  let facts: DatabaseFacts | undefined;
  try {
    facts = await withOwnDatabase(
      config,
      silentLog(),
      (databaseUrl) => askDatabase(databaseUrl, () => systemClock.now()),
      { ifRunning: true },
    );
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const todo = 'is it running, and are address, user and password of DATABASE_URL right?';
    return { findings: [fail('database', `cannot be asked: ${said}`, todo)], keyMark: undefined };
  }
  if (facts === undefined)
    return {
      findings: [
        warn(
          'database',
          'the embedded one does not run',
          'it runs with the service: start that, and ask again',
        ),
      ],
      keyMark: undefined,
    };
  return { findings: await judgeDatabase(facts), keyMark: facts.keyMark };
}

async function lookAtRedis(url: string): Promise<Finding[]> {
  try {
    return judgeRedis(await askRedis(url));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return [
      fail(
        'redis',
        `cannot be asked: ${said}`,
        'is it running, and are address and password of REDIS_URL right?',
      ),
    ];
  }
}

async function guarded(check: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return warn(
      check,
      `could not be looked at: ${said}`,
      'run the doctor as the user that the service runs as',
    );
  }
}
