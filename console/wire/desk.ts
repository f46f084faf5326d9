import { computed, effectScope, inject, reactive, shallowRef, watch } from 'vue';
import type { ComputedRef, InjectionKey, ShallowRef } from 'vue';
import type { Alert, Order, Resident, User } from '../model/api-types.ts';
import { callBackOf } from '../model/call-log.ts';
import { countsOf, NO_FILTER, queueOf } from '../model/queue-order.ts';
import type { Counts, QueueFilter } from '../model/queue-order.ts';
import { sentence, untimedSentence } from '../model/sentence.ts';
import type { SentenceFacts } from '../model/sentence.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { createAlertCommands } from './alert-commands.ts';
import type { AlertCommands } from './alert-commands.ts';
import { createApi } from './api.ts';
import type { Api } from './api.ts';
import { createClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { createDirectory } from './directory.ts';
import type { Directory } from './directory.ts';
import { createHandovers } from './handovers.ts';
import type { Handovers } from './handovers.ts';
import { createLive, DESK_LISTS } from './live.ts';
import type { Live } from './live.ts';
import { createMapSource } from './map.ts';
import type { MapSource } from './map.ts';
import { createNotices } from './notices.ts';
import type { Notices } from './notices.ts';
import { createPrefs } from './prefs.ts';
import type { Prefs } from './prefs.ts';
import { createProtocols } from './protocols.ts';
import type { Protocols } from './protocols.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';
import { raiseAlarm } from './raise-alarm.ts';
import { createSound } from './sound.ts';
import type { Sound } from './sound.ts';

export type DialogName =
  'resolve' | 'escalate' | 'call' | 'prompt' | 'keys' | 'search' | 'mode' | 'ambulance';

/** Everything the operator's screen is made of, wired once. Components get it by `useDesk()`. */
export interface Desk {
  api: Api;
  clock: Clock;
  prefs: Prefs;
  words: ComputedRef<Words>;
  session: Session;
  live: Live;
  directory: Directory;
  protocols: Protocols;
  handovers: Handovers;
  map: MapSource;
  notices: Notices;
  sound: Sound;
  commands: AlertCommands;
  view: View;
  user: ComputedRef<User | null>;
  queue: ComputedRef<Alert[]>;
  counts: ComputedRef<Counts>;
  selected: ComputedRef<Alert | undefined>;
  orders: ComputedRef<ReadonlyMap<string, Order[]>>;
  /** For screen readers; changes are read out at once. */
  announcement: ShallowRef<string>;
  residentOf: (alert: Alert) => Resident | undefined;
  ordersOf: (alertId: string) => readonly Order[];
  sentenceOf: (alert: Alert, nowMs: number) => string;
  /** Without for how long: where a timer stands beside it. */
  untimedSentenceOf: (alert: Alert, nowMs: number) => string;
}

/** What this window shows; nothing of it leaves the window. */
export interface View {
  selectedId: string | null;
  filter: QueueFilter;
  dialog: DialogName | null;
  /** D was pressed: a digit sends. */
  picking: boolean;
  /** Contact preset for the call dialog. */
  callWhom: string;
  /** From `/?phone=`, or typed into the search. */
  searchText: string;
  modeResident: Resident | null;
}

export const deskKey: InjectionKey<Desk> = Symbol('desk');
export function useDesk(): Desk {
  const desk = inject(deskKey);
  if (!desk) throw new Error('no desk provided');
  return desk;
}

const NO_ORDERS: readonly Order[] = [];

export function createDesk(): Desk {
  return effectScope(true).run(() => wire()) as Desk;
}

function wire(): Desk {
  const clock = createClock();
  const prefs = createPrefs({ lang: 'zh', theme: 'dark' });
  const words = computed(() => wordsOf(prefs.values.lang));
  const api = createApi(clock);
  const live = createLive(api, clock, DESK_LISTS);
  const directory = createDirectory(api);
  const notices = createNotices();
  const sound = createSound();
  const session = createSession(api);
  const user = computed(() => session.user.value);
  const view = reactive<View>({
    selectedId: null,
    filter: { ...NO_FILTER },
    dialog: null,
    picking: false,
    callWhom: '',
    searchText: '',
    modeResident: null,
  });

  const owesCall = (a: Alert): boolean => callBackOf(a) !== undefined;
  const me = computed(() => user.value?.username ?? '');
  const protocols = createProtocols(api);
  const map = createMapSource(api);
  const handovers = createHandovers(api, me, () => clock.now());
  const inScope = computed(() => {
    const all = [...live.state.value.alerts.values()];
    return view.filter.street === '' ? all : all.filter((a) => a.street === view.filter.street);
  });
  const queue = computed(() => queueOf(inScope.value, view.filter, me.value, owesCall));
  const counts = computed(() => countsOf(inScope.value, me.value, owesCall));
  const orders = computed(() => {
    const byAlert = new Map<string, Order[]>();
    for (const o of live.state.value.orders.values()) {
      if (o.alertId === null) continue;
      const list = byAlert.get(o.alertId);
      if (list) list.push(o);
      else byAlert.set(o.alertId, [o]);
    }
    for (const list of byAlert.values()) list.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
    return byAlert;
  });
  const selected = computed(() =>
    view.selectedId === null ? undefined : live.state.value.alerts.get(view.selectedId),
  );
  const residentOf = (alert: Alert): Resident | undefined => {
    if (alert.residentId !== null) {
      directory.wantResident(alert.residentId);
      return directory.residents.get(alert.residentId);
    }
    if (alert.kind === 'outage') return undefined;
    directory.wantHousehold(alert.homeId);
    return directory.residentsOfHome.get(alert.homeId)?.[0];
  };
  const ordersOf = (alertId: string): readonly Order[] => orders.value.get(alertId) ?? NO_ORDERS;
  const caregiverName = (id: string): string | undefined => {
    directory.wantCaregiver(id);
    return directory.caregiverName(id);
  };
  const factsOf = (alert: Alert, nowMs: number): SentenceFacts => ({
    alert,
    resident: residentOf(alert),
    devices: directory.devicesOfHome.get(alert.homeId) ?? [],
    orders: ordersOf(alert.id),
    caregiverName,
    nowMs,
  });
  const sentenceOf = (alert: Alert, nowMs: number): string => sentence(factsOf(alert, nowMs), words.value);
  const untimedSentenceOf = (alert: Alert, nowMs: number): string =>
    untimedSentence(factsOf(alert, nowMs), words.value);

  const announcement = shallowRef('');
  const commands = createAlertCommands({ api, live, notices, clock, words, me });
  raiseAlarm({ live, clock, sound, words, announcement, sentenceOf, counts });

  api.onExpired(() => session.expire());
  watch(
    () => session.user.value?.username,
    (username, before) => {
      if (username === undefined) live.stop();
      else {
        // Somebody else sits down at this window: nothing of the one before stays.
        if (before !== undefined && before !== username) {
          live.apply({ type: 'logged_out' });
          handovers.forget();
          directory.forget();
        }
        live.start();
        void map.load();
        // A technician asks nobody, and nobody hands over to her.
        if (user.value?.role !== 'technician') {
          void protocols.load();
          void handovers.load();
        }
      }
    },
  );
  watch(live.line, (line) => {
    if (line.kind === 'expired') session.expire();
  });
  watch(
    () => view.selectedId,
    (id) => {
      view.picking = false;
      if (id !== null) live.apply({ type: 'seen', alertId: id });
    },
  );

  return {
    api,
    clock,
    prefs,
    words,
    session,
    live,
    directory: { ...directory, caregiverName },
    protocols,
    handovers,
    map,
    notices,
    sound,
    commands,
    view,
    user,
    queue,
    counts,
    selected,
    orders,
    announcement,
    residentOf,
    ordersOf,
    sentenceOf,
    untimedSentenceOf,
  };
}
