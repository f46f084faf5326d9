import { describe, expect, it } from 'vitest';
import { FAILING_AFTER_MS, PRESS_EVERY_MS, Sightings } from './sightings.ts';

describe('the canary of a street', () => {
  it('is well while its presses are seen', () => {
    const sightings = new Sightings(['莲花'], 0);
    for (let at = 0; at < 100_000; at += PRESS_EVERY_MS) {
      sightings.pressed('莲花', at);
      expect(sightings.seen('莲花', [at], at + 7)).toEqual([7]);
      expect(sightings.look(at + 9_999)).toMatchObject({ all: [{ failing: false }], changed: [] });
    }
  });

  it('fails within 30 s of the first press that nobody sees, says so once, and once when it is back', () => {
    const sightings = new Sightings(['莲花', '福田'], 0);
    for (const street of ['莲花', '福田']) {
      sightings.pressed(street, 0);
      sightings.seen(street, [0], 5);
    }
    const told: string[] = [];
    for (let now = 1_000; now <= 60_000; now += 1_000) {
      if (now % PRESS_EVERY_MS === 0) {
        for (const street of ['莲花', '福田']) sightings.pressed(street, now);
        sightings.seen('福田', [now], now + 3);
        if (now === 50_000) sightings.seen('莲花', [now], now + 3);
      }
      for (const { street, failing } of sightings.look(now + 500).changed)
        told.push(`${street} ${failing} ${now}`);
    }
    expect(told).toEqual(['莲花 true 25000', '莲花 false 50000']);
    expect(FAILING_AFTER_MS + 1_000).toBeLessThan(30_000);
  });

  it('fails from the start if nothing is ever seen', () => {
    expect(new Sightings(['莲花'], 0).look(FAILING_AFTER_MS).all).toMatchObject([{ failing: true }]);
  });

  it('counts each press once, whatever else its alert holds', () => {
    const sightings = new Sightings(['莲花'], 0);
    sightings.pressed('莲花', 10);
    sightings.pressed('莲花', 20);
    expect(sightings.seen('莲花', [5, 10], 30)).toEqual([20]);
    expect(sightings.seen('莲花', [10, 20], 40)).toEqual([20]);
    expect(sightings.seen('没有', [10], 40)).toEqual([]);
  });

  it('a press that comes out half a minute late does not make it well', () => {
    const sightings = new Sightings(['莲花'], 0);
    sightings.pressed('莲花', 0);
    expect(sightings.seen('莲花', [0], 40_000)).toEqual([40_000]);
    expect(sightings.look(40_000).all).toMatchObject([{ failing: true }]);
  });
});
