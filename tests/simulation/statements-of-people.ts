import { ASKING_KINDS } from '../../schemas/registry.ts';
import type { Statements } from './statements.ts';

const LOAD_MS = 12 * 3_600_000;
const TAKEN: readonly string[] = ['accepted', 'en_route', 'on_scene'];

/** What the registry holds of homes and people; it does not change while a simulation runs. */
export const PEOPLE_STATEMENTS: Statements = {
  rule_on: () => [],
  asking_devices: (tx, [homeId]) =>
    (tx.db.town.homes.get(String(homeId))?.registered.devices ?? [])
      .filter(({ kind }) => ASKING_KINDS.includes(kind))
      .map(({ deviceId }) => ({ id: deviceId })),
  caregiver_facts: (tx, [id]) => {
    const person = tx.db.town.caregivers.get(String(id));
    return person === undefined ? [] : [{ role: person.role, provider: null }];
  },
  provider_of: () => [{ provider: null }],
  home_facts: (tx, [id]) => {
    const home = tx.db.town.homes.get(String(id));
    if (home === undefined) return [];
    const residents = home.registered.residents.map(({ residentId }) => residentId);
    return [{ street: home.registered.street, lat: home.lat, lon: home.lon, residents }];
  },
  recommendation_needs: (tx, [ids]) =>
    (ids as string[]).map((id) => {
      const home = tx.db.town.homes.get(id);
      return {
        lat: home?.lat ?? null,
        lon: home?.lon ?? null,
        languages: [],
        familiar: [],
        street: home?.registered.street ?? null,
        community: '',
        post_id: null,
        key_holders: null,
        wishes: [],
      };
    }),
  recommendation_facts: (tx, [since]) => {
    const { db } = tx;
    const blind = db.defects.has('two_emergencies_allowed');
    const taken = tx
      .pick(db.orders, db.liveOrders, ({ doc }) => TAKEN.includes(doc.state))
      .map(({ doc }) => doc);
    const asked = tx.pick(
      db.offers,
      db.openOffers,
      ({ emergency, outcome }) => emergency && outcome === null,
    );
    const load: Record<string, number> = {};
    for (const { caregiverId, createdAt } of taken)
      if (caregiverId !== null && Date.parse(createdAt) > Number(since) - LOAD_MS)
        load[caregiverId] = (load[caregiverId] ?? 0) + 1;
    return [
      {
        stamp: 'town',
        detail: 'town',
        emergency: blind
          ? []
          : taken.filter(({ emergency }) => emergency).map(({ caregiverId }) => caregiverId),
        asked: blind ? [] : asked.map(({ caregiverId }) => caregiverId),
        visiting: taken.filter(({ emergency }) => !emergency).map(({ caregiverId }) => caregiverId),
        resting: [],
        load,
      },
    ];
  },
  "select concat_ws('/'": (tx) =>
    [...tx.db.town.caregivers.values()].map((person) => ({
      stamp: 'town',
      detail: 'town',
      id: person.id,
      role: person.role,
      skills: [],
      stars: person.stars,
      languages: [],
      lat: person.lat,
      lon: person.lon,
      located_at: null,
      personal: new Uint8Array(),
      gender: null,
      vehicle: null,
      post_id: null,
      post_street: null,
      post_community: null,
      rated: 0,
      score_sum: 0,
      shifts: person.shifts,
    })),
  'select personal from caregivers': () => [{ personal: new Uint8Array() }],
  'select personal from residents': () => [{ personal: new Uint8Array() }],
  'select r.*, h.street': () => [],
  'select b.plan_id': () => [],
  'select order_id, comment from ratings': () => [],
  // The checker looks for the same by itself.
  "select 'alert_without_deadline'": () => [],
  "select 'outbox' as what": () => [],
  "select pg_notify('downlink'": () => [],
};
