import { expect } from 'vitest';

/** What becomes true soon; on a machine that is busy with other things, not so soon. */
export const eventually = <T>(read: () => T | Promise<T>) =>
  expect.poll(read, { timeout: 20_000, interval: 10 });
