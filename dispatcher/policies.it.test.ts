import { describe, expect, it } from 'vitest';
import { offline, press, vitals } from '../alerts/testing/signals.ts';
import { silentLog } from '../platform/log.ts';
import { ManualClock } from '../platform/manual-clock.ts';
import { dedupKey } from '../schemas/alert.ts';
import type { Signal } from '../schemas/signal.ts';
import { anewOnRetry } from '../tests/support/anew.ts';
import { Attendance } from './attendance/attendance.ts';
import { type District, district, HOME, MIN, operator, S, T0, valueOf } from './testing/district.ts';

/** One database for all; every test has homes, people and policies of its own, and takes the policies away again. */
let d: District;
let attendance: Attendance;
let nth = 0;
const presence = new ManualClock(T0);
anewOnRetry(
  async () => {
    presence.set(T0);
    let seen: Attendance | undefined;
    d = await district({
      attendance: {
        attended: (street) => seen?.attended(street) ?? true,
        unanswered: (street, sinceMs) => seen?.unanswered(street, sinceMs),
      },
    });
    attendance = new Attendance({ pool: d.pool, clock: presence, log: silentLog() });
    seen = attendance;
  },
  () => d.end(),
);

const fresh = (prefix: string): string => `${prefix}${(nth += 1)}`;
const policy = async (
  kinds: string[],
  steps: object[],
  more: { priorities?: number[]; quiet?: object } = {},
) => {
  await d.pool.query('update policies set retired_at = $1', [new Date(T0)]);
  const id = fresh('p');
  await d.pool.query(
    `insert into policies (id, name, kinds, steps, priorities, quiet, created_at) values ($1, 'p', $2, $3, $4, $5, $6)`,
    [
      id,
      kinds,
      JSON.stringify(steps),
      more.priorities ?? null,
      more.quiet === undefined ? null : JSON.stringify(more.quiet),
      new Date(T0),
    ],
  );
};
const homeOf = async (): Promise<string> => {
  const home = fresh('h');
  await d.home(home);
  return home;
};
const at = (homeId: string, signal: Signal = press()): Signal => ({
  ...signal,
  homeId,
  dedupKey: dedupKey.emergency(homeId),
});
const raised = async (signal: Signal): Promise<string> => (await d.raise([signal])).alerts[0]?.id ?? '';
const escalations = async (id: string): Promise<(string | null)[]> =>
  (await d.alert(id)).timeline.filter(({ what }) => what === 'escalated').map(({ note }) => note);
const over = (id: string) => d.alerts.resolve(id, operator, { disposition: 'assisted' });

