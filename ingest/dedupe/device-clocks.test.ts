import { describe, expect, it } from 'vitest';
import { AHEAD_TOLERANCE_MS } from '../decode/clock.ts';
import { DeviceClocks } from './device-clocks.ts';

const former = { ours: () => true };

describe("devices' clocks", () => {
  it('a copy may have come before its time by the most that this device was ahead, not by the tolerance', () => {
    const clocks = new DeviceClocks();
    clocks.fast(7, 3);
    clocks.fast(7, 40);
    clocks.fast(7, -500);
    clocks.fast(8, 0);
    expect([7, 8, 9].map((no) => clocks.leadMs(no, 1_000, 1_000))).toEqual([40, 0, 0]);
  });

  it('what somebody else took may have been ahead by the whole tolerance, of what can have come by then', () => {
    const clocks = new DeviceClocks();
    clocks.fast(7, 3);
    clocks.foreignUntil(10_000, former);
    const last = 10_000 + AHEAD_TOLERANCE_MS;
    const ofEach = (statedAt: number, receivedAt: number) =>
      [7, 8].map((no) => clocks.leadMs(no, statedAt, receivedAt));
    // Which devices is not known yet
    expect(ofEach(last, last)).toEqual([AHEAD_TOLERANCE_MS, AHEAD_TOLERANCE_MS]);
    clocks.perhapsFast(8);
    clocks.foreignTold(10_000 - 70_000, true, former);
    expect(ofEach(last, last)).toEqual([3, AHEAD_TOLERANCE_MS]);
    expect(ofEach(last, last - 1)).toEqual([3, AHEAD_TOLERANCE_MS]);
    expect(ofEach(last + 1, last)).toEqual([3, 0]);
    // An earlier copy may have come before what was looked at
    expect([-1, 0].map((at) => clocks.leadMs(9, at, 10_000))).toEqual([AHEAD_TOLERANCE_MS, 0]);
  });

  it('where only a part of it could be looked at, whose clock is ahead now may have been ahead then', () => {
    const clocks = new DeviceClocks();
    clocks.foreignUntil(10_000, former);
    clocks.foreignTold(10_000 - 70_000, false, former);
    expect([clocks.leadMs(7, 10_001, 10_000), clocks.leadMs(7, 10_000, 10_000)]).toEqual([
      AHEAD_TOLERANCE_MS,
      0,
    ]);
    expect(clocks.leadMs(7, 10_001 + AHEAD_TOLERANCE_MS, 10_000)).toBe(0);
  });

  it('who begins to look twice has looked when told once, and what went on to the next is not waited for', () => {
    const clocks = new DeviceClocks();
    const homes = { ours: () => isOurs };
    let isOurs = true;
    const isForeign = () => clocks.leadMs(7, 10_000, 10_000) > 0;
    clocks.foreignUntil(10_000, former);
    clocks.foreignUntil(10_000, former);
    clocks.foreignUntil(10_000, homes);
    clocks.foreignTold(10_000 - 70_000, true, former);
    expect(isForeign()).toBe(true);
    isOurs = false;
    clocks.foreignUntil(10_000, former);
    expect(isForeign()).toBe(true);
    clocks.foreignTold(10_000 - 70_000, true, former);
    expect(isForeign()).toBe(false);
  });
});
