import type { Candidate, Recommendation } from '../model/api-types.ts';
import { distanceM } from '../model/map-view.ts';
import type { World } from './seed.ts';

/** Who could be sent, by distance alone; some are off shift, busy or too far, so that every reason is seen. */
export function fakeRecommendation(
  at: { lat: number; lon: number },
  caregivers: World['caregivers'],
): Recommendation {
  const candidates: Candidate[] = [];
  const rejected: Recommendation['rejected'] = [];
  for (const [i, c] of caregivers.entries()) {
    const away =
      c.lat != null && c.lon != null ? Math.round(distanceM(at, { lat: c.lat, lon: c.lon }) * 1.35) : null;
    const minutes = away === null ? null : Math.max(1, Math.round(away / 210));
    const person = { caregiverId: c.id, name: c.name, role: c.role };
    if (minutes !== null && minutes > 25) rejected.push({ ...person, reasons: ['too_far'] });
    else if (c.role === 'technician' || c.role === 'doctor') rejected.push({ ...person, reasons: ['role'] });
    else if (i % 5 === 4) rejected.push({ ...person, reasons: ['off_shift'] });
    else if (i % 7 === 3) rejected.push({ ...person, reasons: ['busy_emergency', 'resting'] });
    else
      candidates.push({
        ...person,
        stars: c.stars ?? 3,
        distanceM: away,
        travelMinutes: minutes,
        cost: minutes ?? 60,
        reasons: [
          'on_shift',
          ...(minutes !== null && minutes <= 15 ? ['within_15_min'] : []),
          ...(i % 3 === 0 ? ['skill:助急'] : []),
          `stars:${c.stars ?? 3}`,
        ],
      });
  }
  candidates.sort((a, b) => a.cost - b.cost);
  candidates[0]?.reasons.splice(1, 0, 'nearest');
  return { candidates: candidates.slice(0, 12), rejected, shortfalls: [] };
}
