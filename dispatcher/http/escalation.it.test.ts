import { describe, expect, it } from 'vitest';
import type { AddressInfo } from 'node:net';
import { anewOnRetry } from '../../tests/support/anew.ts';
import { until } from '../../tests/support/until.ts';
import { OpenPages, pageChannel } from '../channels/page-channel.ts';
import type { Receipt } from '../channels/receipts.ts';
import { signatureOf } from '../channels/webhook-channel.ts';
import type { Overdue } from '../engine/auditor.ts';
import type { PreviewAsked } from '../engine/preview.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let h: Harness;
let url: string;
const asked: PreviewAsked[] = [];
const here: string[] = [];
const looks: string[] = [];
const acts: string[] = [];
let overdue: Overdue[] = [];
const SECRET = 'a-secret-of-the-gateway';
const receipts: Receipt[] = [];
const pages = new OpenPages();
const told = new Set<() => void>();
anewOnRetry(
  async () => {
    h = await startHarness({
      preview: (body) => {
        asked.push(body);
        return Promise.resolve({ policyId: 'p', version: 1, steps: [] });
      },
      receipts: {
        secret: SECRET,
        take: (receipt) => {
          receipts.push(receipt);
          return Promise.resolve({ result: 'noted' });
        },
      },
      pages,
      attendance: {
        watches: ({ username }) => {
          here.push(username);
          return () => void here.splice(here.indexOf(username), 1);
        },
        looks: ({ username }) => void looks.push(username),
        acts: ({ username }) => void acts.push(username),
      },
      overdue: {
        current: () => overdue,
        subscribe: (listener) => (told.add(listener), () => void told.delete(listener)),
      },
    });
    await h.server.listen('127.0.0.1', 0);
    url = `http://127.0.0.1:${(h.server.app.server.address() as AddressInfo).port}/api/v1/stream`;
  },
  () => h.close(),
);

async function carerUser(): ReturnType<Harness['userOf']> {
  const made = await h.admin('POST', '/caregivers', { name: '张', role: 'care_worker' });
  return h.userOf('caregiver', { caregiverId: made.body.id as string });
}

async function stream(token: string): Promise<{ text: () => string; close(): void }> {
  const gone = new AbortController();
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: gone.signal });
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  await until('the stream', () => text.includes(': connected'));
  return {
    text: () => text,
    close() {
      gone.abort();
      void reading;
    },
  };
}

describe('a desk', () => {
  it('is there while its stream is open, and acts when it changes something; a caregiver’s page is none', async () => {
    const [operator, carer] = [await h.userOf('operator'), await carerUser()];
    const [desk, page] = [await stream(operator.token), await stream(carer.token)];
    expect(here).toEqual([operator.username]);
    await operator.call('GET', '/alerts');
    await operator.call('POST', '/alerts/nothing/acknowledge');
    expect(acts).not.toContain(operator.username);
    await until('the look', () => looks.includes(operator.username));
    await carer.call('GET', '/me');
    expect(looks).not.toContain(carer.username);
    await operator.call('POST', '/handovers', { text: '交班' });
    await until('the act', () => acts.includes(operator.username));
    for (const open of [desk, page]) open.close();
    await until('the desk to be empty', () => here.length === 0);
  });

  it('is told what the auditor finds in its streets, and when all is well again', async () => {
    const mine = await h.userOf('operator', { streets: ['莲花'] });
    const carer = await carerUser();
    const [desk, page] = [await stream(mine.token), await stream(carer.token)];
    const change = (items: Overdue[]) => {
      overdue = items;
      for (const listener of told) listener();
    };
    const one: Overdue = { what: 'alert_without_deadline', id: 'a1', street: '莲花' };
    change([one, { ...one, id: 'a2', street: '福田' }]);
    await until('the alarm', () => desk.text().includes('event: overdue'));
    expect(desk.text()).toContain(`data: ${JSON.stringify({ items: [one] })}`);
    const late = await stream(mine.token);
    await until('the alarm', () => late.text().includes('a1'));
    change([]);
    await until('the end of it', () => desk.text().includes('data: {"items":[]}'));
    expect(page.text()).not.toContain('overdue');
    for (const open of [desk, page, late]) open.close();
  });
});

