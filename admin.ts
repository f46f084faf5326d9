/**
 * `npm run admin -- …`: administration of a running service through its public API, so that it works wherever the
 * database is; and, on the service's own machine and in its environment, backup and restore. Exit code 0: done; 1:
 * refused or a check failed; 2: the words were off.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Anchor, OutsideCheck, type PublicBlock } from './dispatcher/ledger/outside-check.ts';
import { erasePerson } from './dispatcher/personal/erase-person.ts';
import { exportPerson } from './dispatcher/personal/export-person.ts';
import { countLeft, resealAll } from './dispatcher/personal/reseal.ts';
import { sealOldWords } from './dispatcher/personal/seal-old-words.ts';
import { makeWordKey, SealedWords } from './dispatcher/personal/words.ts';
import { endSecondFactor } from './dispatcher/http/login/second-factor.ts';
import { LOCAL_COMMANDS } from './admin/local-commands.ts';
import { personalCommands } from './admin/personal-commands.ts';
import { type ReplayAnswer, replayTable } from './admin/replay-table.ts';

const HELP = `npm run admin -- <command> [options]

  ledger verify [--anchor FILE,…]        check the time bank: the service checks chain and sums, and this program by itself
                                         the public chain and that it still is the one of the anchors
  ledger anchor [--date D] [--out FILE]  the chain's head (at the end of that day), to be kept elsewhere
  audit verify                           check the audit log's hash chain
  users list                             all users
  users add NAME --role R [--streets A,B] [--caregiver ID]    password from NEW_PASSWORD, or made and printed once
  users password NAME                    a new password, from NEW_PASSWORD, or made and printed once
  users retire NAME
  devices list --home ID                 devices of a home
  devices add --home ID --kind K [--id ID] [--zone Z] [--codec C] [--external-id X]   prints the secret, once
  devices rotate ID                      a new secret, printed once; the former one ends at once
  devices retire ID
  bridges add --homes A,B [--id ID]      prints the secret, once
  dead-letters [--limit N]               the newest, with reasons
  replay --home H --from T --to T --settings FILE [--json]   what would have alerted under other settings (a JSON file as a
                                         resident's settings), beside what did; T: a date, or ISO 8601

  on the service's machine, with its environment (DATABASE_URL or DATA_DIR):
  backup FILE                            all data as of now, while the service runs; the key of personal data is not in it
  doctor                                 looks at everything it runs on, and says what to do; exit code 1 if something failed
  keys rotate                            a new key of personal data; everything is sealed anew with it, the service may run
  keys prune                             takes former keys away, once nothing is sealed with them any more
  person export resident|caregiver ID FILE   everything held about one person, as JSON
  person erase resident|caregiver ID     takes out everything about one person but the id; cannot be undone
  second-factor off USERNAME             for an administrator who has lost telephone and recovery codes
  restore FILE                           into an empty database, with the service stopped
  move URL                               everything into the empty database of that address, e.g. one with TimescaleDB, with
                                         the service stopped; what it leaves is not touched

  --url URL          the service (default SERVICE_URL, or this machine's HTTP_PORT, 8080)
  --username NAME    default admin
  password           from ADMIN_PASSWORD; the code of a second factor from ADMIN_CODE
`;

const { values, positionals } = parse();
const url =
  values.url ?? process.env['SERVICE_URL'] ?? `http://127.0.0.1:${process.env['HTTP_PORT'] || '8080'}`;

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        url: { type: 'string' },
        username: { type: 'string', default: 'admin' },
        role: { type: 'string' },
        streets: { type: 'string' },
        caregiver: { type: 'string' },
        home: { type: 'string' },
        homes: { type: 'string' },
        kind: { type: 'string' },
        id: { type: 'string' },
        zone: { type: 'string' },
        codec: { type: 'string' },
        'external-id': { type: 'string' },
        limit: { type: 'string' },
        anchor: { type: 'string' },
        date: { type: 'string' },
        out: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        settings: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    return leave(2, `${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}

function leave(code: number, text: string): never {
  (code === 0 ? process.stdout : process.stderr).write(`${text.trimEnd()}\n`);
  process.exit(code);
}

let token: string | undefined;

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => leave(1, `no service at ${url}: ${String(error)}`));
  const text = await response.text();
  const answer: unknown = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) leave(1, `${method} ${path}: ${response.status} ${JSON.stringify(answer, null, 2)}`);
  return answer;
}

async function logIn(): Promise<void> {
  const password = process.env['ADMIN_PASSWORD'];
  if (password === undefined || password === '') leave(2, 'set ADMIN_PASSWORD to the password of the user');
  const session = (await call('POST', '/session', {
    username: values.username,
    password,
    ...given({ code: process.env['ADMIN_CODE'] }),
  })) as {
    token: string;
  };
  token = session.token;
}

const wanted = (option: 'home' | 'homes' | 'kind' | 'role' | 'from' | 'to' | 'settings'): string =>
  values[option] ?? leave(2, `--${option} is missing\n\n${HELP}`);
/** A date is that day's beginning, here. */
const momentOf = (text: string): string => {
  const at = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text);
  return Number.isNaN(at.getTime()) ? leave(2, `${text} is no time`) : at.toISOString();
};
const argument = (text: string | undefined): string => text ?? leave(2, HELP);
const listOf = (text: string): string[] => text.split(',').map((item) => item.trim());
const path = (id: string): string => encodeURIComponent(id);

