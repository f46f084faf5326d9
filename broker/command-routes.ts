import { commandTopic } from '../schemas/topics.ts';
import type { CommandFilter } from './authorise.ts';

/** Who listens for commands: sessions by the `cmd` filters that they hold. */
export class CommandRoutes<S> {
  readonly #byFilter = new Map<string, Map<S, 0 | 1>>();
  readonly #bySession = new Map<S, Map<string, CommandFilter>>();

  add(session: S, filter: CommandFilter, qos: 0 | 1): void {
    const key = commandTopic(filter.homeId, filter.deviceId);
    const sessions = this.#byFilter.get(key) ?? new Map<S, 0 | 1>();
    this.#byFilter.set(key, sessions.set(session, qos));
    const filters = this.#bySession.get(session) ?? new Map<string, CommandFilter>();
    this.#bySession.set(session, filters.set(key, filter));
  }

  remove(session: S, filter: string): void {
    const sessions = this.#byFilter.get(filter);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#byFilter.delete(filter);
    const filters = this.#bySession.get(session);
    filters?.delete(filter);
    if (filters?.size === 0) this.#bySession.delete(session);
  }

  removeAll(session: S): void {
    for (const filter of this.#bySession.get(session)?.keys() ?? []) this.remove(session, filter);
  }

  filtersOf(session: S): readonly CommandFilter[] {
    return [...(this.#bySession.get(session)?.values() ?? [])];
  }

  /** Each session once, with the highest QoS that it was granted for this device. */
  of(homeId: string, deviceId: string): ReadonlyMap<S, 0 | 1> {
    const found = new Map<S, 0 | 1>();
    for (const key of [commandTopic(homeId, deviceId), commandTopic(homeId, '+')])
      for (const [session, qos] of this.#byFilter.get(key) ?? [])
        if (qos > (found.get(session) ?? -1)) found.set(session, qos);
    return found;
  }
}
