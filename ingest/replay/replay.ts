import type { Pool } from '../../platform/database.ts';
import type { ResidentSettings } from '../../schemas/registry.ts';
import { DETECTORS } from '../detectors/registry.ts';
import { entryOf } from '../directory.ts';
import { createHomeFold } from '../home-fold.ts';
import { localTimeOf } from '../local-time.ts';
import { foldItemOf } from '../pipeline/homes.ts';
import { outagesOf, outagesSince } from '../store/epochs.ts';
import { type HomePast, homePast } from '../store/past.ts';
import { registryHomes } from '../store/registry-rows.ts';
import { streetOutagesSince } from '../store/street-outages.ts';
import type { ResolvedSettings } from '../detectors/detector.ts';
import { compare, type Comparison } from './compare.ts';
import { FoldAgain, type ReplayedAlert } from './fold-again.ts';

export interface ReplayRequest {
  readonly homeId: string;
  /** [from, to), ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly settings: ResidentSettings;
}

export interface ReplayAnswer extends Comparison {
  /** Everything that would have opened in the period, under the settings as they were and as they are tried. */
  readonly before: readonly ReplayedAlert[];
  readonly tried: readonly ReplayedAlert[];
  /** Stored things of the home that were folded, lead-in included. */
  readonly items: number;
}

const DAY_MS = 86_400_000;
/** Habits and liveness are learnt from what came before the period. */
export const LEAD_IN_MS = 14 * DAY_MS;
/** How long an alert is taken to keep somebody busy; the console says so. */
export const SETTLED_AFTER_MS = 30 * 60_000;
/** Folded between two looks at everything else that this process has to do. */
const AT_ONCE = 500;

/**
 * What a home's detectors would have said in a period under other settings, beside what they say of the same past under
 * the settings that were in force. Reads only. One at a time, and never long without a pause: it shares its process
 * with alarms.
 */
export class Replay {
  readonly #pool: Pool;
  readonly #fold;
  #last: Promise<unknown> = Promise.resolve();

  constructor(pool: Pool, timeZone: string) {
    this.#pool = pool;
    this.#fold = createHomeFold(DETECTORS, localTimeOf(timeZone));
  }

  /** undefined: there is no such home. */
  run(request: ReplayRequest): Promise<ReplayAnswer | undefined> {
    const answer = this.#last.then(() => this.#run(request));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #run({ homeId, from, to, settings }: ReplayRequest): Promise<ReplayAnswer | undefined> {
    const [home] = await registryHomes(this.#pool, [homeId]);
    if (home === undefined) return undefined;
    const since = from - LEAD_IN_MS;
    const shared = {
      fold: this.#fold,
      outages: outagesOf(homeId, await outagesSince(this.#pool, since)),
      streets: await streetOutagesSince(this.#pool, since),
      settledAfterMs: SETTLED_AFTER_MS,
    };
    const before = new FoldAgain({ ...shared, settings: {} });
    const tried = new FoldAgain({ ...shared, settings: whatIsGiven(settings) });
    const current = entryOf(home, since).profile;
    let items = 0;
    await homePast(this.#pool, { homeNo: home.homeNo, since, until: to }, async (past: HomePast) => {
      for (const run of [before, tried])
        if (run.state.profile === null)
          run.take({ kind: 'profile', profile: past.profile ?? current, now: since });
      for (const item of past.items) {
        items += 1;
        for (const run of [before, tried]) run.take(foldItemOf(item, homeId, run.state));
        if (items % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    });
    for (const run of [before, tried]) run.moveTo(to);
    const within = (alerts: readonly ReplayedAlert[]): ReplayedAlert[] =>
      alerts.filter(({ openedAt }) => openedAt >= from && openedAt < to);
    const runs = { before: within(before.alerts), tried: within(tried.alerts) };
    return { ...runs, ...compare(runs.before, runs.tried, SETTLED_AFTER_MS), items };
  }
}

const whatIsGiven = (settings: ResidentSettings): Partial<ResolvedSettings> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
