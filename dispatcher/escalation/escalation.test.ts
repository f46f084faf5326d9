import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FrozenPolicy, PolicyStep } from '../../schemas/alert.ts';
import { POLICY_TARGETS } from '../../schemas/alert.ts';
import {
  afterMove,
  type Circumstances,
  inRounds,
  jumpTo,
  nextMove,
  type Progress,
  settle,
  type Standing,
  USUAL,
} from './escalation.ts';

const T0 = 1_000_000;
const policy = (...steps: PolicyStep[]): FrozenPolicy => ({ id: 'p', version: 1, steps });
const DEFAULT = policy(
  { afterS: 30, to: 'recommended', acceptWithinS: 30, repeat: 20 },
  { afterS: 0, to: 'supervisor' },
);
const start: Progress = { step: 0, attempts: 0, rounds: 0, stepSinceMs: T0 };
const idle: Standing = { kind: 'idle' };

describe('escalation', () => {
  it('waits 30 s for an answer, then offers to the recommended', () => {
    expect(nextMove(DEFAULT, start, idle, T0 + 29_999)).toEqual({ do: 'wait', untilMs: T0 + 30_000 });
    expect(nextMove(DEFAULT, start, idle, T0 + 30_000)).toEqual({
      do: 'offer',
      acceptWithinMs: 30_000,
      breadth: 1,
    });
  });

  it('waits while somebody is being asked, and offers to the next when that has run out', () => {
    const offered = afterMove(DEFAULT, start, 'done', T0 + 30_000);
    expect(nextMove(DEFAULT, offered, { kind: 'asked', untilMs: T0 + 60_000 }, T0 + 40_000)).toEqual({
      do: 'wait',
      untilMs: T0 + 60_000,
    });
    expect(nextMove(DEFAULT, offered, idle, T0 + 41_000)).toMatchObject({ do: 'offer' });
  });

  it('goes on to the supervisor at once when nobody is left', () => {
    const none = afterMove(DEFAULT, start, 'nobody', T0 + 30_000);
    expect(none.step).toBe(1);
    expect(nextMove(DEFAULT, none, idle, T0 + 30_000)).toEqual({ do: 'notify', to: 'supervisor' });
  });

  it('after the last step tries again each minute, for ever', () => {
    let progress = afterMove(DEFAULT, { ...start, step: 1 }, 'done', T0);
    let now = T0;
    for (let round = 0; round < 30; round += 1) {
      expect(inRounds(DEFAULT, progress)).toBe(true);
      const wait = nextMove(DEFAULT, progress, idle, now);
      if (wait.do !== 'wait') throw new Error('a round must wait');
      expect(wait.untilMs - now).toBe(round < 15 ? 60_000 : 300_000);
      now = wait.untilMs;
      expect(nextMove(DEFAULT, progress, idle, now)).toMatchObject({ do: 'offer' });
      progress = afterMove(DEFAULT, progress, 'nobody', now);
    }
  });

  it('a policy that does not end at the supervisor begins its rounds at once', () => {
    const one = policy({ afterS: 10, to: 'recommended' });
    const over = afterMove(one, start, 'nobody', T0 + 10_000);
    expect(inRounds(one, over)).toBe(true);
    expect(nextMove(one, over, idle, T0 + 10_000)).toMatchObject({ do: 'offer' });
  });

  it('is quiet while somebody is on the way, but looks again', () => {
    expect(nextMove(DEFAULT, start, { kind: 'taken' }, T0 + 90_000)).toEqual({
      do: 'wait',
      untilMs: T0 + 990_000,
    });
  });

  it('after a visit reminds once that the alert is still open, and sends and tells nobody else', () => {
    const sinceMs = T0 + 600_000;
    const served: Standing = { kind: 'served', sinceMs, reminded: false };
    expect(nextMove(DEFAULT, start, served, sinceMs)).toEqual({ do: 'wait', untilMs: sinceMs + 15 * 60_000 });
    expect(nextMove(DEFAULT, start, served, sinceMs + 15 * 60_000)).toEqual({ do: 'remind' });
    const after = nextMove(DEFAULT, start, { ...served, reminded: true }, sinceMs + 3_600_000);
    expect(after).toEqual({ do: 'wait', untilMs: sinceMs + 5 * 3_600_000 });
  });

  it('repeats a notice after its time, and an offer at once', () => {
    const twice = policy({ afterS: 20, to: 'contacts', repeat: 1 }, { afterS: 5, to: '120' });
    let progress = afterMove(twice, start, 'done', T0 + 20_000);
    expect(nextMove(twice, progress, idle, T0 + 20_000)).toEqual({ do: 'wait', untilMs: T0 + 40_000 });
    progress = afterMove(twice, progress, 'done', T0 + 40_000);
    expect(nextMove(twice, progress, idle, T0 + 40_000)).toEqual({ do: 'wait', untilMs: T0 + 45_000 });
    expect(nextMove(twice, progress, idle, T0 + 45_000)).toEqual({ do: 'notify', to: '120' });
  });

  it('an asking step ends when its last offer has run out, and the next one counts from then', () => {
    const one = policy({ afterS: 0, to: 'recommended', acceptWithinS: 10 }, { afterS: 15, to: 'supervisor' });
    const offered = afterMove(one, start, 'done', T0);
    expect(offered.step).toBe(0);
    const over = settle(one, offered, idle, T0 + 10_000);
    expect(over).toMatchObject({ step: 1, attempts: 0 });
    expect(nextMove(one, over, idle, T0 + 10_000)).toEqual({ do: 'wait', untilMs: T0 + 25_000 });
  });

  it('a person may ask for a step, or for the next; never for one that is done (I9, GoAlert #3085)', () => {
    expect(jumpTo(start, undefined, T0)).toMatchObject({ step: 0 });
    expect(jumpTo({ ...start, attempts: 1 }, undefined, T0)).toMatchObject({ step: 1, attempts: 0 });
    expect(jumpTo(start, 1, T0)).toMatchObject({ step: 1 });
    expect(jumpTo({ ...start, step: 2 }, 1, T0)).toMatchObject({ step: 2 });
  });

  it('with nobody at a desk waits for no answer, but still for whoever has been asked or told', () => {
    const unattended: Circumstances = { ...USUAL, attended: false };
    expect(nextMove(DEFAULT, start, idle, T0, unattended)).toMatchObject({ do: 'offer' });
    const told = policy(
      { afterS: 0, to: 'contacts' },
      { afterS: 30, to: 'recommended' },
      { afterS: 60, to: '120' },
    );
    expect(nextMove(told, { ...start, step: 1 }, idle, T0, unattended)).toMatchObject({ do: 'offer' });
    expect(nextMove(told, { ...start, step: 2 }, idle, T0, unattended)).toEqual({
      do: 'wait',
      untilMs: T0 + 60_000,
    });
    expect(nextMove(DEFAULT, start, { kind: 'asked', untilMs: T0 + 9 }, T0, unattended)).toMatchObject({
      do: 'wait',
    });
  });

  it('quiet hours put off what is due to their end, and never priority 1', () => {
    const quiet: Circumstances = {
      ...USUAL,
      priority: 2,
      quietForMs: (atMs) => Math.max(0, T0 + 90_000 - atMs),
    };
    expect(nextMove(DEFAULT, start, idle, T0, quiet)).toEqual({ do: 'wait', untilMs: T0 + 90_000 });
    expect(nextMove(DEFAULT, start, idle, T0 + 40_000, quiet)).toEqual({ do: 'wait', untilMs: T0 + 90_000 });
    expect(nextMove(DEFAULT, start, idle, T0 + 90_000, quiet)).toMatchObject({ do: 'offer' });
    const grave = { ...quiet, priority: 1 as const };
    expect(nextMove(DEFAULT, start, idle, T0 + 30_000, grave)).toMatchObject({ do: 'offer' });
  });

  it('asks a named person, or a role within a ring, and waits for their answer like any other', () => {
    const named = policy(
      { afterS: 0, to: 'person', caregiverId: 'c1' },
      { afterS: 0, to: 'role', role: 'nurse' },
    );
    expect(nextMove(named, start, idle, T0)).toMatchObject({ do: 'offer', among: { caregiverId: 'c1' } });
    const asked = afterMove(named, start, 'done', T0);
    const next = settle(named, asked, idle, T0 + 30_000);
    expect(nextMove(named, next, idle, T0 + 30_000)).toMatchObject({
      do: 'offer',
      among: { role: 'nurse', ring: 'district' },
    });
  });

  it('of priority 3 and 4 ends with its last step: after that it is a work list', () => {
    const list: Circumstances = { ...USUAL, priority: 4 };
    const one = policy({ afterS: 60, to: 'role', role: 'technician' });
    const over = { ...start, step: 1 };
    expect(nextMove(one, over, idle, T0, list)).toEqual({ do: 'wait', untilMs: T0 + 4 * 3_600_000 });
  });

  const anyPolicy = fc
    .array(
      fc.record(
        {
          afterS: fc.nat(120),
          to: fc.constantFrom(...POLICY_TARGETS),
          acceptWithinS: fc.integer({ min: 1, max: 60 }),
          repeat: fc.nat(3),
        },
        { requiredKeys: ['afterS', 'to'] },
      ),
      { minLength: 1, maxLength: 5 },
    )
    .map((steps) => policy(...(steps as PolicyStep[])));

  it('I9 and I6: with any policy and any answers it only moves forward and always names a future time', () => {
    fc.assert(
      fc.property(
        anyPolicy,
        fc.array(fc.constantFrom('done', 'nobody'), { maxLength: 60 }),
        (any, results) => {
          let progress = start;
          let now = T0;
          let standing: Standing = idle;
          for (const result of results) {
            const before = progress;
            progress = settle(any, progress, standing, now);
            const move = nextMove(any, progress, standing, now);
            if (move.do === 'wait') {
              expect(move.untilMs).toBeGreaterThan(now);
              now = move.untilMs;
              standing = idle;
            } else {
              progress = afterMove(any, progress, result, now);
              if (move.do === 'offer' && result === 'done')
                standing = { kind: 'asked', untilMs: now + move.acceptWithinMs };
            }
            expect(progress.step).toBeGreaterThanOrEqual(before.step);
            expect(progress.rounds).toBeGreaterThanOrEqual(before.rounds);
          }
        },
      ),
    );
  });

  it('reaches the standing rounds in bounded time whatever the policy, if nobody ever accepts', () => {
    fc.assert(
      fc.property(anyPolicy, (any) => {
        let progress = start;
        let now = T0;
        let standing: Standing = idle;
        for (let i = 0; i < 200 && !inRounds(any, progress); i += 1) {
          progress = settle(any, progress, standing, now);
          const move = nextMove(any, progress, standing, now);
          standing = idle;
          if (move.do === 'wait') now = move.untilMs;
          else progress = afterMove(any, progress, 'done', now);
          if (move.do === 'offer') standing = { kind: 'asked', untilMs: now + move.acceptWithinMs };
        }
        expect(inRounds(any, progress)).toBe(true);
      }),
    );
  });
});