describe('when families are told', () => {
  it('is shown by kind, changed by a chief, and every change is counted and audited', async () => {
    const [chief, operator] = [await h.userOf('supervisor'), await h.userOf('operator')];
    const rules = async () => {
      const { body } = await operator.call('GET', '/contact-rules');
      return new Map(
        (body.items as { kind: string; rule: unknown; version: number }[]).map((r) => [r.kind, r]),
      );
    };
    const before = (await rules()).get('sos')?.version ?? 0;
    expect((await rules()).get('wandering')).toMatchObject({ rule: { tell: 'at_once' }, version: 0 });
    const put = (call: typeof h.admin, rule: object, expectedVersion?: number) =>
      call('PUT', '/contact-rules/sos', { rule, ...(expectedVersion !== undefined && { expectedVersion }) });
    expect((await put(operator.call, { tell: 'never' })).status).toBe(403);
    expect((await put(chief.call, { tell: 'after_step' })).status).toBe(400);
    expect((await put(chief.call, { tell: 'after_step', step: 2 }, before)).status).toBe(200);
    expect(await put(chief.call, { tell: 'never' }, before)).toMatchObject({ status: 409 });
    expect((await rules()).get('sos')).toMatchObject({
      rule: { tell: 'after_step', step: 2 },
      version: before + 1,
    });
    const { rows } = await h.pool.query(
      `select 1 from audit where action = 'contact_rule.change' and who = $1`,
      [chief.username],
    );
    expect(rows).toHaveLength(1);
  });
});

describe('a policy', () => {
  it('is saved with people, rings, priorities and quiet hours, and refused if it reaches nobody', async () => {
    const made = await h.admin('POST', '/caregivers', { name: '李', role: 'nurse' });
    const caregiverId = made.body.id as string;
    const steps = [
      { afterS: 0, to: 'person', caregiverId },
      { afterS: 0, to: 'role', role: 'nurse', ring: 'post' },
    ];
    const saved = await h.admin('POST', '/policies', {
      name: '夜间',
      kinds: ['vitals'],
      steps,
      priorities: [3],
      quiet: { from: '22:00', to: '07:00' },
    });
    expect(saved).toMatchObject({
      status: 201,
      body: { steps, priorities: [1, 2, 3], quiet: { from: '22:00', to: '07:00' } },
    });
    const none = await h.admin('PATCH', `/policies/${saved.body.id as string}`, { quiet: null });
    expect(none.body).toMatchObject({ quiet: null, priorities: [1, 2, 3] });
    for (const bad of [
      [{ afterS: 0, to: 'role', role: 'doctor' }],
      [{ afterS: 0, to: 'person', caregiverId: 'nobody' }],
      [{ afterS: 0, to: 'person' }],
    ])
      expect((await h.admin('POST', '/policies', { name: 'x', kinds: ['sos'], steps: bad })).status).toBe(
        400,
      );
  });

  it('is tried out on a home of one’s own streets, saved or not', async () => {
    const home = await h.admin('POST', '/homes', { street: '莲花', address: '红荔路' });
    const other = await h.userOf('operator', { streets: ['福田'] });
    const body = { homeId: home.body.id as string, at: '2026-01-13T03:00:00+08:00', attended: false };
    expect((await h.admin('POST', '/policies/preview', body)).status).toBe(200);
    expect(asked.at(-1)).toEqual({
      homeId: home.body.id,
      kind: 'sos',
      priority: 1,
      atMs: Date.parse('2026-01-12T19:00:00Z'),
      attended: false,
    });
    const steps = [{ afterS: 5, to: 'supervisor' }];
    await h.admin('POST', '/policies/preview', { ...body, steps, quiet: { from: '22:00', to: '07:00' } });
    expect(asked.at(-1)?.policy).toEqual({ steps, quiet: { from: '22:00', to: '07:00' } });
    expect((await other.call('POST', '/policies/preview', body)).status).toBe(400);
  });
});

