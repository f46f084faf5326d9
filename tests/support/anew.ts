import { afterAll, beforeAll, beforeEach } from 'vitest';

/**
 * What the tests of a file share: opened before the first, closed after the last, and closed and opened again before one
 * that has failed is tried again, so that nothing of the failed attempt stands in its way. Tests that share it may not
 * lean on one another: the one that is tried again finds nothing of those before it.
 */
export function anewOnRetry(
  open: () => Promise<unknown>,
  close: () => Promise<unknown> = () => Promise.resolve(),
): void {
  beforeAll(async () => void (await open()));
  afterAll(async () => void (await close()));
  beforeEach(async ({ task }) => {
    if ((task.result?.retryCount ?? 0) === 0) return;
    await close();
    await open();
  });
}