/** Only what was given: absent options do not stand in a body. */
const given = (fields: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );

function newPassword(): { password: string; made: boolean } {
  const fromOutside = process.env['NEW_PASSWORD'];
  if (fromOutside !== undefined && fromOutside !== '') return { password: fromOutside, made: false };
  return {
    password: Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString('base64url'),
    made: true,
  };
}

/** Over the public blocks, trusting nobody: an anchor was kept where the service cannot write. */
async function checkFromOutside(files: readonly string[]): Promise<ReturnType<OutsideCheck['finish']>> {
  const anchors = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Anchor),
  ).catch((error: unknown) => leave(2, `an anchor cannot be read: ${String(error)}`));
  const check = new OutsideCheck(anchors);
  for (let after: number | null = 0; after !== null;) {
    const page = (await call('GET', `/ledger/blocks?after=${after}&limit=200`)) as {
      items: PublicBlock[];
      next: number | null;
    };
    for (const block of page.items) check.block(block);
    after = page.next;
  }
  return check.finish();
}

async function run(): Promise<unknown> {
  const [what = '', action, name] = positionals;
  const order = `${what} ${action ?? ''}`.trim();
  if (order === 'ledger verify') {
    const from = performance.now();
    const service = (await call('GET', '/ledger/verify')) as { ok: boolean; entries: number };
    const tookMs = Math.round(performance.now() - from);
    const entriesPerS = Math.round((service.entries * 1000) / Math.max(1, tookMs));
    const outside = await checkFromOutside(values.anchor === undefined ? [] : listOf(values.anchor));
    if (!service.ok || !outside.ok) process.exitCode = 1;
    return { ...service, tookMs, entriesPerS, outside };
  }
  if (order === 'ledger anchor') {
    const anchor = await call(
      'GET',
      `/ledger/anchor${values.date === undefined ? '' : `?date=${path(values.date)}`}`,
    );
    if (values.out === undefined) return anchor;
    await writeFile(values.out, `${JSON.stringify(anchor, null, 2)}\n`);
    return undefined;
  }
  const local =
    LOCAL_COMMANDS[what] ??
    personalCommands({
      resealAll,
      countLeft,
      makeWordKey,
      sealOldWords: (pool, cipher, nowAt) =>
        sealOldWords(pool, new SealedWords({ db: pool, cipher, now: () => nowAt })),
      exportPerson,
      erasePerson,
      endSecondFactor,
    })[what];
  if (local !== undefined) {
    const { ok, answer } = await local({ words: positionals.slice(1), env: process.env, url: values.url });
    if (!ok) process.exitCode = 1;
    return answer;
  }
  await logIn();
  switch (order) {
    case 'audit verify': {
      const verdict = (await call('GET', '/audit/verify')) as { ok: boolean };
      if (!verdict.ok) process.exitCode = 1;
      return verdict;
    }
    case 'users list':
      return call('GET', '/users?limit=1000');
    case 'users add': {
      const { password, made } = newPassword();
      const user = await call('POST', '/users', {
        username: argument(name),
        role: wanted('role'),
        password,
        ...given({ caregiverId: values.caregiver }),
        ...(values.streets !== undefined && { streets: listOf(values.streets) }),
      });
      return made ? { user, password } : { user };
    }
    case 'users password': {
      const { password, made } = newPassword();
      const user = await call('PATCH', `/users/${path(argument(name))}`, { password });
      return made ? { user, password } : { user };
    }
    case 'users retire':
      return call('DELETE', `/users/${path(argument(name))}`);
    case 'devices list':
      return call('GET', `/devices?limit=1000&homeId=${path(wanted('home'))}`);
    case 'devices add':
      return call('POST', '/devices', {
        homeId: wanted('home'),
        kind: wanted('kind'),
        ...given({
          id: values.id,
          zone: values.zone,
          codec: values.codec,
          externalId: values['external-id'],
        }),
      });
    case 'devices rotate':
      return call('POST', `/devices/${path(argument(name))}/secret`);
    case 'devices retire':
      return call('DELETE', `/devices/${path(argument(name))}`);
    case 'bridges add':
      return call('POST', '/bridges', { homes: listOf(wanted('homes')), ...given({ id: values.id }) });
    case 'replay': {
      const settings = await readFile(wanted('settings'), 'utf8')
        .then((text) => JSON.parse(text) as unknown)
        .catch((error: unknown) => leave(2, `the settings cannot be read: ${String(error)}`));
      const answer = await call('POST', `/homes/${path(wanted('home'))}/replay`, {
        from: momentOf(wanted('from')),
        to: momentOf(wanted('to')),
        settings,
      });
      return values.json === true ? answer : replayTable(answer as ReplayAnswer);
    }
    case 'dead-letters':
      return call('GET', `/dead-letters?limit=${path(values.limit ?? '50')}`);
    default:
      return leave(2, `unknown command: ${order}\n\n${HELP}`);
  }
}

if (values.help === true || positionals.length === 0) leave(values.help === true ? 0 : 2, HELP);
const answer = await run();
if (answer !== undefined)
  process.stdout.write(typeof answer === 'string' ? `${answer}\n` : `${JSON.stringify(answer, null, 2)}\n`);
