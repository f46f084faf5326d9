import { systemClock } from '../platform/clock.ts';
import { loadConfig } from '../platform/config.ts';
import { idSource } from '../platform/ids.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { portTrouble } from '../platform/port-trouble.ts';
import { createLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { drainOnSignals } from '../platform/process-signals.ts';
import { startService } from '../service.ts';

/** The whole life of a process of the service, by its environment: from its configuration to a signal. */
export async function runProcess(): Promise<void> {
  const loaded = loadConfig(process.env);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
  const { config } = loaded;
  // Shifts, waking hours and months are of this zone; so are the dates of whatever prints one.
  process.env['TZ'] = config.timeZone;
  const log = createLog({ level: config.logLevel });
  for (const warning of config.warnings) log.warn(warning);

  const lifecycle = new Lifecycle({ log, clock: systemClock });
  drainOnSignals(lifecycle, {
    source: process,
    exit: (code) => process.exit(code),
    clock: systemClock,
    log,
  });

  try {
    const service = await startService(config, {
      clock: systemClock,
      log,
      metrics: createMetrics(),
      newId: idSource(systemClock),
      lifecycle,
    });
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
