import type { Page } from 'playwright-core';
import type { FakeApi } from './fake-api.ts';
import { haveVisited, localDate } from './fake-history.ts';

/** Every page and dialog of the console, and the way to it: for pictures and for what must hold on each of them. */
export interface PageState {
  name: string;
  /** Empty: not logged in. */
  user: string;
  url: string;
  phone?: true;
  /** On paper: A4 upright, in the colours of print. */
  print?: true;
  /** Besides dark and light. */
  wallboard?: true;
  steps?: (page: Page, api: FakeApi) => Promise<unknown>;
}
export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
export const A4 = { width: 794, height: 1123 };

const top = async (page: Page): Promise<void> => {
  await page.locator('.queue-row').first().click();
  await page.locator('.chart').first().waitFor();
  await page.locator('.candidates ol li').first().waitFor();
};
const owned = async (page: Page): Promise<void> => {
  await top(page);
  await page.keyboard.press('a');
  await page.locator('.protocol').waitFor();
};
const dialogBy =
  (key: string) =>
  async (page: Page): Promise<void> => {
    await owned(page);
    await page.keyboard.press(key);
    await page.locator('dialog').waitFor();
  };
const dialog = (page: Page): Promise<void> => page.locator('dialog').waitFor();

const desk = (name: string, steps?: PageState['steps']): PageState => ({
  name,
  user: 'operator',
  url: '/',
  ...(steps ? { steps } : {}),
});
const DESK: readonly PageState[] = [
  { name: 'login', user: '', url: '/' },
  {
    name: 'login-code',
    user: '',
    url: '/',
    steps: async (p) => {
      await p.locator('input[name=username]').fill('coded');
      await p.locator('input[name=password]').fill('password');
      await p.locator('button[type=submit]').click();
      await p.locator('input[name=code]').waitFor();
    },
  },
  {
    ...desk('desk', async (p, api) => {
      await top(p);
      api.desk.open({ kind: 'sos', priority: 1, device: 'sos' }, 3, Date.now() - 40, { synthetic: true });
      await p.locator('.canary', { hasText: 'ms' }).waitFor();
    }),
    wallboard: true,
  },
  desk('desk-acknowledged', owned),
  desk('desk-no-call-backs', (p) => p.locator('.segments button').nth(3).click()),
  desk('desk-calm', async (p, api) => {
    for (const a of api.desk.alerts.values())
      if (a.state !== 'resolved') api.desk.command(a.id, 'resolve', 'limin', { disposition: 'resident_ok' });
    api.desk.open({ kind: 'sos', priority: 1, device: 'sos' }, 3, Date.now() - 40, { synthetic: true });
    await p.locator('.queue-empty .calm').waitFor();
  }),
  desk('desk-resolved', async (p, api) => {
    await owned(p);
    const [alert] = [...api.desk.alerts.values()].filter((a) => a.acknowledgedBy === 'operator');
    if (!alert) throw new Error('nothing acknowledged');
    api.desk.command(alert.id, 'note', 'operator', { text: '致电 王桂兰（本人）：接通 · 腿疼，起不来' });
    const carer = api.desk.recommend(alert.id)?.candidates[0]?.caregiverId ?? null;
    api.desk.command(alert.id, 'dispatch', 'operator', { caregiverId: carer });
    for (const o of api.desk.orders.values())
      if (o.alertId === alert.id)
        for (const step of ['accept', 'depart', 'arrive', 'complete', 'rating'])
          api.desk.orderCommand(o.id, step, carer, { score: 9.5 });
    api.desk.command(alert.id, 'resolve', 'operator', { disposition: 'assisted' });
    await p.locator('.alarm-meta .state.resolved').waitFor();
  }),
  desk('desk-conflict', async (p, api) => {
    await top(p);
    // Somebody else was quicker, and the stream has not said so yet.
    await p.route('**/acknowledge', async (route) => {
      const id = /alerts\/([^/]+)\//.exec(route.request().url())?.[1] ?? '';
      api.desk.command(id, 'acknowledge', 'limin', {});
      await route.continue();
    });
    await p.keyboard.press('a');
    await p.locator('.notice.refused').waitFor();
  }),
  desk('desk-new', async (p, api) => {
    await p.locator('.queue-row').nth(3).hover();
    api.desk.open({ kind: 'fall', priority: 1, device: 'radar', zone: 'bathroom' }, 21, Date.now() - 21_000);
    await p.locator('.new-strip').waitFor();
  }),
  {
    ...desk('caller', (p) => p.locator('.found-row').first().waitFor()),
    url: '/?phone=19900051840',
  },
  desk('desk-pending', async (p, api) => {
    const seed = { kind: 'fall', priority: 2, device: 'radar', zone: 'bathroom' } as const;
    const alert = api.desk.open(seed, 30, Date.now() - 8000, {
      state: 'pending',
      deadlineAt: new Date(Date.now() + 12_000).toISOString(),
    });
    await p.locator(`[data-alert=${alert.id}]`).click();
    await p.locator('.chart').first().waitFor();
  }),
  desk('desk-lost', async (p, api) => {
    await top(p);
    api.dropStreams(4000);
    await p.locator('.banner.bad').waitFor();
  }),
  desk('desk-unconfirmed', async (p, api) => {
    await top(p);
    api.desk.tellUnconfirmed(['h-0001', 'h-0050']);
    await p.locator('.banner.unconfirmed').waitFor();
  }),
  desk('desk-unheard', async (p, api) => {
    await top(p);
    api.desk.tellUnconfirmed(['h-0001'], true);
    await p.locator('.banner.unheard').waitFor();
  }),
  desk('desk-picking', async (p) => {
    await p.locator('.queue-row').nth(2).click();
    await p.locator('.candidates ol li').first().waitFor();
    await p.keyboard.press('d');
  }),
  desk('menu', async (p) => {
    await p.locator('.menu button').click();
    await p.locator('.menu-sheet').waitFor();
  }),
  desk('resolve', dialogBy('r')),
  desk('escalate', dialogBy('e')),
  desk('call', dialogBy('c')),
  desk('keys', dialogBy('?')),
  desk('prompt', dialogBy('p')),
  desk('ambulance', async (p) => {
    await dialogBy('t')(p);
    await p.locator('.sheet').waitFor();
  }),
  desk('desk-overdue', async (p, api) => {
    await top(p);
    api.desk.tellOverdue([{ what: 'alert_overdue', id: 'al-00002', street: '莲花' }]);
    await p.locator('.banner.overdue').waitFor();
  }),
  desk('mode', async (p) => {
    await top(p);
    await p.locator('.resident header button').click();
    await dialog(p);
  }),
  desk('search', async (p) => {
    await p.keyboard.press('/');
    await p.locator('dialog input').fill('王桂');
    await p.locator('.found-row').first().waitFor();
  }),
  {
    name: 'handover',
    user: 'operator',
    url: '/#/handover',
    steps: (p) => p.locator('.roster li').first().waitFor(),
  },
];

