import { describe, expect, it } from 'vitest';
import { channelPayloads } from '../../schemas/channels.ts';
import { randomOf } from '../random.ts';
import { populate } from '../world/population.ts';
import { homeLife } from './home-life.ts';
import { happenings, type Happening } from './script.ts';

const world = populate(1, 40, '2026-01-12');
const first = (count: number, seed: number, homes = world): Happening[] => {
  const script = happenings(homes, randomOf(seed), { openingMs: 30_000, meanGapMs: 10_000 });
  return Array.from({ length: count }, () => script.next().value);
};

describe('the neighbourhood’s script', () => {
  it('is the same for the same seed', () => {
    expect(first(200, 1)).toEqual(first(200, 1));
    expect(first(200, 1)).not.toEqual(first(200, 2));
  });

  it('shows a press within the first seconds and everything once within the opening act', () => {
    const opening = first(12, 1);
    expect(opening[0]).toMatchObject({ what: 'press', presses: 1 });
    expect(opening[0]?.atMs).toBeLessThan(3_000);
    expect(new Set(opening.map((h) => h.what))).toEqual(
      new Set(['press', 'fall', 'vitals', 'service', 'battery', 'offline', 'late', 'broken']),
    );
    expect(new Set(opening.flatMap((h) => (h.what === 'fall' ? [h.answer] : [])))).toEqual(
      new Set(['ok', 'silent', 'help']),
    );
  });

  it('goes on in order of time, in homes that have the device it takes', () => {
    const all = first(500, 3);
    expect(all.every((h, i) => i === 0 || h.atMs >= (all[i - 1]?.atMs ?? 0))).toBe(true);
    expect(all.every((h) => h.home.devices.some((device) => device.id === h.deviceId))).toBe(true);
    expect(new Set(all.slice(0, 30).map((h) => h.home.home.id)).size).toBeGreaterThan(20);
  });

  it('leaves out what no home can suffer', () => {
    const oneHome = { ...world, homes: world.homes.slice(0, 1) };
    expect(first(20, 1, oneHome).every((h) => h.home === oneHome.homes[0])).toBe(true);
  });
});

describe('ordinary life', () => {
  it('tells what the schemas take, of the home’s own devices', () => {
    for (const home of world.homes.slice(0, 20)) {
      const life = homeLife(randomOf(home.home.id), home);
      for (let i = 0; i < 50; i++)
        for (const told of life.next().value) {
          expect(home.devices.some((device) => device.id === told.deviceId)).toBe(true);
          expect(channelPayloads[told.channel].safeParse(told.body).error).toBeUndefined();
        }
    }
  });

  it('leaves a room before it enters another', () => {
    const home = world.homes.find((h) => h.devices.filter((d) => d.kind === 'pir').length >= 2);
    if (home === undefined) throw new Error('no such home');
    const life = homeLife(randomOf(1), { ...home, devices: home.devices.filter((d) => d.kind === 'pir') });
    const there = new Set<unknown>();
    for (let i = 0; i < 60; i++) {
      for (const { body } of life.next().value)
        if (body['occupied'] === true) there.add(body['zone']);
        else there.delete(body['zone']);
      expect(there.size).toBe(1);
    }
  });
});
