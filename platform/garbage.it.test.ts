import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRETENURING } from './garbage.ts';

const node = (...args: string[]): string => execFileSync(process.execPath, args, { encoding: 'utf8' });

describe('V8', () => {
  it('has the option that keeps what is young young', () => {
    expect(node('--v8-options')).toContain(`--${PRETENURING}`);
  });

  it('takes it while it runs: it does not count any more which places have survivors', () => {
    const module = join(import.meta.dirname, 'garbage.ts');
    const script = (keep: boolean) => `
      import { keepYoung } from ${JSON.stringify(module)};
      if (${keep}) keepYoung();
      const kept = [];
      class Item { constructor(n) { this.n = n; this.own = { n }; } }
      const make = (n) => new Item(n);
      for (let n = 0; n < 5e6; n++) kept[n % 2e5] = make(n);`;
    const counted = (keep: boolean): number =>
      node('--trace-pretenuring-statistics', '--input-type=module', '-e', script(keep)).split(
        'AllocationSite(',
      ).length - 1;
    expect(counted(false)).toBeGreaterThan(0);
    expect(counted(true)).toBe(0);
  });
});
