import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runFuzz } from './fuzz/run.ts';
import { testDatabase } from './support/postgres.ts';

it('I14: whatever is said in packets, payloads and requests comes to an end: accepted, dead-lettered or refused with a reason', async () => {
  const db = await testDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'yinling-fuzz-'));
  try {
    const report = await runFuzz({
      seed: 20_261_123,
      from: 0,
      inputs: { mqtt: 150, payload: 500, http: 250, core: 1_000 },
      homes: 2,
      databaseUrl: db.url,
      dataDir,
      say: () => undefined,
    });
    expect(report.findings).toEqual([]);
    // One in thirty is a request that is none, so a few of so few have had none of their own.
    expect(report.routes.missed.length).toBeLessThan(report.routes.there / 5);
    // It has been listened to, not only shut out.
    expect(report.messages['reading']).toBeGreaterThan(100);
    expect(report.messages['dead_letter']).toBeGreaterThan(100);
    expect(report.closes['malformed']).toBeGreaterThan(10);
    expect(report.ends['mqtt']?.['answered']).toBeGreaterThan(10);
    expect(report.ends['http']?.['200']).toBeGreaterThan(20);
  } finally {
    await db.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 240_000);