/** Services booked, under way, done and rated, as a list of orders shows them. */
function ordinaryDay({ desk: d }: FakeApi): void {
  const HOUR_MS = 3_600_000;
  const services = ['meal', 'bath', 'clean', 'medical', 'errand', 'care', 'mobility'] as const;
  for (const [i, service] of services.entries()) {
    const carer = d.world.caregivers[i * 2 + 1]?.id ?? null;
    const home = d.world.homes[i * 3 + 2];
    if (!home || carer === null) continue;
    const made = d.offer(home.id, service, carer);
    const createdAt = new Date(Date.now() - (i + 2) * HOUR_MS).toISOString();
    const scheduledAt = new Date(Math.round(Date.now() / HOUR_MS + 3 - i) * HOUR_MS).toISOString();
    d.putOrder({ ...made, createdAt, scheduledAt, version: 2 });
    const steps = ['accept', 'depart', 'arrive', 'complete', 'rating'].slice(0, i);
    for (const step of steps) d.orderCommand(made.id, step, carer, { score: 8 + i / 4 });
  }
}

/** Ends what an earlier page left on the phone. */
const clear = (page: Page, api: FakeApi): Promise<void> => {
  for (const o of api.desk.orders.values()) api.desk.orderCommand(o.id, 'cancel', null, { reason: 'x' });
  return page.waitForTimeout(100);
};
async function offered(page: Page, api: FakeApi, emergency: boolean): Promise<string> {
  await clear(page, api);
  const alert = [...api.desk.alerts.values()].find(
    (a) => a.priority === (emergency ? 1 : 3) && a.state !== 'resolved',
  );
  if (!alert) throw new Error('no alarm to offer');
  const { id } = api.desk.offer(alert.homeId, emergency ? 'urgent' : 'meal', 'cg-001', alert);
  await page.locator('.offer').waitFor();
  return id;
}
const visit =
  (...done: string[]) =>
  async (page: Page, api: FakeApi): Promise<void> => {
    const id = await offered(page, api, true);
    await page.locator('.offer .act').first().click();
    await page.locator('.visit .card').first().waitFor();
    for (const step of done) api.desk.orderCommand(id, step, 'cg-001', {});
    await page.waitForTimeout(300);
  };