describe('a policy', () => {
  it('asks the person it names, on shift or not, and goes on when they decline', async () => {
    const [home, who] = [await homeOf(), fresh('c')];
    await d.caregiver(who, { shift: false });
    await policy(
      ['sos'],
      [
        { afterS: 0, to: 'person', caregiverId: who, acceptWithinS: 20 },
        { afterS: 0, to: 'person', caregiverId: 'nobody' },
        { afterS: 600, to: 'supervisor' },
      ],
    );
    const id = await raised(at(home));
    await d.pass(1 * S);
    expect(await escalations(id)).toEqual([`person: ${who}`]);
    await d.pass(20 * S);
    expect(await escalations(id)).toEqual([`person: ${who}`, 'person: no_such_person']);
    valueOf(await over(id));
  });

  it('asks a role within a ring of the network, the post first of all', async () => {
    const home = await homeOf();
    const [near, there, nurse] = [fresh('c'), fresh('c'), fresh('c')];
    const [post, other] = [fresh('post'), fresh('post')];
    await d.caregiver(near, { km: 0.1 });
    await d.caregiver(there, { km: 1 });
    await d.caregiver(nurse, { km: 0.2, role: 'nurse' });
    await d.pool.query(
      `insert into organisations (id, level, parent_id, name, street, community, lat, lon, created_at)
       values ($1, 'post', 'lianhua', 'P', '莲花', '福中', $3, $4, $5), ($2, 'post', 'lianhua', 'Q', '莲花', '福中', $3 + 0.02, $4, $5)`,
      [post, other, HOME.lat, HOME.lon, new Date(T0)],
    );
    await d.pool.query(`update homes set community = '福中' where id = $1`, [home]);
    await d.pool.query(
      `update caregivers set post_id = case id when $1 then $2 else $3 end, version = version + 1
                        where id = any($4)`,
      [there, post, other, [near, there, nurse]],
    );
    await policy(
      ['sos'],
      [
        { afterS: 0, to: 'role', role: 'care_worker', ring: 'post', acceptWithinS: 10 },
        { afterS: 0, to: 'role', role: 'nurse', ring: 'community', acceptWithinS: 10 },
        { afterS: 0, to: 'role', role: 'nurse', ring: 'post', acceptWithinS: 10 },
        { afterS: 600, to: 'supervisor' },
      ],
    );
    const id = await raised(at(home));
    await d.pass(25 * S);
    expect(await escalations(id)).toEqual([
      `role care_worker: ${there}`,
      `role nurse: ${nurse}`,
      'role nurse: no_caregivers, hand_over_120',
    ]);
    const reasons = (await d.alerts.recommend(id))?.candidates.find(
      (one) => one.caregiverId === there,
    )?.reasons;
    expect(reasons).toContain('network:post');
    valueOf(await over(id));
  });

  it('is quiet in its quiet hours, for everything but priority 1, and goes on at their end', async () => {
    const [grave, mild] = [await homeOf(), await homeOf()];
    // 16:00 in Shenzhen, and some.
    await policy(['sos', 'vitals'], [{ afterS: 10, to: 'supervisor' }], {
      quiet: { from: '15:00', to: '18:00' },
    });
    const [first, second] = [await raised(at(grave)), await raised(at(mild, vitals(2)))];
    await d.pass(MIN);
    expect(await escalations(first)).toContain('supervisor');
    expect(await escalations(second)).toEqual([]);
    expect((await d.alert(second)).deadlineAt).toBe('2026-01-12T10:00:00.000Z');
    expect(await d.dispatcher.audit()).toEqual({});
    valueOf(await over(first));
    d.clock.set(Date.parse('2026-01-12T10:00:00.000Z'));
    await d.settled();
    expect(await escalations(second)).toContain('supervisor');
    valueOf(await over(second));
  });

  it('may call for priority 3 and 4 too, once, and then it is a work list', async () => {
    const [home, tech] = [await homeOf(), fresh('t')];
    await d.caregiver(tech, { role: 'technician' });
    const broken: Signal = {
      ...offline(),
      homeId: home,
      dedupKey: dedupKey.device(fresh('d'), 'device_offline'),
    };
    await policy(['device_offline'], [{ afterS: 60, to: 'role', role: 'technician', acceptWithinS: 60 }], {
      priorities: [1, 2, 4],
    });
    const id = await raised({ ...broken, priority: 4 });
    await d.pass(3 * 60 * MIN);
    expect(await escalations(id)).toEqual([`role technician: ${tech}`]);
    expect(Date.parse((await d.alert(id)).deadlineAt ?? '')).toBeGreaterThan(d.clock.now());
    const none = await raised({
      ...broken,
      priority: 3,
      dedupKey: dedupKey.device(fresh('d'), 'device_offline'),
    });
    await d.pass(5 * MIN);
    expect(await escalations(none)).toEqual([]);
    for (const one of [id, none]) valueOf(await over(one));
  });

  it('hands a priority-1 alert over to 120 when no ring has anybody left, once and on record', async () => {
    const home = await homeOf();
    await policy(['sos'], [{ afterS: 0, to: 'role', role: 'doctor', acceptWithinS: 10 }]);
    await d.pool.query(`update shifts set retired_at = $1`, [new Date(T0)]);
    const id = await raised(at(home));
    await d.pass(3 * MIN);
    const said = await escalations(id);
    expect(said.filter((note) => note?.startsWith('120'))).toEqual(['120: nobody_on_shift, hand_over_120']);
    expect(said.filter((note) => note?.startsWith('supervisor')).length).toBeGreaterThan(2);
    expect(d.notices.filter((notice) => notice.alertId === id && notice.target === '120')).toHaveLength(1);
    valueOf(await over(id));
  });
});

describe('a preview', () => {
  it('says who would be asked at 03:00 for this home, by the machine that would ask them', async () => {
    const [home, day, night] = [await homeOf(), fresh('c'), fresh('c')];
    for (const who of [day, night]) await d.caregiver(who, { shift: false });
    const shift = (who: string, start: string, end: string) =>
      d.pool.query(`insert into shifts (id, caregiver_id, weekly, created_at) values ($1, $2, $3, $4)`, [
        fresh('s'),
        who,
        JSON.stringify({ days: [1, 2, 3, 4, 5, 6, 7], start, end }),
        new Date(T0),
      ]);
    await shift(day, '08:00', '20:00');
    await shift(night, '20:00', '08:00');
    await policy(
      ['sos'],
      [
        { afterS: 30, to: 'recommended', acceptWithinS: 30, repeat: 20 },
        { afterS: 0, to: 'person', caregiverId: day },
        { afterS: 60, to: '120' },
      ],
      { quiet: { from: '22:00', to: '07:00' } },
    );
    const at = (time: string, priority: 1 | 2, attended = true) =>
      d.dispatcher.preview({ homeId: home, kind: 'sos', priority, atMs: Date.parse(time), attended });
    const steps = (of: Awaited<ReturnType<typeof at>>) =>
      of.steps.map((step) => [step.at.slice(11, 19), step.to, step.who.map(({ id }) => id)]);
    const asked = await at('2026-01-14T03:00:00+08:00', 1);
    expect(steps(asked)).toEqual([
      ['19:00:30', 'recommended', [night]],
      ['19:01:00', 'recommended', []],
      ['19:01:00', 'person', [day]],
      ['19:02:30', '120', ['120']],
    ]);
    expect(asked.steps[1]?.shortfalls).toContain('all_asked');
    expect(steps(await at('2026-01-14T03:00:00+08:00', 1, false))[0]?.[0]).toBe('19:00:00');
    expect(steps(await at('2026-01-14T03:00:00+08:00', 2))[0]).toEqual(['23:00:00', 'recommended', [night]]);
    expect(steps(await at('2026-01-14T12:00:00+08:00', 1))[0]).toEqual(['04:00:30', 'recommended', [day]]);
    await d.pool.query('update shifts set retired_at = $1', [new Date(T0)]);
  });
});

