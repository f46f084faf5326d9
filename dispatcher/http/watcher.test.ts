import { expect, it } from 'vitest';
import type { SessionUser } from './sessions.ts';
import { withWatcher } from './watcher.ts';

it('the watch key opens the stream and nothing else; every other token is a session’s', async () => {
  const operator: SessionUser = { username: 'op', role: 'operator', streets: [], caregiverId: null };
  const sessions = { find: (token: string) => Promise.resolve(token === 'session' ? operator : undefined) };
  const visitors = withWatcher(sessions, 'key');
  expect(await visitors.find('key', 'GET /stream')).toMatchObject({ username: 'canary', role: 'auditor' });
  expect(await visitors.find('key', 'GET /alerts')).toBeUndefined();
  expect(await visitors.find('session', 'GET /stream')).toBe(operator);
  expect(await visitors.find('other', 'GET /stream')).toBeUndefined();
  expect(await withWatcher(sessions, undefined).find('undefined', 'GET /stream')).toBeUndefined();
});