describe('a gateway', () => {
  const report = (body: object, secret = SECRET) => {
    const text = JSON.stringify(body);
    const seconds = String(Math.floor(h.clock.now() / 1000));
    return h.anonymous('POST', '/notices/receipts', text, {
      'webhook-id': 'r1',
      'webhook-timestamp': seconds,
      'webhook-signature': `v1,${signatureOf(secret, 'r1', seconds, text)}`,
    });
  };

  it('reports what became of a notice, signed and without a login', async () => {
    const before = receipts.length;
    expect(await report({ noticeId: 'n1', event: 'key', key: '1' })).toMatchObject({
      status: 200,
      body: { result: 'noted' },
    });
    expect((await report({ noticeId: 'n1', event: 'received' }, 'another-secret-of-it')).status).toBe(401);
    expect((await h.admin('POST', '/notices/receipts', { noticeId: 'n1', event: 'received' })).status).toBe(
      401,
    );
    expect((await report({ noticeId: 'n1', event: 'sneezed' })).status).toBe(400);
    expect(receipts.slice(before)).toEqual([{ noticeId: 'n1', event: 'key', key: '1' }]);
  });

  it('that had refused a notice gets it once more when a chief says so', async () => {
    const [chief, operator] = [
      await h.userOf('supervisor', { streets: ['莲花'] }),
      await h.userOf('operator'),
    ];
    const made = await h.admin('POST', '/homes', { street: '福田' });
    const id = `o-${chief.username}`;
    const insert = (orderId: string, street: string) =>
      h.pool.query(
        `with o as (insert into orders (id, home_id, street, service, emergency, state, created_at, version, doc)
           values ($1, $2, $3, 'meal', false, 'requested', $4, 1, '{}'))
         insert into notices (id, opening, by_hand, step, target, channel, attempt, state, tries, error, created_at, ended_at, order_id)
         values ($1 || '.n', 0, false, 'offer', 'caregiver', 'webhook', 1, 'dead', 15, 'answered 503', $4, $4, $1)`,
        [orderId, made.body.id, street, new Date(h.clock.now())],
      );
    await insert(id, '莲花');
    await insert(`${id}x`, '福田');
    const dead = await operator.call('GET', '/notices?state=dead');
    expect((dead.body.items as { id: string }[]).map((item) => item.id)).toContain(`${id}.n`);
    expect((await operator.call('POST', `/notices/${id}.n/retry`)).status).toBe(403);
    expect((await chief.call('POST', `/notices/${id}x.n/retry`)).status).toBe(404);
    expect(await chief.call('POST', `/notices/${id}.n/retry`)).toMatchObject({
      status: 200,
      body: { state: 'waiting', tries: 0, endedAt: null },
    });
    expect((await chief.call('POST', `/notices/${id}.n/retry`)).status).toBe(404);
  });
});

it('an offer reaches the open page of the caregiver who is asked', async () => {
  const made = await h.admin('POST', '/caregivers', { name: '陈', role: 'care_worker' });
  const caregiverId = made.body.id as string;
  const page = await stream((await h.userOf('caregiver', { caregiverId })).token);
  const channel = pageChannel(pages);
  const notice = {
    id: 'n1',
    alertId: 'a1',
    homeId: 'h1',
    street: '莲花',
    kind: 'sos',
    priority: 1,
    target: 'caregiver' as const,
    step: 'offer-of1',
    attempt: 1,
    at: '2026-01-12T08:00:00.000Z',
    text: { zh: '接单', en: 'accept' },
    recipients: [],
    offer: {
      orderId: 'o1',
      offerId: 'of1',
      caregiverId,
      service: 'urgent',
      expiresAt: '2026-01-12T08:00:30.000Z',
    },
  };
  expect(await channel.send(notice)).toEqual({ ok: true });
  await until('the offer', () => page.text().includes('event: notice'));
  expect(page.text()).toContain('"offerId":"of1"');
  page.close();
  await until('the page to be gone', async () => !(await channel.send(notice)).ok);
});
