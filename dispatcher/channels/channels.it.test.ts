import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import type { Channel, Notice } from './channel.ts';
import { logChannel } from './log-channel.ts';
import { OpenPages, pageChannel } from './page-channel.ts';
import { isPrivateAddress } from './private-networks.ts';
import { isSigned } from './signed.ts';
import { noticeText } from './templates.ts';
import { signatureOf, webhookChannel } from './webhook-channel.ts';

const SECRET = 'a-secret-of-the-gateway';
const notice: Notice = {
  id: 'a1.1-0-0-contacts.webhook.1',
  alertId: 'a1',
  homeId: 'h1',
  street: '莲花',
  kind: 'wandering',
  priority: 2,
  target: 'contacts',
  step: '1-0-0-contacts',
  attempt: 1,
  at: '2026-01-12T08:00:00.000Z',
  text: noticeText('wandering', 'contacts'),
  recipients: [{ name: '王小明', phone: '13800000000', relation: '儿子' }],
};

/** As it goes to a caregiver who is asked. */
const offered: Notice = {
  ...notice,
  id: 'a1.offer-of1.webhook.1',
  target: 'caregiver',
  step: 'offer-of1',
  text: noticeText('sos', 'caregiver', 30),
  recipients: [{ name: '李护工', phone: '13900000000', relation: null }],
  offer: {
    orderId: 'o1',
    offerId: 'of1',
    caregiverId: 'c1',
    service: 'urgent',
    expiresAt: '2026-01-12T08:00:30.000Z',
  },
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Heard {
  headers: IncomingMessage['headers'];
  body: string;
}
/** A gateway that answers as told; `undefined`: never. */
async function gateway(answer: (nth: number) => number | undefined) {
  const heard: Heard[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      heard.push({ headers: request.headers, body });
      const status = answer(heard.length);
      if (status !== undefined) response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notices`, heard };
}
const webhook = (url: string, patch: object = {}): Channel =>
  webhookChannel({ url, secret: SECRET, allowPrivate: true, ...patch }, systemClock);

/** What every way to people must do, whatever it is made of. */
function contract(make: () => Promise<{ good: Channel; away?: Channel }>): void {
  it('has a name of its own, and offers and tells whomever it serves', async () => {
    const { good } = await make();
    expect(good.name).toMatch(/^[a-z]+$/);
    const served = [notice, offered].filter(({ target }) => good.serves?.(target) ?? true);
    expect(served).toContain(offered);
    for (const one of served) expect(await good.send(one)).toEqual({ ok: true });
  });

  it('takes the same notice again', async () => {
    const { good } = await make();
    expect([await good.send(offered), await good.send(offered)]).toEqual([{ ok: true }, { ok: true }]);
  });

  it('never throws, and says whether to try again', async () => {
    const { away } = await make();
    if (away !== undefined) expect(await away.send(offered)).toMatchObject({ ok: false, retry: true });
  });
}

describe('the log as a channel', () => {
  contract(() => Promise.resolve({ good: logChannel(silentLog()) }));
});

describe("the caregiver's page as a channel", () => {
  const told: Notice[] = [];
  const open = (caregiverId: string): OpenPages => {
    const pages = new OpenPages();
    pages.open(caregiverId, (one) => void told.push(one));
    return pages;
  };
  contract(() =>
    Promise.resolve({ good: pageChannel(open('c1')), away: pageChannel(open('somebody else')) }),
  );

  it('tells every page of theirs that is open, and none that was closed', async () => {
    const pages = new OpenPages();
    const heard: string[] = [];
    const [first, second] = ['a', 'b'].map((name) => pages.open('c1', () => void heard.push(name)));
    await pageChannel(pages).send(offered);
    first?.();
    await pageChannel(pages).send(offered);
    second?.();
    expect(await pageChannel(pages).send(offered)).toMatchObject({ ok: false });
    expect(heard).toEqual(['a', 'b', 'b']);
  });

  it('is no way to a family', async () => {
    const page = pageChannel(open('c1'));
    expect(page.serves?.('contacts')).toBe(false);
    expect(await page.send(notice)).toMatchObject({ ok: false, retry: false });
  });
});

describe('a signed webhook', () => {
  contract(async () => ({
    good: webhook((await gateway(() => 204)).url),
    away: webhook('http://127.0.0.1:1/'),
  }));

  it('sends one CloudEvent, signed, under the same id at every try', async () => {
    const { url, heard } = await gateway(() => 200);
    const channel = webhook(url);
    await channel.send(notice);
    await channel.send(notice);
    const [first, second] = heard;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      specversion: '1.0',
      id: notice.id,
      type: 'yinling.notice.contacts',
      subject: 'a1',
      data: { recipients: [{ phone: '13800000000' }], text: { zh: expect.stringContaining('走出安全范围') } },
    });
    const seconds = String(first?.headers['webhook-timestamp']);
    expect(first?.headers['webhook-signature']).toBe(
      `v1,${signatureOf(SECRET, notice.id, seconds, first?.body ?? '')}`,
    );
    expect(signatureOf('another-secret', notice.id, seconds, first?.body ?? '')).not.toBe(
      signatureOf(SECRET, notice.id, seconds, first?.body ?? ''),
    );
  });

  it('signs by a secret of Standard Webhooks as its libraries do: their own example', () => {
    const [id, body] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}'];
    expect(signatureOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', id, '1614265330', body)).toBe(
      'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it.each([
    [500, true],
    [503, true],
    [429, true],
    [400, false],
    [410, false],
    [302, false],
  ])('answered %i: tried again %s; a redirect is not followed', async (status, retry) => {
    const { url, heard } = await gateway(() => status);
    expect(await webhook(url).send(notice)).toEqual({ ok: false, error: `answered ${status}`, retry });
    expect(heard).toHaveLength(1);
  });

  it('does not wait for ever', async () => {
    const { url } = await gateway(() => undefined);
    expect(await webhook(url, { timeoutMs: 50 }).send(notice)).toMatchObject({ ok: false, retry: true });
  });

  it('goes into no private network unless that is allowed, by address or by name', async () => {
    const { url, heard } = await gateway(() => 200);
    const refused = { ok: false, retry: false };
    expect(await webhook(url, { allowPrivate: false }).send(notice)).toMatchObject(refused);
    const byName = url.replace('127.0.0.1', 'localhost');
    expect(await webhook(byName, { allowPrivate: false }).send(notice)).toMatchObject(refused);
    expect(heard).toEqual([]);
  });

  it.each([
    ['a private address', [['127.0.0.1']], false],
    ['a public one and a private one', [['203.0.113.1', '127.0.0.1']], false],
    ['an IPv6 address that carries a private IPv4 one', [['2002:7f00:1::1']], false],
    // DNS rebinding: what is connected to is what was checked, so the second answer is never asked for.
    ['a public one, then a private one', [['203.0.113.1'], ['127.0.0.1']], true],
  ])('a name that resolves to %s reaches nobody inside', async (_, answers, retry) => {
    const { url, heard } = await gateway(() => 200);
    let asked = 0;
    const channel = webhook(url.replace('127.0.0.1', 'gateway.example'), {
      allowPrivate: false,
      timeoutMs: 100,
      resolve: (_name: string, _options: object, callback: (error: null, found: object[]) => void) => {
        const found = answers[asked++] ?? ['127.0.0.1'];
        callback(
          null,
          found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      },
    });
    expect(await channel.send(notice)).toMatchObject({ ok: false, retry });
    expect([heard, asked]).toEqual([[], 1]);
  });
});

it.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['0.0.0.0', true],
  ['8.8.8.8', false],
  ['::1', true],
  ['fd00::1', true],
  ['fe80::1', true],
  ['::ffff:10.0.0.1', true],
  ['::10.0.0.1', true],
  ['::ffff:0:10.0.0.1', true],
  ['fec0::1', true],
  ['2002:a00:1::1', true],
  ['64:ff9b::a00:1', true],
  ['2400:3200::1', false],
  ['no address', true],
])('the address %s is private: %s', (address, yes) => {
  expect(isPrivateAddress(address)).toBe(yes);
});

it('a report is believed if it was signed with the secret, and lately', () => {
  const now = Date.parse('2026-01-12T08:00:00Z');
  const body = '{"noticeId":"n1","event":"key","key":"1"}';
  const seconds = (offsetS: number): string => String(now / 1000 + offsetS);
  const sign = (timestamp: string, secret = SECRET) => `v1,${signatureOf(secret, 'r1', timestamp, body)}`;
  const headers = (timestamp: string, signature = sign(timestamp)) => ({ id: 'r1', timestamp, signature });
  expect(isSigned(SECRET, body, headers(seconds(0)), now)).toBe(true);
  expect(isSigned(SECRET, body, headers(seconds(0), `v1,old ${sign(seconds(0))}`), now)).toBe(true);
  for (const wrong of [
    headers(seconds(0), sign(seconds(0), 'another-secret-of-it')),
    headers(seconds(0), sign(seconds(1))),
    headers(seconds(-301)),
    headers(seconds(301)),
    headers('soon'),
    { ...headers(seconds(0)), id: 'r2' },
    { ...headers(seconds(0)), signature: undefined },
  ])
    expect(isSigned(SECRET, body, wrong, now)).toBe(false);
  expect(isSigned(SECRET, `${body} `, headers(seconds(0)), now)).toBe(false);
});
