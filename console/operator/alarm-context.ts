import { computed, inject, provide, shallowRef, watch } from 'vue';
import type { ComputedRef, InjectionKey, ShallowRef } from 'vue';
import type { Alert, Device, Home, Page, Reading, Recommendation, Resident } from '../model/api-types.ts';
import type { Desk } from '../wire/desk.ts';
import { createLatest } from '../wire/latest.ts';

/** Everything around the alarm on screen that is not the alarm: fetched when it is opened, dropped when it is left. */
export interface AlarmContext {
  home: ComputedRef<Home | undefined>;
  household: ComputedRef<Resident[]>;
  devices: ComputedRef<Device[]>;
  readings: ShallowRef<Reading[] | 'loading' | 'failed'>;
  history: ShallowRef<Alert[] | 'loading' | 'failed'>;
  recommendation: ShallowRef<Recommendation | undefined>;
  recommending: ShallowRef<'loading' | 'failed' | 'ready'>;
  retry: () => void;
}

const key: InjectionKey<AlarmContext> = Symbol('alarm context');
export const provideAlarmContext = (context: AlarmContext): void => provide(key, context);
export function useAlarmContext(): AlarmContext {
  const context = inject(key);
  if (!context) throw new Error('no alarm context provided');
  return context;
}

export const DAY_MS = 86_400_000;
/** J held down runs through the queue without asking for each row's whole day. */
const SETTLE_MS = 140;
const MAX_READING_PAGES = 6;

export function createAlarmContext(desk: Desk): AlarmContext {
  const { api, directory } = desk;
  const readings = shallowRef<Reading[] | 'loading' | 'failed'>('loading');
  const history = shallowRef<Alert[] | 'loading' | 'failed'>('loading');
  const recommendation = shallowRef<Recommendation | undefined>();
  const recommending = shallowRef<'loading' | 'failed' | 'ready'>('loading');
  let abort = new AbortController();
  let timer = 0;

  const homeId = computed(() => desk.selected.value?.homeId);
  const selectedId = computed(() => desk.selected.value?.id);
  const wanted = computed(() => {
    const alert = desk.selected.value;
    // Who could go changes with every change of the alarm or its orders.
    return alert && alert.state !== 'resolved'
      ? `${alert.id}/${alert.state}/${desk
          .ordersOf(alert.id)
          .map((o) => o.version)
          .join()}`
      : undefined;
  });

  const loadHome = async (id: string, alertId: string, signal: AbortSignal): Promise<void> => {
    directory.wantHome(id);
    directory.wantHousehold(id);
    directory.wantDevices(id);
    const past = api.call('GET /alerts', { query: { homeId: id, limit: 200 } }, signal);
    void loadOrders(alertId, signal);
    const day = await readDay(desk, id, signal);
    if (signal.aborted) return;
    readings.value = day ?? 'failed';
    const list = await past;
    if (signal.aborted) return;
    history.value = list.ok
      ? list.value.items
          .filter((a) => a.id !== alertId && a.homeId === id)
          .sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1))
      : 'failed';
  };
  /** Of an alarm of another day the live picture has no orders. */
  const loadOrders = async (alertId: string, signal: AbortSignal): Promise<void> => {
    const answer = await api.call('GET /orders', { query: { alertId, limit: 50 } }, signal);
    if (!answer.ok || signal.aborted) return;
    for (const order of answer.value.items)
      if (order.alertId === alertId) desk.live.apply({ type: 'order', order });
  };
  /** Asked anew at every change of the alarm or its orders: an older ranking must not come back. */
  const ranking = createLatest();
  const loadRecommendation = (id: string): Promise<boolean> =>
    ranking.ask(
      (signal) => api.call('GET /alerts/{id}/recommendations', { params: { id } }, signal),
      (answer) => {
        recommending.value = answer.ok ? 'ready' : 'failed';
        if (!answer.ok) return;
        recommendation.value = answer.value;
        for (const c of answer.value.candidates.slice(0, 9)) directory.wantCaregiver(c.caregiverId);
      },
    );

  const start = (): void => {
    abort.abort();
    abort = new AbortController();
    window.clearTimeout(timer);
    ranking.drop();
    readings.value = 'loading';
    history.value = 'loading';
    recommendation.value = undefined;
    recommending.value = 'loading';
    const { signal } = abort;
    const [home, alertId] = [homeId.value, selectedId.value];
    if (home === undefined || alertId === undefined) return;
    timer = window.setTimeout(() => {
      void loadHome(home, alertId, signal);
      if (wanted.value !== undefined) void loadRecommendation(alertId);
    }, SETTLE_MS);
  };
  watch(selectedId, start, { immediate: true });
  // Opened by address or from history: an alarm that the live picture no longer holds.
  watch(
    [() => desk.view.selectedId, () => desk.live.state.value.loaded],
    async ([id, loaded]) => {
      if (id === null || !loaded || desk.live.state.value.alerts.has(id)) return;
      const answer = await api.call('GET /alerts/{id}', { params: { id } });
      if (answer.ok) desk.live.apply({ type: 'alert', alert: answer.value });
      else desk.commands.complain(answer);
    },
    { immediate: true },
  );
  watch(wanted, (now, before) => {
    const id = selectedId.value;
    // The first for this alarm is `start`'s; a change within the same alarm is ours.
    if (now !== undefined && id !== undefined && before?.startsWith(`${id}/`)) void loadRecommendation(id);
  });

  const none: never[] = [];
  return {
    home: computed(() => (homeId.value === undefined ? undefined : directory.homes.get(homeId.value))),
    household: computed(() =>
      homeId.value === undefined ? none : (directory.residentsOfHome.get(homeId.value) ?? none),
    ),
    devices: computed(() =>
      homeId.value === undefined ? none : (directory.devicesOfHome.get(homeId.value) ?? none),
    ),
    readings,
    history,
    recommendation,
    recommending,
    retry: start,
  };
}