const phone = (name: string, steps: PageState['steps'], user = 'carer'): PageState => ({
  name,
  user,
  url: '/h5',
  phone: true,
  ...(steps ? { steps } : {}),
});
const H5: readonly PageState[] = [
  phone('h5-login', undefined, ''),
  phone('h5-idle', async (p, api) => {
    await clear(p, api);
    haveVisited(api.desk, 'cg-001', Date.now());
    await p.locator('.day').nth(1).waitFor();
  }),
  phone('h5-offer', (p, api) => offered(p, api, true)),
  phone('h5-offer-meal', (p, api) => offered(p, api, false)),
  phone('h5-decline', async (p, api) => {
    await offered(p, api, true);
    await p.locator('.offer .act').nth(1).click();
  }),
  phone('h5-visit', visit()),
  phone('h5-scene', visit('depart', 'arrive')),
  phone('h5-check-in', async (p, api) => {
    await visit('depart', 'arrive')(p, api);
    const [order] = [...api.desk.orders.values()].filter((o) => o.state === 'on_scene');
    if (order)
      api.desk.putOrder({ ...order, checkInDueAt: new Date().toISOString(), version: order.version + 1 });
    await p.locator('.check-in.overdue').waitFor();
  }),
  phone('h5-me', async (p, api) => {
    await clear(p, api);
    haveVisited(api.desk, 'cg-001', Date.now());
    await p.locator('.tabs button').nth(1).click();
    await p.locator('.me .card').first().waitFor();
  }),
];

