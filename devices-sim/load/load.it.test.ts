import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadCommandLine } from '../commands/load-command.ts';
import { UsageError } from '../options.ts';
import { preciseClock } from '../precise-clock.ts';
import { type FakeService, type Misbehaviour, startFakeService } from '../testing/fake-service.ts';
import { parseBursts } from './bursts.ts';
import { runLoadProcesses } from './processes.ts';
import { type LoadSpec, runLoad } from './run-load.ts';
import { FLAT } from './schedule.ts';
import { plainHomes } from './seed-load.ts';

const folder = mkdtempSync(join(tmpdir(), 'yinling-load-'));
let service: FakeService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function run(misbehaviour: Misbehaviour, ...argv: string[]) {
  service = await startFakeService(misbehaviour);
  const target = ['--broker', service.brokerUrl, '--api', service.apiUrl, '--admin-password', 'any'];
  const files = ['--secrets', join(folder, 'secrets.json')];
  const short = ['--clients', '10', '--rate', '200', '--warm-up', '200ms', '--duration', '1500ms'];
  let out = '';
  let err = '';
  const code = await loadCommandLine([...short, ...target, ...files, ...argv], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: {},
    signal: new AbortController().signal,
  });
  return { code, err, report: JSON.parse(out) as Record<string, unknown> };
}

const specOf = (brokerUrl: string, more: Partial<LoadSpec>): LoadSpec => ({
  host: '127.0.0.1',
  port: Number(new URL(brokerUrl).port),
  homes: plainHomes(8, 1),
  ratePerS: 200,
  pressesPerS: 10,
  window: 100,
  warmUpMs: 100,
  durationMs: 1_500,
  seed: '1',
  runId: 'r',
  ...more,
});

describe('a load against a service', () => {
  it('with faults and broken connections loses nothing, doubles nothing and sees every press', async () => {
    const page = join(folder, 'page.html');
    const { code, err, report } = await run(
      {},
      '--presses',
      '10',
      '--faults',
      'dup=0.1,drop=0.02,late=0.05,reorder=0.05',
      '--html',
      page,
      '--burst',
      'reconnection@400ms+300ms,power-cut@900ms+300ms*0.5',
      '--assert',
      'lost==0',
      'duplicated==0',
      'unseen==0',
      'unacknowledged==0',
      'sos.count>0',
    );
    expect(code, err).toBe(0);
    expect(report['repeats']).toBeGreaterThan(0);
    expect(report['reconnectMs']).toMatchObject({ count: expect.any(Number) });
    expect((report['reconnectMs'] as { count: number }).count).toBeGreaterThanOrEqual(15);
    expect(readFileSync(page, 'utf8')).toContain('held: <code>lost==0</code>');
  });

  it('a worker process that has much to tell is heard to the end before it goes', async () => {
    service = await startFakeService({});
    const spec = specOf(service.brokerUrl, {
      pressesPerS: 300,
      durationMs: 1_000,
      runId: 'r'.repeat(2_000),
    });
    const result = await runLoadProcesses(spec, 1, () => undefined);
    expect(JSON.stringify(result).length).toBeGreaterThan(300_000);
    expect(result.unacknowledged).toEqual([]);
  });

  it('ends with 1 when a condition does not hold, and says which', async () => {
    const { code, err } = await run({ loseEvery: 10 }, '--assert', 'lost==0', 'ack.p99<60s');
    expect(code).toBe(1);
    expect(err).toMatch(/BROKEN lost==0: [1-9]/);
  });

  it.each([['sos.p99'], ['found==0'], ['lost==0ms']])('refuses the condition "%s"', async (text) => {
    await expect(run({}, '--assert', text)).rejects.toThrow(UsageError);
  });

  it('refuses a condition that it could not measure without the API', async () => {
    const terminal = { out: () => {}, err: () => {}, env: {}, signal: new AbortController().signal };
    await expect(loadCommandLine(['--assert', 'lost==0'], terminal)).rejects.toThrow('needs --api');
  });

  it('a power cut makes homes silent, and what happened meanwhile comes afterwards, timed from the return', async () => {
    service = await startFakeService();
    const shape = { ...FLAT, bursts: parseBursts('power-cut@200ms+1100ms*1') };
    const result = await runLoad(specOf(service.brokerUrl, { shape }), preciseClock);
    expect(result.unacknowledged).toEqual([]);
    expect(result.acknowledged).toBe(result.sent);
    const during = result.series.steps[1]; // 0.5–1 s, well within the dark
    expect(during?.acknowledged).toBe(0);
    expect(during?.due).toBeGreaterThan(0);
    expect(during?.latency.buckets).toEqual([]);
  });

  it('a stalled broker does not hide in the latencies: what was due meanwhile counts from when it was due', async () => {
    service = await startFakeService({ muteAfter: 100 });
    const result = await runLoad(specOf(service.brokerUrl, { window: 10, durationMs: 1_000 }), preciseClock, undefined, AbortSignal.timeout(2_500)); // prettier-ignore
    expect(result.acknowledged).toBe(100);
    expect(result.unacknowledged.length).toBeGreaterThan(0);
    // Arrivals went on although nothing was acknowledged any more.
    expect(result.sent).toBeGreaterThan(170);
  });

  it('what devices have no room for is dropped and counted, presses never', async () => {
    service = await startFakeService({ muteAfter: 100 });
    const { brokerUrl } = service;
    const spec = specOf(brokerUrl, { window: 2, mostHeld: 3, durationMs: 1_000 });
    const result = await runLoad(spec, preciseClock, undefined, AbortSignal.timeout(2_500));
    expect(result.dropped).toBeGreaterThan(20);
    expect(result.acknowledged).toBe(100);
    // Eight homes, with so many under way and so many kept, and their presses.
    expect(result.sent).toBeLessThanOrEqual(100 + 8 * (2 + 3) + result.presses.length);
    expect(result.presses.length).toBeGreaterThan(3);
  });
});

afterEach(() => rmSync(join(folder, 'secrets.json'), { force: true }));
