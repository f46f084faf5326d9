/**
 * A broker that is open to all, for conformance suites: `node broker/testing/open-broker.ts [PORT]` prints its port and
 * runs until SIGTERM. Topics outside the contract are routed, nothing is stored; `test/nosubscribe` is refused, as the
 * Paho suite wants it.
 */
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { createBroker } from '../broker.ts';
import { Credentials } from '../credentials.ts';

const broker = createBroker({
  host: '127.0.0.1',
  mqttPort: Number(process.argv[2] ?? 0),
  intake: {
    saturated: false,
    accept: () => Promise.reject(new Error('nothing is stored here')),
  },
  clock: systemClock,
  log: silentLog(),
  credentials: new Credentials({ clock: systemClock, lookup: () => Promise.resolve(new Map()) }),
  openAuthoriser: (action, topic) => action === 'publish' || topic !== 'test/nosubscribe',
});
await broker.start();
process.stdout.write(`${broker.addresses.mqtt.port}\n`);
process.on('SIGTERM', () => void broker.stop().then(() => process.exit(0)));
