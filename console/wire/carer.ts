import { computed, effectScope, inject, shallowRef, watch } from 'vue';
import type { ComputedRef, InjectionKey, ShallowRef } from 'vue';
import type { Home, Order, Resident, User } from '../model/api-types.ts';
import { withWaiting } from '../model/visit-outbox.ts';
import { checkInState, workOf } from '../model/visit-work.ts';
import type { Work } from '../model/visit-work.ts';
import { carerWords } from '../words/h5-words.ts';
import type { CarerWords } from '../words/h5-words.ts';
import { createApi } from './api.ts';
import type { Answer, Api } from './api.ts';
import { createClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { keep, kept } from './kept.ts';
import { CARER_LISTS, createLive } from './live.ts';
import type { Live } from './live.ts';
import { createNotices } from './notices.ts';
import type { Notices } from './notices.ts';
import { createOwnDays } from './own-days.ts';
import type { OwnDays } from './own-days.ts';
import { createPrefs } from './prefs.ts';
import type { Prefs } from './prefs.ts';
import { createVisitSender } from './send-visits.ts';
import type { VisitSender } from './send-visits.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';
import { createSound } from './sound.ts';
import type { Sound } from './sound.ts';

/** Everything the caregiver's page is made of, wired once. */
export interface Carer {
  api: Api;
  clock: Clock;
  prefs: Prefs;
  words: ComputedRef<CarerWords>;
  session: Session;
  live: Live;
  notices: Notices;
  sound: Sound;
  sender: VisitSender;
  me: ComputedRef<string>;
  /** Own orders as she left them, sent or not. */
  orders: ComputedRef<Order[]>;
  work: ComputedRef<Work>;
  /** What is planned for her, today and tomorrow. */
  ownDays: OwnDays;
  /** The visit under way, with what is needed on the way; kept on the phone only until it ends. */
  place: ShallowRef<VisitPlace | null>;
  accept: (order: Order) => Promise<void>;
  decline: (order: Order, reason: string) => Promise<void>;
  callForMore: (order: Order) => Promise<boolean>;
}
export interface VisitPlace {
  orderId: string;
  home: Home | null;
  resident: Resident | null;
}

export const carerKey: InjectionKey<Carer> = Symbol('carer');
export function useCarer(): Carer {
  const carer = inject(carerKey);
  if (!carer) throw new Error('no carer provided');
  return carer;
}

const PLACE_KEY = 'yinling.h5.place';
const ORDER_KEY = 'yinling.h5.order';
const USER_KEY = 'yinling.h5.user';
const OFFER_GAIN = 0.6;

export function createCarer(): Carer {
  return effectScope(true).run(() => wire()) as Carer;
}

function wire(): Carer {
  const clock = createClock();
  const prefs = createPrefs({ lang: 'zh', theme: 'light' });
  const words = computed(() => carerWords(prefs.values.lang));
  const api = createApi(clock);
  const live = createLive(api, clock, CARER_LISTS);
  const notices = createNotices();
  const sound = createSound();
  const session = createSession(api);
  const sender = createVisitSender(
    api,
    (order) => live.apply({ type: 'order', order }),
    (failure) =>
      notices.say({
        tone: 'refused',
        title: words.value.h5.syncRefused,
        text: failure.problem?.detail ?? '',
      }),
  );
  const me = computed(() => session.user.value?.caregiverId ?? '');
  /** The order under way, from before the network went: a reload in a lift must not lose it. */
  const remembered = shallowRef(kept<Order>(ORDER_KEY));
  const orders = computed(() => {
    const known = live.state.value.orders;
    const all = [...known.values()];
    const last = remembered.value;
    if (!live.state.value.loaded && last && !known.has(last.id)) all.push(last);
    return all.map((o) => withWaiting(o, sender.box.value));
  });
  const work = computed(() => workOf(orders.value, me.value, clock.tick.value));
  const ownDays = createOwnDays(api, clock, {
    me: () => me.value,
    orders: () => orders.value,
    online: () => live.line.value.kind === 'live',
  });
  const place = shallowRef<VisitPlace | null>(kept<VisitPlace>(PLACE_KEY));

  const loadPlace = async (order: Order): Promise<void> => {
    const before = place.value?.orderId === order.id ? place.value : null;
    if (before?.home && before.resident) return;
    place.value = before ?? { orderId: order.id, home: null, resident: null };
    const [home, resident] = await Promise.all([
      api.call('GET /homes/{id}', { params: { id: order.homeId } }),
      order.residentId === null
        ? null
        : api.call('GET /residents/{id}', { params: { id: order.residentId } }),
    ]);
    // As it stands now: another answer may have come while this one was out.
    const known = place.value;
    if (known?.orderId !== order.id) return;
    place.value = {
      orderId: order.id,
      home: home.ok ? home.value : known.home,
      resident: resident?.ok ? resident.value : known.resident,
    };
  };
  const visit = computed(() => (work.value.kind === 'visit' ? work.value.order : undefined));
  watch(
    [() => visit.value?.id, () => live.line.value.kind],
    () => {
      if (visit.value) void loadPlace(visit.value);
      // Not on the order any more: the address and the way in leave the phone.
      else if (session.user.value && live.state.value.loaded && work.value.kind === 'idle')
        place.value = null;
    },
    { immediate: true },
  );
  watch(place, (now) => keep(PLACE_KEY, now));
  watch(visit, (now) => {
    if (!live.state.value.loaded) return;
    const sent = now && live.state.value.orders.get(now.id);
    remembered.value = sent ?? null;
    keep(ORDER_KEY, sent ?? null);
  });

  const offered = computed(() => (work.value.kind === 'offer' ? work.value.offer.id : undefined));
  const vibrate = (): void => void ('vibrate' in navigator && navigator.vibrate([300, 150, 300]));
  watch(offered, (now, before) => {
    sound.ring(now === undefined ? 0 : OFFER_GAIN);
    if (now !== undefined && now !== before) vibrate();
  });
  // A word from the scene is expected: told once when it is near and once when it is missing.
  const word = computed(() => (visit.value ? checkInState(visit.value, clock.tick.value).kind : 'quiet'));
  watch(word, (now) => {
    if (now === 'quiet') return;
    sound.chime();
    vibrate();
  });

  api.onExpired(() => session.expire());
  watch(live.line, (line) => {
    if (line.kind === 'expired') session.expire();
    if (line.kind === 'live') void sender.flush();
  });
  watch(session.user, (now, before) => {
    if (now === null) {
      live.stop();
      if (!session.expired.value) {
        live.apply({ type: 'logged_out' });
        for (const key of [USER_KEY, PLACE_KEY, ORDER_KEY]) keep(key, null);
        place.value = null;
        ownDays.forget();
      }
      return;
    }
    keep(USER_KEY, now);
    if (before?.username !== now.username) live.start();
  });

  const answer = async (answered: Promise<Answer<Order>>): Promise<void> => {
    const got = await answered;
    if (got.ok) return live.apply({ type: 'order', order: got.value });
    if (got.problem?.order) live.apply({ type: 'order', order: got.problem.order });
    const w = words.value;
    const title =
      got.kind === 'conflict' ? w.h5.offer.gone : got.kind === 'network' ? w.error.network : w.error.server;
    notices.say({ tone: 'refused', title });
  };

  return {
    api,
    clock,
    prefs,
    words,
    session: { ...session, resume: () => resumeOffline(session) },
    live,
    notices,
    sound,
    sender,
    me,
    orders,
    work,
    ownDays,
    place,
    accept: (order) => answer(api.call('POST /orders/{id}/accept', { params: { id: order.id }, body: {} })),
    decline: (order, reason) =>
      answer(api.call('POST /orders/{id}/decline', { params: { id: order.id }, body: { reason } })),
    async callForMore(order) {
      if (order.alertId === null) return false;
      const got = await api.call('POST /alerts/{id}/escalate', {
        params: { id: order.alertId },
        body: { note: words.value.h5.visit.moreNote },
      });
      const w = words.value;
      if (got.ok) notices.say({ tone: 'done', title: w.h5.visit.moreSent });
      else notices.say({ tone: 'refused', title: got.kind === 'network' ? w.error.network : w.error.server });
      return got.ok;
    },
  };
}

/** Without a network nobody can be asked who this is; the phone's last user goes on with what she has. */
async function resumeOffline(session: Session): Promise<void> {
  const last = kept<User>(USER_KEY);
  await session.resume();
  if (session.user.value === null && last !== null && session.unreachable.value) session.assume(last);
}
