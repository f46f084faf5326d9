import { afterEach, describe, expect, it } from 'vitest';
import { SecretStore } from '../api/secrets.ts';
import type { Summary } from '../measure/summary.ts';
import { preciseClock } from '../precise-clock.ts';
import { type FakeService, type Misbehaviour, startFakeService } from '../testing/fake-service.ts';
import { devicesOnly } from './devices-only.ts';
import { Neighbourhood } from './neighbourhood.ts';

let service: FakeService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function live(
  misbehaviour: Misbehaviour,
  forMs: number,
  signal = new AbortController().signal,
): Promise<Summary> {
  service = await startFakeService(misbehaviour);
  const neighbourhood = await Neighbourhood.settle({
    ...service,
    adminPassword: 'any',
    scenario: 'neighbourhood',
    seed: 1,
    homes: 12,
    forMs,
    ratePerS: 20,
    faults: { dup: 0.2, late: 0.1, reorder: 0.1, drop: 0.05, clock: 0.1 },
    secrets: new SecretStore(undefined),
    clock: preciseClock,
    signal,
    say: () => {},
  });
  return neighbourhood.live();
}

describe('the neighbourhood against a service', () => {
  it('lives through alarms that end in rated visits, with faults and yet nothing lost or doubled', async () => {
    const summary = await live({}, 5_000);
    expect(summary).toMatchObject({ lost: 0, duplicated: 0, problems: [] });
    expect(summary.conservation.repeats).toBeGreaterThan(0);
    expect(summary.conservation.deadLetters).toBeGreaterThan(0);
    expect(summary.alerts).toBeGreaterThan(1);
    expect(summary.visits).toBeGreaterThan(0);
    expect(summary.rated).toBe(summary.visits);
    expect(summary.hops[0]?.pressedToSeenMs).toBeGreaterThan(0);
  });

  it('notices that acknowledged messages are gone, and that some are there twice', async () => {
    const summary = await live({ loseEvery: 10, doubleEvery: 7 }, 5_000);
    expect(summary.lost).toBeGreaterThan(0);
    expect(summary.duplicated).toBeGreaterThan(0);
  });

  it('ends though the broker has stopped to acknowledge, and calls lost only what was acknowledged', async () => {
    const summary = await live({ muteAfter: 30 }, 5_000);
    expect(summary).toMatchObject({ lost: 0, duplicated: 0 });
    expect(summary.conservation.unacknowledged).toBeGreaterThan(0);
  });

  it('ends early and in order when it is interrupted', async () => {
    const stop = new AbortController();
    const living = live({}, 60_000, stop.signal);
    preciseClock.setTimer(2_500, () => stop.abort());
    expect((await living).durationS).toBeLessThan(15);
  });

  it('runs its devices against a broker that knows nobody', async () => {
    service = await startFakeService();
    const summary = await devicesOnly({
      ...service,
      login: undefined,
      scenario: 'burst',
      seed: 2,
      homes: 5,
      forMs: 5_000,
      ratePerS: 10,
      faults: {},
      clock: preciseClock,
      signal: new AbortController().signal,
    });
    expect(summary).toMatchObject({ presses: 5, unacknowledged: 0, problems: [] });
    expect(summary.acknowledged).toBe(summary.published);
  });
});
