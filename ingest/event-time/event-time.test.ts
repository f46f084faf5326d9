import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anEvent, T0 } from '../../tests/support/detector-world.ts';
import { latenessOf } from './lateness.ts';
import { HeldEvents, isLate, releaseAtOf } from './reorder.ts';
import { IDLE_AFTER_MS, watermarkAt } from './watermark.ts';

const presence = (at: number, more = {}) =>
  anEvent('presence', { sensor: 'pir', zone: 'x', occupied: true }, { occurredAt: T0 + at, ...more });

describe('event time', () => {
  it('waits as long as the channel’s lateness, and for calls not at all', () => {
    expect(releaseAtOf(presence(0))).toBe(T0 + 10_000);
    expect(releaseAtOf(anEvent('vitals', { heartRateBpm: 60 }))).toBe(T0 + 1_000);
    expect(releaseAtOf(anEvent('sos', { action: 'press' }))).toBe(T0);
    expect(releaseAtOf(anEvent('fall', { source: 'camera', state: 'suspected' }))).toBe(T0);
  });

  it('timers wait for the stragglers of the channels that are looked at', () => {
    expect(latenessOf(['sos', 'vitals'])).toBe(1_000);
    expect(latenessOf(['sos'])).toBe(0);
    expect(latenessOf(undefined)).toBe(10_000);
  });

  it('late is what comes after its lateness, to the millisecond', () => {
    expect(isLate(presence(0), T0 + 10_000)).toBe(false);
    expect(isLate(presence(0), T0 + 10_001)).toBe(true);
    expect(isLate(anEvent('sos', { action: 'press' }), T0 + 9_000)).toBe(false);
  });

  it('I3: holds events in one order, whatever order they come in', () => {
    const events = fc
      .array(fc.record({ at: fc.nat(20), device: fc.nat(2), id: fc.uuid() }), { minLength: 2, maxLength: 12 })
      .map((list) =>
        list.map(({ at, device, id }) => presence(at, { deviceId: `d${device}`, messageId: id })),
      );
    const shuffled = events.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const held = (list: typeof one) =>
          list
            .reduce((so, event) => so.with(event), HeldEvents.none)
            .toArray()
            .map(({ event }) => event.messageId);
        expect(held(one)).toEqual(held(other));
      }),
    );
  });

  it('what is held is a value: it stays as it is, whatever is added to it, let go of it, or added instead', () => {
    const ids = (held: HeldEvents) => held.toArray().map(({ event }) => event.messageId);
    const eventOf = (at: number, quick: boolean, messageId: string) =>
      quick
        ? anEvent('vitals', { heartRateBpm: 60 }, { occurredAt: T0 + at, messageId })
        : presence(at, { messageId });
    const step = fc.record({ from: fc.nat(50), letGo: fc.nat(2), at: fc.nat(20_000), quick: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const made = [{ held: HeldEvents.none, ids: [] as string[] }];
        steps.forEach(({ from, letGo, at, quick }, n) => {
          // Mostly what was made last, as a home does; now and then what was there before.
          const one = made.at(-1 - (from % 3 === 0 ? from : 0)) ?? { held: HeldEvents.none, ids: [] };
          let rest = one.held;
          for (let i = 0; i < letGo; i++) rest = rest.withoutFirst();
          expect(rest.first?.event.messageId).toBe(one.ids[letGo]);
          const event = eventOf(at, quick, String(n));
          const held = rest.with(event);
          expect(ids(held).filter((id) => id !== event.messageId)).toEqual(one.ids.slice(letGo));
          expect(ids(held)).toContain(event.messageId);
          const times = held.toArray().map(({ releaseAt }) => releaseAt);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          made.push({ held, ids: ids(held) });
        });
        for (const one of made) {
          expect(ids(one.held)).toEqual(one.ids);
          expect(one.held).toHaveLength(one.ids.length);
          expect(ids(HeldEvents.of(one.held.toArray()))).toEqual(one.ids);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('the watermark is held back by a device that delivers what it stored, until it falls silent', () => {
    const now = T0;
    expect(watermarkAt([], now)).toBe(now - 10_000);
    expect(watermarkAt([now - 5, 300], now)).toBe(now - 10_000);
    expect(watermarkAt([now - 5, 3_600_000, now - 9, 20_000], now)).toBe(now - 3_600_000);
    expect(watermarkAt([now - IDLE_AFTER_MS, 3_600_000], now)).toBe(now - 10_000);
    expect(watermarkAt([now - IDLE_AFTER_MS + 1, 3_600_000], now)).toBe(now - 3_600_000);
  });
});
