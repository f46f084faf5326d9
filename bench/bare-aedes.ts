import { fork } from 'node:child_process';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

/** The floor of everything that speaks MQTT here: aedes with nothing added, acknowledging and routing. */
export async function startBareAedes(): Promise<{ port: number; pid: number; stop(): Promise<void> }> {
  const child = fork(import.meta.filename, ['serve'], { stdio: 'inherit' });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`bare aedes ended with ${code ?? 'a signal'}`)));
    child.once('message', (told) => resolve(Number(told)));
  });
  return {
    port,
    pid: child.pid ?? 0,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.disconnect();
      }),
  };
}

if (process.argv[2] === 'serve' && process.send !== undefined) {
  const aedes = await Aedes.createBroker();
  const server = createServer({ noDelay: true }, (socket) => void aedes.handle(socket));
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.(address === null || typeof address === 'string' ? 0 : address.port);
  });
  process.once('disconnect', () => process.exit(0));
}
