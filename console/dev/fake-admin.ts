import { mappingProblems } from '../../schemas/codec-mapping.ts';
import type { CodecMapping } from '../../schemas/codec-mapping.ts';
import { STREETS } from '../../schemas/streets.ts';
import type { User } from '../model/api-types.ts';
import type { FakeDesk } from './fake-desk.ts';

/** Codecs, sessions, the second factor and streets' settings of the fake service, in their plainest form. */
interface Answer {
  status: number;
  body: unknown;
}
interface State {
  codecs: Map<string, Record<string, unknown>>;
  streets: Map<string, Record<string, unknown>>;
  factor: 'off' | 'begun' | 'on';
  sessions: { id: string; current: boolean }[];
}
const states = new WeakMap<FakeDesk, State>();
const ok = (body: unknown): Answer => ({ status: 200, body });
const ACME = {
  topic: 'acme/{device}/event',
  messages: [
    {
      when: [{ path: 'key', equals: 'down' }],
      channel: 'sos',
      fields: { action: { value: 'press' }, battery: { path: 'volt', scale: 30 } },
    },
  ],
  otherwise: 'ignore',
};
const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

function stateOf(desk: FakeDesk): State {
  const known = states.get(desk);
  if (known) return known;
  const made: State = {
    codecs: new Map([
      ['acme', { id: 'acme', title: 'ACME 按钮', ...ACME, version: 2, createdAt: ago(400) }],
      [
        'lanke',
        { id: 'lanke', title: '岚科云', ...ACME, topic: 'lanke/+/{device}', version: 1, createdAt: ago(50) },
      ],
    ]),
    streets: new Map([
      [
        '莲花',
        {
          settings: { bathroomDayMin: 45, wakingHours: ['06:00', '21:30'] },
          version: 3,
          changedBy: 'supervisor',
          changedAt: ago(30),
        },
      ],
    ]),
    factor: 'off',
    sessions: [
      { id: 'a'.repeat(64), current: true },
      { id: 'b'.repeat(64), current: false },
    ],
  };
  states.set(desk, made);
  return made;
}

export function adminAnswer(
  desk: FakeDesk,
  user: User,
  method: string,
  parts: string[],
  q: URLSearchParams,
  body: Record<string, unknown>,
): Answer | undefined {
  const state = stateOf(desk);
  const [name, id, more] = parts;
  if (name === 'codecs') return codecs(state, method, id, body);
  if (name === 'street-settings') return streetSettings(state, user, method, id, body);
  if (name === 'me' && id === 'second-factor') return secondFactor(state, method, more, body);
  if (name === 'sessions') {
    if (method === 'DELETE') state.sessions = state.sessions.filter((x) => x.id !== id);
    return method === 'DELETE'
      ? { status: 204, body: undefined }
      : ok({
          items: state.sessions.map((x, i) => ({
            ...x,
            // Somebody else's are none of them the one that looks.
            current: x.current && (q.get('username') ?? user.username) === user.username,
            username: q.get('username') ?? user.username,
            createdAt: ago(i * 5),
            expiresAt: ago(-12 + i * 5),
            address: i === 0 ? '10.0.0.2' : '10.0.3.41',
            means: state.factor === 'on' && i === 0 ? 'totp' : 'password',
          })),
        });
  }
  if (name === 'users' && more === 'second-factor') return { status: 404, body: 'has none' };
  if (name === 'homes' && more === 'replay') return replay();
  if (name === 'audit' && id === 'verify')
    return ok({ ok: true, blocks: 12, entries: 4_182, waiting: 3, head: 'f'.repeat(64), problems: [] });
  return undefined;
}

