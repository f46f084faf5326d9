import { saveCompiled } from './platform/compiled.ts';
import type { Config } from './platform/config.ts';
import { addBroker, addBrokerEnd, addNotifications, addReadiness } from './service/broker.ts';
import { addDispatching } from './service/dispatching.ts';
import { addHttp, addIntakeHttp } from './service/http.ts';
import { addIngest, addMqttSource, sharesDatabase } from './service/ingesting.ts';
import { addHomeAssistant } from './service/neighbours.ts';
import { assembly, type ServiceDeps } from './service/parts.ts';
import { addRedisIntake, addRedisSource, addRoutedIntake } from './service/redis.ts';
import { addStore } from './service/store.ts';
import { addUnconfirmed } from './service/unconfirmed.ts';
import { addCanary } from './service/watch.ts';

export type { ServiceDeps } from './service/parts.ts';

export interface Service {
  /** Where it listens; undefined where this process has not that part. */
  readonly mqttPort: number | undefined;
  /** 0: nowhere. */
  readonly httpPort: number;
  /** undefined: no certificate, or not wanted. */
  readonly httpsPort: number | undefined;
  /** Made at this start, to be shown once; undefined if there was one, or it was given. */
  readonly madeAdminPassword: string | undefined;
}

/**
 * The composition root: configuration → database → parts by role → HTTP, started in order, stopped in reverse. This,
 * its phases in `service/` and `main.ts` are the only places that know all folders.
 */
export async function startService(config: Config, deps: ServiceDeps): Promise<Service> {
  const whole = assembly(config, deps);
  const { runs, parts } = whole;
  const { mqttUrl, redisUrl } = config;

  addStore(whole);
  if (runs('dispatcher')) addDispatching(whole);
  if (runs('ingest')) addIngest(whole);
  else if (runs('broker') && redisUrl !== undefined) addRedisIntake(whole, redisUrl);
  addUnconfirmed(whole);
  if (redisUrl !== undefined && sharesDatabase(config)) addRoutedIntake(whole, redisUrl);
  // Takes half a second where it is new, and before anybody is let in: no press waits for it
  deps.lifecycle.add('compiled programs', { start: saveCompiled });
  addNotifications(whole);
  const ownBroker = runs('broker') && mqttUrl === undefined;
  if (ownBroker) addBroker(whole);
  if (runs('dispatcher')) addHttp(whole);
  else addIntakeHttp(whole);
  if (ownBroker) addBrokerEnd(whole);
  if (runs('ingest') && redisUrl !== undefined) addRedisSource(whole, redisUrl);
  // After it, so that it ends first: what it waits for may come by way of the streams
  if (mqttUrl !== undefined && (runs('ingest') || runs('broker'))) addMqttSource(whole, mqttUrl);
  addReadiness(whole);
  if (runs('dispatcher')) addHomeAssistant(whole);
  if (runs('dispatcher') && config.canary) addCanary(whole);

  await deps.lifecycle.start();
  return {
    mqttPort: parts.broker?.addresses.mqtt.port,
    httpPort: parts.httpPort,
    httpsPort: parts.httpsPort,
    madeAdminPassword: parts.madeAdminPassword,
  };
}