describe('with nobody on duty', () => {
  it('nothing waits for an answer; a stream of a desk that sees the street is somebody, until it is gone', async () => {
    await policy(['fall'], [{ afterS: 30, to: 'supervisor' }]);
    const [now, home, other] = [d.clock.now(), await homeOf(), await homeOf()];
    presence.set(now);
    await attendance.refresh();
    const who = fresh('c');
    await d.caregiver(who);
    await d.pool.query('update shifts set to_at = $1 where caregiver_id = $2', [
      new Date(now + 86_400_000),
      who,
    ]);
    const id = await raised(at(home));
    expect(await escalations(id)).toEqual([`recommended: ${who}`]);

    const leave = attendance.watches({ username: 'wang', streets: ['莲花'] });
    const waits = await raised(at(other));
    await d.pass(29 * S);
    expect(await escalations(waits)).toEqual([]);
    expect(attendance.attended('福田')).toBe(false);
    // On another server nothing is known of the stream but what the database says.
    const elsewhere = new Attendance({ pool: d.pool, clock: presence, log: silentLog() });
    await attendance.refresh();
    await elsewhere.refresh();
    expect([elsewhere.attended('莲花'), elsewhere.attended('福田')]).toEqual([true, false]);
    leave();
    await attendance.refresh();
    await elsewhere.refresh();
    expect([attendance.attended('莲花'), elsewhere.attended('莲花')]).toEqual([true, true]);
    presence.advance(17 * S);
    expect([attendance.attended('莲花'), elsewhere.attended('莲花')]).toEqual([false, false]);
    for (const one of [id, waits]) valueOf(await over(one));
  });

  it('a screen that polls is somebody for as long as a call waits anyway', async () => {
    const clock = new ManualClock(T0 - 86_400_000);
    const polled = new Attendance({ pool: d.pool, clock, log: silentLog() });
    await polled.refresh();
    polled.looks({ username: fresh('poll'), streets: ['福保'] });
    expect(polled.attended('福保')).toBe(true);
    clock.advance(30 * S - 1);
    expect(polled.attended('福保')).toBe(true);
    clock.advance(1);
    expect(polled.attended('福保')).toBe(false);
  });

  it('a desk that lets a call go unanswered is nobody until somebody acts', async () => {
    const [first, second, third] = [await homeOf(), await homeOf(), await homeOf()];
    presence.set(d.clock.now());
    const leave = attendance.watches({ username: 'li', streets: [] });
    const id = await raised(at(first));
    await d.pass(31 * S);
    expect((await escalations(id)).length).toBeGreaterThan(0);
    const next = await raised(at(second));
    expect((await escalations(next)).length).toBeGreaterThan(0);
    presence.set(d.clock.now());
    attendance.acts({ username: 'li', streets: [] });
    const last = await raised(at(third));
    await d.pass(5 * S);
    expect(await escalations(last)).toEqual([]);
    leave();
    for (const one of [id, next, last]) valueOf(await over(one));
  });
});

describe('the family', () => {
  it('is told by the rule of the kind, as it was when the alert opened (I9)', async () => {
    await d.pool.query('update policies set retired_at = $1', [new Date(T0)]);
    await d.pool.query(
      `insert into contact_rules (kind, rule, version, changed_by, changed_at) values ('sos', '{"tell": "at_once"}', 1, 'x', $1)`,
      [new Date(T0)],
    );
    presence.set(d.clock.now() + 1);
    const leave = attendance.watches({ username: fresh('u'), streets: [] });
    const id = await raised(at(await homeOf()));
    await d.pool.query(`update contact_rules set rule = '{"tell": "never"}'`);
    const silent = await raised(at(await homeOf()));
    await d.pass(5 * S);
    expect(await escalations(id)).toEqual(['contacts']);
    expect(await escalations(silent)).toEqual([]);
    expect(d.notices.filter((one) => one.target === 'contacts').map((one) => one.alertId)).toEqual([id]);
    leave();
  });
});
