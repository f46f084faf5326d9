import { randomBytes } from 'node:crypto';
import { raise } from '../alerts/store.ts';
import { press } from '../alerts/testing/signals.ts';
import { assignErrands, type Wanted } from '../dispatcher/assignment/assign-errands.ts';
import { createDispatcher } from '../dispatcher/dispatcher.ts';
import { SealedWords } from '../dispatcher/personal/words.ts';
import { createPersonalData } from '../platform/crypto/personal-data.ts';
import { choose, type Doing, type Person } from '../dispatcher/recommendation/rank.ts';
import { roleFit } from '../dispatcher/recommendation/role-fit.ts';
import { timerWakeUps } from '../dispatcher/wake-ups/timer-wake-ups.ts';
import { createPool, inTransaction } from '../platform/database.ts';
import { systemClock } from '../platform/clock.ts';
import { idSource } from '../platform/ids.ts';
import { silentLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { migrate } from '../platform/migrate.ts';
import { dedupKey } from '../schemas/alert.ts';
import type { Notice } from '../dispatcher/channels/channel.ts';
import { startDatabase } from './database.ts';
import { people } from './dispatch-burst.ts';
import { machine, type Report, round } from './machine.ts';

export interface OfferSettings {
  alerts: number;
  caregivers: number;
}
export const OFFER_DEFAULTS: OfferSettings = { alerts: 100, caregivers: 400 };
const SIZES = [10, 100, 1_000];
const LONGEST_WAIT_MS = 30_000;

/**
 * One alert after the other, with nobody at a desk so that nothing waits for an answer: from its commit to the hand of a
 * channel. Beside it the assignment of 10, 100 and 1,000 orders to four times as many people, and how much more way the
 * nearest for each in turn would cost.
 */
export async function offerBench(settings: OfferSettings, say: (line: string) => void): Promise<Report> {
  const machineBefore = machine();
  const database = await startDatabase();
  const log = silentLog();
  await migrate({ url: database.url, clock: systemClock, log });
  const pool = createPool(database.url, { applicationName: 'bench', log, max: 16 });
  const clock = systemClock;
  const newId = idSource(clock);
  const told = new Map<string, number>();
  const waiting = new Map<string, () => void>();
  const dispatcher = createDispatcher({
    pool,
    clock,
    log,
    metrics: createMetrics({ process: false }),
    newId,
    timeZone: 'Asia/Shanghai',
    wakeUps: timerWakeUps({ clock, log }),
    nameOf: () => 'somebody',
    words: new SealedWords({ db: pool, cipher: createPersonalData(randomBytes(32)), now: () => Date.now() }),
    sealNotes: (notes) => Buffer.from(notes),
    openNotes: (sealed) => Buffer.from(sealed).toString(),
    channels: [
      {
        name: 'bench',
        send(notice: Notice) {
          if (notice.target === 'caregiver' && notice.alertId !== null) {
            told.set(notice.alertId, performance.now());
            waiting.get(notice.alertId)?.();
          }
          return Promise.resolve({ ok: true });
        },
      },
    ],
    contactsOf: () => [],
    attendance: { attended: () => false, unanswered: () => undefined },
  });
  await dispatcher.start();
  const latenciesMs: number[] = [];
  let lost = 0;
  try {
    const homes = await people(pool, settings, clock.now());
    for (const homeId of homes) {
      const { alerts } = await inTransaction(pool, (tx) =>
        raise(tx, [press({ homeId, dedupKey: dedupKey.emergency(homeId) })], {
          now: () => clock.now(),
          newId: () => newId('a'),
          homeOf: () => ({ residentId: null, canAsk: false }),
        }),
      );
      const committedAt = performance.now();
      const id = alerts[0]?.id ?? '';
      const delivered = new Promise<void>((done) => {
        const cancel = clock.setTimer(LONGEST_WAIT_MS, done);
        waiting.set(id, () => {
          cancel();
          done();
        });
      });
      dispatcher.wake();
      await delivered;
      const at = told.get(id);
      if (at === undefined) lost += 1;
      else latenciesMs.push(at - committedAt);
    }
    say(`${latenciesMs.length} offers delivered, ${lost} not`);
  } finally {
    await dispatcher.stop();
    await pool.end();
    await database.stop();
  }
  return {
    name: 'offer',
    machine: machineBefore,
    at: new Date().toISOString(),
    settings: { ...settings },
    product: {
      'alert open → offer delivered p50, ms': round(percentile(latenciesMs, 50), 1),
      'alert open → offer delivered p99, ms': round(percentile(latenciesMs, 99), 1),
      ...Object.fromEntries(SIZES.flatMap(assignmentOf)),
    },
    floor: {},
    ratio: {},
    aims: [{ what: 'alerts not offered', aim: '0', measured: lost, met: lost === 0 }],
  };
}

const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((values.length * percent) / 100) - 1)] ?? Number.NaN;

const NOW = Date.parse('2026-01-12T08:00:00.000Z');
const LOCAL = { minuteOfDay: 16 * 60, weekday: 1 };
const FREE: Doing = { emergency: new Set(), askedEmergency: new Set(), visiting: new Set(), load: new Map() };
const spread = (i: number, a: number): number => 0.05 * (((i * a) % 1000) / 1000 - 0.5);

/** Time of the assignment, and by how much the nearest for each in turn is dearer than it: it is exact. */
function assignmentOf(orders: number): [string, number][] {
  const crowd: Person[] = Array.from({ length: orders * 4 }, (_, i) => ({
    caregiverId: `c${i}`,
    role: 'care_worker',
    skills: [],
    stars: 1 + (i % 5),
    languages: [],
    place: { lat: 22.55 + spread(i, 6091), lon: 114.06 + spread(i, 75979) },
    locatedAtMs: null,
    shifts: [{ fromMs: null, toMs: null, weekly: null }],
  }));
  const wanted: Wanted[] = Array.from({ length: orders }, (_, i) => ({
    priority: 1,
    need: {
      fit: roleFit('sos', 'urgent'),
      skill: 'urgent',
      emergency: true,
      place: { lat: 22.55 + spread(i, 7919), lon: 114.06 + spread(i, 104729) },
      languages: [],
      familiar: new Set(),
      asked: new Map(),
    },
  }));
  const moment = { doing: FREE, nowMs: NOW, local: LOCAL };
  const from = performance.now();
  const given = assignErrands(crowd, wanted, moment);
  const tookMs = performance.now() - from;
  const dear = (person: Person, travelMin: number): number => travelMin + (5 - person.stars);
  let together = 0;
  for (const item of given) if ('person' in item) together += dear(item.person, item.travel?.minutes ?? 0);
  const asked = new Set<string>();
  let inTurn = 0;
  for (const { need } of wanted) {
    const doing = { ...FREE, askedEmergency: asked };
    const [best] = choose(crowd, need, doing, NOW, LOCAL).candidates;
    if (best === undefined) continue;
    asked.add(best.person.caregiverId);
    inTurn += dear(best.person, best.travel?.minutes ?? 0);
  }
  return [
    [`assignment of ${orders} × ${orders * 4}, ms`, round(tookMs, 1)],
    [`${orders} orders in turn dearer by, %`, round((inTurn / together - 1) * 100, 1)],
  ];
}
