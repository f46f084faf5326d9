import type { AnyDetector } from '../../ingest/detectors/detector.ts';
import { createHomeFold } from '../../ingest/home-fold.ts';
import { type HomeStateJson, initialState, stateFromJson, stateToJson } from '../../ingest/home-state.ts';
import { localTimeOf } from '../../ingest/local-time.ts';
import { foldItemOf } from '../../ingest/pipeline/homes.ts';
import type { TailItem } from '../../ingest/store/tail.ts';
import type { Signal } from '../../schemas/signal.ts';
import { toIso } from '../../schemas/ids.ts';
import type { MemoryDatabase } from './memory-database.ts';
import { TIME_ZONE } from './service.ts';

export interface Refolded {
  readonly items: number;
  readonly signals: number;
  readonly different: readonly string[];
}

const TOLD = 10;

/**
 * The run as it would have been without a crash: everything stored, folded from nothing in one go. The states must be
 * those that were saved (I4), and every call and every reason that it comes to must have come to one alert (I14), no
 * other.
 */
export function refoldTown(db: MemoryDatabase, at: number, detectors: readonly AnyDetector[]): Refolded {
  const fold = createHomeFold(detectors, localTimeOf(TIME_ZONE));
  const outages = [...db.outages.rows.values()].map(([from, to]) => [from.getTime(), to.getTime()] as const);
  const streets = [...db.streetOutages.rows.values()].map(({ street, fromAt, beginsAt, endsAt }) => ({
    street,
    from: fromAt.getTime(),
    beginsAt: beginsAt.getTime(),
    endsAt: endsAt?.getTime() ?? Infinity,
  }));
  const byHome = itemsByHome(db);
  const different: string[] = [];
  const expected = new Map<string, number>();
  let count = 0;
  let signalCount = 0;
  for (const [homeNo, items] of byHome) {
    const homeId = db.town.homeIds[homeNo] ?? '';
    let state = initialState(fold.detectors);
    for (const item of items) {
      const result = fold.fold(state, foldItemOf(item, homeId, state), outages, streets);
      state = result.state;
      count += 1;
      for (const signal of result.signals)
        for (const key of keysOf(signal)) expected.set(key, (expected.get(key) ?? 0) + 1);
      signalCount += result.signals.length;
    }
    const saved = db.homeStates.rows.get(homeNo);
    if (saved === undefined) {
      different.push(`I4 nothing was saved of ${homeId}`);
      continue;
    }
    const [straight, kept] = [state, stateFromJson(fold.detectors, saved.state as HomeStateJson)].map(
      (one) => {
        const later = fold.fold(one, { kind: 'timer', now: at }, outages, streets).state;
        return JSON.parse(JSON.stringify(stateToJson(fold.detectors, later))) as unknown;
      },
    );
    const odd = differences(straight, kept);
    if (odd.length > 0) different.push(`I4 ${homeId} is not its refold: ${odd.slice(0, 3).join('; ')}`);
  }
  return {
    items: count,
    signals: signalCount,
    different: [...different.slice(0, TOLD), ...raisedOtherwise(db, expected)],
  };
}

function itemsByHome(db: MemoryDatabase): Map<number, TailItem[]> {
  const byHome = new Map<number, TailItem[]>();
  const add = (homeNo: number, item: TailItem): void => {
    const list = byHome.get(homeNo);
    if (list === undefined) byHome.set(homeNo, [item]);
    else list.push(item);
  };
  for (const row of db.readings.rows.values())
    add(row.homeNo, {
      ...row,
      kind: 'reading',
      deviceId: row.deviceId ?? db.town.deviceIds[row.deviceNo] ?? '',
    });
  for (const row of db.homeLog.rows.values()) add(row.homeNo, row);
  for (const list of byHome.values()) list.sort((a, b) => a.seq - b.seq);
  return byHome;
}

/** What a signal leaves in its alert. Support and clears may find nothing to join; they are left out. */
function keysOf({ effect, dedupKey, evidence }: Signal): string[] {
  if (effect !== 'call' && effect !== 'raise') return [];
  return evidence.map(({ kind, at, deviceId, messageId }) =>
    keyOf(dedupKey, { kind, at: toIso(at), deviceId, messageId }),
  );
}
const keyOf = (
  dedupKey: string,
  {
    kind,
    at,
    deviceId,
    messageId,
  }: { kind: string; at: string; deviceId: string | null; messageId: string | null },
): string => [dedupKey, kind, at, deviceId, messageId].join(' ');

function raisedOtherwise(db: MemoryDatabase, expected: ReadonlyMap<string, number>): string[] {
  const found = new Map<string, number>();
  for (const { alertId, events } of db.alertEvents.rows.values()) {
    const dedupKey = db.alerts.rows.get(alertId)?.doc.dedupKey ?? '';
    if (dedupKey.endsWith(':outage')) continue;
    for (const event of events)
      if (event.type === 'joined' && event.raised !== null)
        for (const item of event.evidence) {
          const key = keyOf(dedupKey, item);
          found.set(key, (found.get(key) ?? 0) + 1);
        }
  }
  const lines: string[] = [];
  for (const [key, times] of expected)
    if (found.get(key) !== times)
      lines.push(`I14 without a crash ${times} × ${key}, here ${found.get(key) ?? 0}`);
  for (const [key, times] of found) if (!expected.has(key)) lines.push(`I14 only here ${times} × ${key}`);
  return lines.slice(0, TOLD);
}

/** Paths at which two JSON values differ. */
function differences(a: unknown, b: unknown, path = ''): string[] {
  if (a === b) return [];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return [`${path} ${JSON.stringify(a)?.slice(0, 80)} / ${JSON.stringify(b)?.slice(0, 80)}`];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) =>
    differences(left[key], right[key], `${path}/${key}`),
  );
}
