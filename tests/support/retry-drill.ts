import { afterEach, beforeEach, chai } from 'vitest';
import type { TestContext } from 'vitest';

/**
 * RETRY_DRILL=1 or 2: so often every integration test is made to fail before it may pass, because CI tries a failed
 * test again in the same process. The first attempt fails when it has run to its end, the second in the middle of its
 * assertions; the last has to pass beside what they have left behind. A first attempt that fails by itself fails the
 * test.
 */
const FAILURES = Number(process.env['RETRY_DRILL']);
const DRILLED = 'retry drill: this attempt was made to fail';

interface Drill {
  attempt: number;
  assertions: number;
  failFrom: number;
}
let running: Drill = { attempt: 0, assertions: 0, failFrom: Infinity };
const seen = new Map<string, number>();

const attemptOf = ({ task }: TestContext): number => task.result?.retryCount ?? 0;

beforeEach((context) => {
  const attempt = attemptOf(context);
  const own = context.task.result?.errors?.[0];
  if (attempt > 0 && own !== undefined && !own.message.includes(DRILLED))
    throw new Error(`the first attempt failed by itself: ${own.message}`);
  const asserted = seen.get(context.task.id) ?? 0;
  running = {
    attempt,
    assertions: 0,
    failFrom: attempt === 1 && FAILURES > 1 ? Math.ceil(asserted / 2) : Infinity,
  };
});

const assertion = chai.Assertion.prototype as { assert: (this: object, ...args: unknown[]) => void };
const { assert } = assertion;
assertion.assert = function counted(this: object, ...args: unknown[]): void {
  // What is polled would only be asked again, until its time is over.
  if (chai.util.flag(this, 'poll') !== true) {
    running.assertions += 1;
    if (running.assertions >= running.failFrom) throw new Error(DRILLED);
  }
  assert.apply(this, args);
};

// Registered before those of any test file, so that it runs after them.
afterEach((context) => {
  const { assertions } = running;
  running = { ...running, failFrom: Infinity };
  if (attemptOf(context) > 0) return;
  seen.set(context.task.id, assertions);
  if (context.task.result?.state !== 'fail') throw new Error(DRILLED);
});
