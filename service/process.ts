import { systemClock } from '../platform/clock.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { idSource } from '../platform/ids.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { createLog, type Log } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { portTrouble } from '../platform/port-trouble.ts';
import { drainOnSignals } from '../platform/process-signals.ts';
import { type Service, startService } from '../service.ts';

export interface Process {
  readonly log: Log;
  readonly lifecycle: Lifecycle;
  start(): Promise<Service>;
}

/** What a process of the service is made of, on the system's clock. */
export function processOf(config: Config): Process {
  // Shifts, waking hours and months are of this zone; so are the dates of whatever prints one.
  process.env['TZ'] = config.timeZone;
  const clock = systemClock;
  const log = createLog({ level: config.logLevel });
  for (const warning of config.warnings) log.warn(warning);
  const lifecycle = new Lifecycle({ log, clock });
  return {
    log,
    lifecycle,
    start: () =>
      startService(config, { clock, log, metrics: createMetrics(), newId: idSource(clock), lifecycle }),
  };
}

/** The whole life of a process of the service, by its environment: from its configuration to a signal. */
export async function runProcess(): Promise<void> {
  const loaded = loadConfig(process.env);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
  const { config } = loaded;
  const { log, lifecycle, start } = processOf(config);
  drainOnSignals(lifecycle, {
    source: process,
    exit: (code) => process.exit(code),
    clock: systemClock,
    log,
  });

  try {
    const service = await start();
    if (service.madeAdminPassword !== undefined)
      process.stdout.write(`admin password, shown once: ${service.madeAdminPassword}\n`);
    log.info(
      { roles: config.roles, mqttPort: service.mqttPort, httpPort: service.httpPort, host: config.host },
      'ready',
    );
  } catch (error) {
    log.fatal({ err: error }, 'the service could not start');
    const told = portTrouble(error, config) ?? (error instanceof Error ? error.message : String(error));
    process.stderr.write(`the service could not start: ${told}\n`);
    process.exit(1);
  }
}