/** A stretch of readings, as `?bucket=` gives it. */
interface Bucket {
  at: string;
  deviceId: string | null;
  channel: Reading['channel'];
  fields: Record<string, { min: number; avg: number; max: number }>;
}
const toReading = (b: Bucket): Reading => ({
  messageId: null,
  deviceId: b.deviceId ?? '',
  channel: b.channel,
  occurredAt: b.at,
  receivedAt: b.at,
  payload: { ...b.fields, ...(b.fields['battery'] ? { battery: Math.round(b.fields['battery'].avg) } : {}) },
});

/**
 * The last 24 hours, oldest first; undefined if they could not be read. Vitals in five-minute buckets: a watch that
 * measures every second must not outweigh the page. What else says something of the home, as it came.
 */
async function readDay(desk: Desk, homeId: string, signal: AbortSignal): Promise<Reading[] | undefined> {
  const to = desk.clock.now();
  const path = `/homes/${encodeURIComponent(homeId)}/readings`;
  const query = {
    from: new Date(to - DAY_MS).toISOString(),
    to: new Date(to + 1000).toISOString(),
    limit: 1000,
  };
  const [said, measured] = await Promise.all([
    readPages<Reading>(desk, path, { ...query, channel: 'presence,status,sos,fall' }, signal),
    readPages<Bucket>(desk, path, { ...query, channel: 'vitals', bucket: '5m' }, signal),
  ]);
  if (!said || !measured) return undefined;
  return [...said, ...measured.map(toReading)].sort((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1));
}

async function readPages<T>(
  desk: Desk,
  path: string,
  query: Record<string, string | number>,
  signal: AbortSignal,
): Promise<T[] | undefined> {
  const all: T[] = [];
  let cursor: string | undefined;
  for (let i = 0; i < MAX_READING_PAGES; i += 1) {
    const answer = await desk.api.get<Page<T>>(path, { ...query, cursor }, signal);
    if (!answer.ok) return undefined;
    all.push(...answer.value.items);
    cursor = answer.value.nextCursor ?? undefined;
    if (cursor === undefined) break;
  }
  return all;
}
