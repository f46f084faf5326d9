import type { Clock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import { type Desk, isAttended } from './attended.ts';

export interface DeskUser {
  username: string;
  /** Empty: the whole district. */
  streets: readonly string[];
}

/** A stream that has not been heard of for so long is gone, with the server that held it. */
const WATCHING_MS = 45_000;
/** A page that is loaded again, or moves to another server, is back by then. */
const BACK_WITHIN_MS = 16_000;
/** No longer than a call waits for an answer anyway. */
const LOOKING_MS = 30_000;
const BEAT_MS = 15_000;
const EVERY_MS = 1_000;

interface Held extends Desk {
  streams: number;
  writtenAtMs: number;
  dirty: boolean;
}

/**
 * Who is at the desks of all servers, as of a second ago; what happens on this one counts at once. Written in the
 * background: nobody's command waits for it. Before the first look everybody is thought to be there.
 */
export class Attendance {
  readonly #deps: { pool: Pool; clock: Clock; log: Log };
  readonly #here = new Map<string, Held>();
  readonly #unanswered = new Map<string, { sinceMs: number; dirty: boolean }>();
  #elsewhere = new Map<string, Desk>();
  #read = false;
  #cancel: () => void = () => undefined;
  #work: Promise<void> | undefined;
  #running = false;

  constructor(deps: { pool: Pool; clock: Clock; log: Log }) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    this.#running = true;
    await this.refresh();
    this.#arm();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel();
    await this.#work;
  }

  #arm(): void {
    this.#cancel = this.#deps.clock.setTimer(EVERY_MS, () => {
      void this.refresh().finally(() => {
        if (this.#running) this.#arm();
      });
    });
  }

  /** An event stream was opened at a desk; to be called again when it has ended. */
  watches(user: DeskUser): () => void {
    const held = this.#of(user);
    const now = this.#deps.clock.now();
    // Whoever comes to a desk is there; a page that only comes back proves nothing.
    if (held.watchingUntilMs <= now) held.actedAtMs = now;
    held.streams += 1;
    held.watchingUntilMs = now + WATCHING_MS;
    held.dirty = true;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      held.streams -= 1;
      if (held.streams > 0) return;
      held.watchingUntilMs = this.#deps.clock.now() + BACK_WITHIN_MS;
      held.dirty = true;
    };
  }

  /** Somebody has asked for something: for a while that is as good as an open stream. */
  looks(user: DeskUser): void {
    const held = this.#of(user);
    const now = this.#deps.clock.now();
    if (held.watchingUntilMs <= now) held.actedAtMs = now;
    if (held.watchingUntilMs >= now + LOOKING_MS) return;
    held.watchingUntilMs = now + LOOKING_MS;
    held.dirty = true;
  }

  /** A person has done something. */
  acts(user: DeskUser): void {
    const held = this.#of(user);
    held.actedAtMs = this.#deps.clock.now();
    held.dirty = true;
  }

  /** A call from there has waited since then, and nobody has answered. */
  unanswered(street: string, sinceMs: number): void {
    const known = this.#unanswered.get(street);
    if (known === undefined || known.sinceMs < sinceMs)
      this.#unanswered.set(street, { sinceMs, dirty: true });
  }

  attended(street: string): boolean {
    if (!this.#read) return true;
    const desks = [...this.#here.values(), ...this.#elsewhere.values()];
    return isAttended(desks, street, this.#unanswered.get(street)?.sinceMs, this.#deps.clock.now());
  }

  /** Tells the others, and hears of them. */
  refresh(): Promise<void> {
    this.#work ??= this.#exchange()
      .catch((error: unknown) => this.#deps.log.debug({ err: error }, 'attendance not exchanged'))
      .finally(() => {
        this.#work = undefined;
      });
    return this.#work;
  }

  async #exchange(): Promise<void> {
    const { pool, clock } = this.#deps;
    const now = clock.now();
    await this.#write(now);
    const { rows } = await pool.query<{
      username: string;
      streets: string[];
      watching_until: Date;
      acted_at: Date;
    }>({
      name: 'attendance',
      text: 'select * from attendance where watching_until > $1',
      values: [new Date(now)],
    });
    this.#elsewhere = new Map(
      rows.map((row) => [
        row.username,
        {
          streets: row.streets,
          watchingUntilMs: row.watching_until.getTime(),
          actedAtMs: row.acted_at.getTime(),
        },
      ]),
    );
    const missed = await pool.query<{ street: string; since: Date }>({
      name: 'unanswered_calls',
      text: 'select street, since from unanswered_calls',
    });
    for (const { street, since } of missed.rows)
      if ((this.#unanswered.get(street)?.sinceMs ?? -Infinity) < since.getTime())
        this.#unanswered.set(street, { sinceMs: since.getTime(), dirty: false });
    this.#read = true;
  }

  async #write(now: number): Promise<void> {
    const { pool } = this.#deps;
    const due = [...this.#here].filter(
      ([, held]) => held.dirty || (held.streams > 0 && now - held.writtenAtMs >= BEAT_MS),
    );
    for (const [, held] of due) if (held.streams > 0) held.watchingUntilMs = now + WATCHING_MS;
    if (due.length > 0) {
      const desks = due.map(([username, { streets, watchingUntilMs, actedAtMs }]) => ({
        username,
        streets,
        until: new Date(watchingUntilMs),
        acted: new Date(actedAtMs),
      }));
      for (const [, held] of due) held.dirty = false;
      await pool.query(
        `insert into attendance as a (username, streets, watching_until, acted_at)
         select d.username, d.streets, d.until, d.acted
         from jsonb_to_recordset($1::jsonb) as d (username text, streets text[], until timestamptz, acted timestamptz)
         on conflict (username) do update set streets = excluded.streets, watching_until = excluded.watching_until,
           acted_at = greatest(a.acted_at, excluded.acted_at)`,
        [JSON.stringify(desks)],
      );
      for (const [, held] of due) held.writtenAtMs = now;
    }
    for (const [username, held] of this.#here)
      if (held.streams === 0 && !held.dirty && held.watchingUntilMs <= now) this.#here.delete(username);
    const missed = [...this.#unanswered].filter(([, call]) => call.dirty);
    if (missed.length === 0) return;
    for (const [, call] of missed) call.dirty = false;
    await pool.query(
      `insert into unanswered_calls as u (street, since)
       select c.street, c.since from jsonb_to_recordset($1::jsonb) as c (street text, since timestamptz) order by 1
       on conflict (street) do update set since = greatest(u.since, excluded.since)`,
      [JSON.stringify(missed.map(([street, { sinceMs }]) => ({ street, since: new Date(sinceMs) })))],
    );
  }

  #of({ username, streets }: DeskUser): Held {
    let held = this.#here.get(username);
    if (held === undefined) {
      const known = this.#elsewhere.get(username);
      held = {
        streets,
        watchingUntilMs: known?.watchingUntilMs ?? 0,
        actedAtMs: known?.actedAtMs ?? 0,
        streams: 0,
        writtenAtMs: 0,
        dirty: false,
      };
      this.#here.set(username, held);
    }
    held.streets = streets;
    return held;
  }
}