function codecs(state: State, method: string, id: string | undefined, body: Record<string, unknown>): Answer {
  if (id === undefined && method === 'GET')
    return ok({ items: [...state.codecs.values()], nextCursor: null });
  if (id === 'try') return tried(body);
  const before = id === undefined ? undefined : state.codecs.get(id);
  if (id !== undefined && !before) return { status: 404, body: 'there is no such codec' };
  if (method === 'GET') return ok(before);
  if (method === 'DELETE') {
    state.codecs.delete(id ?? '');
    return { status: 204, body: undefined };
  }
  const { expectedVersion: _, ...given } = body;
  const after = Object.fromEntries(
    Object.entries({
      createdAt: ago(0),
      ...before,
      ...given,
      version: Number(before?.['version'] ?? 0) + 1,
    }).filter(([, value]) => value !== null),
  );
  state.codecs.set(String(after['id']), after);
  return { status: id === undefined ? 201 : 200, body: after };
}

/** What is wrong with the mapping by our own rules; what it makes of a sample is the real service's to say. */
function tried(body: Record<string, unknown>): Answer {
  const { id, title: _, ...mapping } = body['codec'] as Record<string, unknown>;
  const problems = mappingProblems(String(id), mapping as unknown as CodecMapping).map((p) => ({
    ...p,
    field: `codec.${p.field}`,
  }));
  if (problems.length > 0) return { status: 400, body: { detail: 'the mapping is wrong', problems } };
  const event = (payload: object) => ({
    externalId: 'b7',
    channel: 'sos',
    payload,
    occurredAt: ago(0),
    marks: [],
  });
  return ok(
    String(body['payload']).includes('down')
      ? { result: 'events', events: [event({ action: 'press', battery: 72 })] }
      : { result: 'dead_letter', reason: 'codec: no rule of the mapping fits', events: [] },
  );
}

function streetSettings(
  state: State,
  user: User,
  method: string,
  street: string | undefined,
  body: Record<string, unknown>,
): Answer {
  const never = { settings: {}, version: 0, changedBy: null, changedAt: null };
  if (method === 'GET')
    return ok({
      items: STREETS.map(({ zh }) => ({ street: zh, ...never, ...state.streets.get(zh) })),
      nextCursor: null,
    });
  const versions = [...state.streets.values()].map((s) => Number(s['version']));
  const after = {
    settings: body['settings'],
    version: Math.max(0, ...versions) + 1,
    changedBy: user.username,
    changedAt: ago(0),
  };
  state.streets.set(street ?? '', after);
  return ok({ street, ...after });
}

function secondFactor(
  state: State,
  method: string,
  step: string | undefined,
  body: Record<string, unknown>,
): Answer {
  const wrong = (field: string): Answer => ({
    status: 400,
    body: { detail: `${field}: is wrong`, problems: [{ field, message: 'is wrong' }] },
  });
  if (method === 'GET')
    return ok({ on: state.factor === 'on', recoveryCodesLeft: state.factor === 'on' ? 10 : null });
  if (step === 'confirm') {
    if (body['code'] !== '123456') return wrong('code');
    state.factor = 'on';
    return ok({ recoveryCodes: Array.from({ length: 10 }, (_, i) => `KRSXG5BAMFRGGZ${'ABCDEFGHIJ'[i]}A`) });
  }
  if (body['password'] !== 'password') return wrong('password');
  state.factor = method === 'DELETE' ? 'off' : 'begun';
  if (method === 'DELETE') return { status: 204, body: undefined };
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  return ok({ secret, otpauthUri: `otpauth://totp/Yinling:admin?secret=${secret}&issuer=Yinling` });
}

function replay(): Answer {
  const alert = (days: number, because: string) => ({
    kind: 'overstay',
    priority: 2,
    openedAt: ago(days * 24),
    occurredAt: ago(days * 24),
    because: [because],
    deviceIds: [],
  });
  const [kept, also, more] = [
    alert(4, '卫生间停留 61 分钟'),
    alert(9, '卫生间停留 63 分钟'),
    alert(2, '卫生间停留 46 分钟'),
  ];
  return ok({
    from: ago(720),
    to: ago(0),
    did: [kept, also].map((x, i) => ({ ...x, id: `al-${i + 1}`, disposition: 'resident_ok' })),
    before: [kept, also],
    tried: [kept, also, more],
    both: [kept, also].map((x) => ({ before: x, tried: x })),
    added: [more],
    gone: [],
    items: 20_160,
  });
}
