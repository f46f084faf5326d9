import { startFakeApi } from './fake-api.ts';
import { pick, randomOf, SEED_ALERTS } from './seed.ts';

/** `node console/dev/serve.ts [port] [alerts]`: the fake service with a desk that lives, for `API=… vite console`. */
const port = Number(process.argv[2] ?? 8090);
const api = await startFakeApi({ port, alerts: Number(process.argv[3] ?? 14) });
process.stdout.write(
  `fake service on ${api.url}, log in as operator, supervisor, admin or carer with "password"\n`,
);
const random = randomOf(99);
setInterval(() => api.desk.open(pick(random, SEED_ALERTS), Math.floor(random() * 60), Date.now()), 20_000);
