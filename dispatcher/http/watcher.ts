import { hashSecret, secretMatches } from '../../platform/crypto/secrets.ts';
import type { RouteKey } from './access.ts';
import type { SessionUser, Sessions } from './sessions.ts';

/** Whose token it is, as far as it opens this route. */
export interface Visitors {
  find(token: string, key: RouteKey): Promise<SessionUser | undefined>;
}

const WATCHER: SessionUser = { username: 'canary', role: 'auditor', streets: [], caregiverId: null };

/**
 * The canary reads the operators' stream over HTTP as a desk does, with a key that this process has made for it. That
 * key opens the stream and nothing else, and is written nowhere.
 */
export function withWatcher(sessions: Pick<Sessions, 'find'>, watchKey: string | undefined): Visitors {
  const hash = watchKey === undefined ? undefined : hashSecret(watchKey);
  return {
    find: async (token, key) =>
      hash !== undefined && key === 'GET /stream' && secretMatches(token, hash)
        ? WATCHER
        : sessions.find(token),
  };
}
