import { expect, it } from 'vitest';
import { History } from './history.ts';
import { thinned } from './memory-watch.ts';
import { tableOf, tallyOf } from './tally.ts';

const message = {
  messageId: 'm',
  homeId: 'h',
  deviceId: 'd',
  channel: 'sos',
  press: true,
  expect: 'reading' as const,
  copies: 1,
  publishedAt: 0,
  acknowledgedAt: null,
  topic: '',
  payload: '',
};

it('a fault is survived when something sent is acknowledged after its end, not before', () => {
  const history = new History();
  const kill = history.fault('kill_ingest', { detail: 'ingest-1', isKill: true });
  const cut = history.fault('link_redis', { detail: 'broker-2 cut' });
  history.over(kill);
  history.acknowledged({ ...message }, Date.now() + 500);
  expect(tallyOf(history.faults)).toEqual({
    kill_ingest: { injected: 1, survived: 1 },
    'link_redis:cut': { injected: 1, survived: 0 },
  });
  expect(kill.firstAckMs).toBeGreaterThanOrEqual(500);
  history.over(cut);
  history.acknowledged({ ...message }, Date.now() + 1_000);
  expect(tallyOf(history.faults)['link_redis:cut']).toEqual({ injected: 1, survived: 1 });
});

it('the table has each kind by seed, what was lost and doubled, the times after a kill and the memory', () => {
  const run = (seed: number, kind: string) => ({
    seed,
    ok: seed === 1,
    acknowledged: 100 * seed,
    lost: 0,
    presses: 5,
    duplicated: 0,
    faults: { [kind]: { injected: 2, survived: 1 } },
    firstAckAfterKillMs: { most: 900, all: [900, 300, 500] },
    firstEscalationAfterKillMs: { most: 0, all: [] },
    memory: { togetherMb: [300, 420, 410] },
  });
  const table = tableOf([run(1, 'kill_ingest'), run(2, 'redis_frozen')]).map((line) => line.split(/ {2,}/));
  expect(table).toEqual([
    ['survived/injected', 'seed 1', 'seed 2'],
    ['kill_ingest', '1/2', '-'],
    ['redis_frozen', '-', '1/2'],
    ['acknowledged messages checked', '100', '200'],
    ['of them lost', '0', '0'],
    ['presses checked', '5', '5'],
    ['alerts doubled', '0', '0'],
    ['from kill -9 to first acknowledgement, ms', '500/900', '500/900'],
    ['from kill -9 to first escalation, ms', '-', '-'],
    ['memory together, first/most/last MB', '300/420/410', '300/420/410'],
    ['every invariant held', 'yes', 'NO'],
  ]);
});

it('a long run is thinned to so many points, its ends among them', () => {
  const all = Array.from({ length: 1_000 }, (_, i) => i);
  const points = thinned(all, 60);
  expect([points.length, points[0], points.at(-1)]).toEqual([60, 0, 999]);
});