const admin = (name: string, url: string, steps?: PageState['steps']): PageState => ({
  name,
  user: 'admin',
  url: `/#/${url}`,
  steps: steps ?? ((p) => p.locator('.table tbody tr').first().waitFor()),
});
const form = (name: string, url: string): PageState => admin(name, url, dialog);
const ADMIN: readonly PageState[] = [
  {
    ...admin('wall', 'wall', async (p, api) => {
      await p.locator('.measure').nth(5).waitFor();
      const open = [...api.desk.alerts.values()].filter((a) => a.state === 'open' && a.priority > 1);
      for (const [i, a] of open.slice(0, 3).entries())
        api.desk.command(a.id, 'acknowledge', i === 0 ? 'operator' : 'limin', {});
      const seed = { kind: 'sos', priority: 1, device: 'sos' } as const;
      api.desk.open(seed, 3, Date.now() - 40, { synthetic: true });
      await p.locator('.load svg').first().waitFor();
    }),
    wallboard: true,
  },
  admin('orders', 'orders', async (p, api) => {
    await p.locator('.table tbody tr').first().waitFor();
    ordinaryDay(api);
    await p.reload();
    await p.locator('.table tbody tr').nth(5).waitFor();
  }),
  admin('residents', 'residents'),
  form('resident-form', 'registry/residents/h-0001-r1'),
  admin('homes', 'homes'),
  admin('devices', 'devices'),
  admin('device-secret', 'devices', async (p) => {
    await p.locator('.page-head .primary').click();
    await p.locator('dialog input').nth(1).fill('h-0001');
    await p.locator('dialog select').selectOption('sos_button');
    await p.locator('dialog button[type=submit]').click();
    await p.locator('.qr').waitFor();
  }),
  admin('caregivers', 'caregivers'),
  admin('shifts', 'shifts'),
  admin('organisations', 'organisations', (p) => p.locator('.table').waitFor()),
  admin('visit-plans', 'visit-plans', (p) => p.locator('.table').waitFor()),
  admin('vouchers', 'vouchers', (p) => p.locator('.table').waitFor()),
  admin('duties', 'duties', (p) => p.locator('.table').waitFor()),
  admin('policies', 'policies'),
  form('policy-form', 'registry/policies/default-1'),
  admin('protocols', 'protocols', (p) => p.locator('.question-list li').first().waitFor()),
  admin('street-settings', 'street-settings'),
  admin('street-settings-form', 'street-settings', async (p) => {
    await p.locator('.settings-table tbody button').first().click();
    await p.locator('dialog .form-grid input').first().fill('45');
    await p.locator('dialog .trial > .button').click();
    await p.locator('dialog .trial li').first().waitFor();
  }),
  form('home-form', 'registry/homes/h-0001'),
  admin('codecs', 'codecs'),
  admin('codec', 'codecs/acme', async (p) => {
    await p.locator('.codec-halves form button[type=submit]').click();
    await p.locator('.said').waitFor();
  }),
  admin('codec-wrong', 'codecs/+', async (p) => {
    await p.locator('.codec-halves textarea').first().fill('{\n  "topic": acme\n}');
    await p.locator('.codec-halves .field-error').waitFor();
  }),
  admin('account', 'account', (p) => p.locator('.account .table tbody tr').first().waitFor()),
  admin('second-factor', 'account', async (p) => {
    await p.locator('.factor input').fill('password');
    await p.locator('.factor .primary').click();
    await p.locator('.qr').waitFor();
  }),
  admin('recovery-codes', 'account', async (p) => {
    await p.locator('.factor input').fill('password');
    await p.locator('.factor .primary').click();
    await p.locator('.qr').waitFor();
    await p.locator('.factor input').fill('123456');
    await p.locator('.factor .primary').click();
    await p.locator('.recovery li').first().waitFor();
  }),
  admin('users', 'users'),
  admin('user-form', 'registry/users/limin', async (p) => {
    await p.locator('dialog details summary').click();
    await p.locator('dialog .table tbody tr').first().waitFor();
  }),
  admin('bridges', 'bridges', (p) => p.locator('.table').waitFor()),
  admin('kpi', 'reports'),
  admin('response', 'reports', async (p) => {
    await p.locator('.page-head .segments button').nth(1).click();
    await p.locator('.report-cards').waitFor();
  }),
  admin('ratings', 'reports', async (p) => {
    await p.locator('.page-head .segments button').nth(2).click();
    await p.locator('.table.figures tbody tr').nth(3).waitFor();
  }),
  admin('retention', 'retention'),
  // Tomorrow: all of it is still to come, whatever time it is now.
  admin('days', `days/cg-001/${localDate(Date.now(), 1)}`, async (p) => {
    await p.locator('.day-strip').waitFor();
    await p.locator('.replan .button').last().click();
    await p.locator('.replan .table').waitFor();
  }),
  admin('settlement', 'settlement', (p) => p.locator('.table tbody tr').first().waitFor()),
  admin('correct-visit', 'settlement', async (p) => {
    await p.locator('input[type=month]').fill('2026-09');
    await p.locator('.report-head', { hasText: 'supervisor' }).waitFor();
    await p.locator('.table .link').first().click();
    await p.locator('.visit-ids .button').first().click();
    await dialog(p);
  }),
  admin('time-bank', 'time-bank/cg-001', async (p) => {
    await p.locator('.account .table').waitFor();
    await p.locator('.table.figures tbody tr').first().waitFor();
    await p.locator('.anchors .hash').first().waitFor();
  }),
  admin('rules', 'rules'),
  admin('rule-form', 'rules', async (p) => {
    await p.locator('.table tbody tr').first().waitFor();
    await p.locator('.page-head .primary').click();
    await dialog(p);
  }),
  admin('contact-rules', 'contact-rules'),
  admin('exchange', 'exchange', (p) => p.locator('.exchange form').waitFor()),
  admin('notices', 'notices'),
  admin('device-form', 'registry/devices/h-0001-sos', dialog),
  admin('policy-who', 'registry/policies/default-1', async (p) => {
    await dialog(p);
    await p.locator('.who-asked input').first().fill('h-0001');
    await p.locator('.who-asked .button').click();
    await p.locator('.who-steps li').first().waitFor();
    await p.locator('.who-steps li').last().scrollIntoViewIfNeeded();
  }),
  admin('dead-letters', 'dead-letters'),
  admin('audit', 'audit'),
];
/** What is printed: pictures only; on screen they are judged as the pages they are. */
export const PRINTS: readonly PageState[] = [...DESK, ...ADMIN]
  .filter((p) => ['handover', 'kpi', 'response', 'ratings', 'settlement'].includes(p.name))
  .map((p) => ({ ...p, name: `${p.name}-print`, print: true }));
export const PAGES: readonly PageState[] = [...DESK, ...H5, ...ADMIN];

/** Opens the page in a context of its own, logged in, with everything on it. */
export async function goTo(page: Page, api: FakeApi, state: PageState): Promise<void> {
  await page.goto(api.url + state.url);
  if (state.user !== '') {
    await page.locator('input[name=username]').fill(state.user);
    await page.locator('input[name=password]').fill('password');
    await page.locator('button[type=submit]').click();
    await page.locator('.login').waitFor({ state: 'detached' });
    if (!state.phone) await page.locator('.shell').waitFor();
  } else await page.locator('.login').waitFor();
  if (state.url.startsWith('/?') || (state.url === '/' && state.user !== '')) {
    await page.locator('.queue-row').first().waitFor();
    // Each row by its name: the residents come after the alarms.
    await page.locator('.queue-row .who b', { hasText: /^…$/ }).first().waitFor({ state: 'detached' });
  }
  await state.steps?.(page, api);
}
