import { expect, it } from 'vitest';
import { growthMb } from './service-watch.ts';

const samples = (...mb: number[]) => mb.map((one, atS) => ({ atS, mb: one }));

it('memory that goes up and down is flat; what grows without end is not', () => {
  expect(growthMb(samples(500, 520, 480, 510, 490, 530, 505, 495, 515))).toBeLessThan(20);
  expect(growthMb(samples(500, 510, 520, 600, 650, 700, 800, 850, 900))).toBeGreaterThan(300);
});
