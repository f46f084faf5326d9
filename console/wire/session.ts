import { ref, shallowRef } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import type { User } from '../model/api-types.ts';
import type { Api, Failure } from './api.ts';

export interface Session {
  /** null: nobody is logged in, or the session is over. */
  user: ShallowRef<User | null>;
  /** The first question to the service is still out. */
  asking: Ref<boolean>;
  /** It was valid and is no longer: the page stays as it is behind the login. */
  expired: Ref<boolean>;
  /** When this login began, ms. */
  sinceMs: Ref<number>;
  resume: () => Promise<void>;
  /** `code`: of the second factor, where the service has asked for one. */
  login: (username: string, password: string, code?: string) => Promise<Failure | null>;
  logout: () => Promise<void>;
  expire: () => void;
  /** The last question was not answered at all. */
  unreachable: Ref<boolean>;
  /** Go on as somebody known from before, until the service says otherwise. */
  assume: (who: User) => void;
}

export function createSession(api: Api): Session {
  const user = shallowRef<User | null>(null);
  const asking = ref(true);
  const expired = ref(false);
  const sinceMs = ref(Date.now());
  const unreachable = ref(false);
  const enter = (who: User): void => {
    if (user.value?.username !== who.username) sinceMs.value = Date.now();
    expired.value = false;
    user.value = who;
  };
  return {
    user,
    asking,
    expired,
    sinceMs,
    unreachable,
    assume: enter,
    async resume() {
      const answer = await api.call('GET /me', {});
      if (answer.ok) enter(answer.value);
      else expired.value = false;
      unreachable.value = !answer.ok && answer.kind === 'network';
      asking.value = false;
    },
    async login(username, password, code) {
      const body = { username, password, ...(code ? { code } : {}) };
      const answer = await api.call('POST /session', { body });
      if (!answer.ok) return answer;
      enter(answer.value.user);
      return null;
    },
    async logout() {
      await api.call('DELETE /session', {});
      user.value = null;
      expired.value = false;
    },
    expire() {
      if (user.value === null) return;
      expired.value = true;
      user.value = null;
    },
  };
}
