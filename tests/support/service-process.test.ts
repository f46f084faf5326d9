import { expect, it } from 'vitest';
import { endedUnasked } from './service-process.ts';

it('a service that ends unasked is told of with its code or signal and its last lines', () => {
  const printed = Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\n');
  expect(endedUnasked(1, null, printed)).toMatch(/code 1; it printed last:\nline 30\n[^]*line 49\n$/);
  expect(endedUnasked(null, 'SIGTERM', '')).toContain('by SIGTERM');
});
