/**
 * Loaded before `main.ts` (`node --import`): the host's wall clock as this process sees it, off by what stands in the
 * file CHAOS_CLOCK. `Date` jumps, timers and `performance` do not, as when a host's clock is set.
 */
import { readFileSync, watchFile } from 'node:fs';

const LOOK_EVERY_MS = 50;
const file = process.env['CHAOS_CLOCK'] ?? '';
const real = globalThis.Date;
let offMs = 0;

function look(): void {
  offMs = Number(readFileSync(file, 'utf8'));
}

const now = (): number => real.now() + offMs;
globalThis.Date = new Proxy(real, {
  construct: (target, args: unknown[], made) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, made) as object,
  get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
});
look();
watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, look);
