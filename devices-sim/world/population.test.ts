import { describe, expect, it } from 'vitest';
import { caregiverBody, deviceBody, homeBody, residentBody, shiftBody } from '../../schemas/registry.ts';
import { STREETS } from '../../schemas/streets.ts';
import { populate } from './population.ts';

const TODAY = '2026-01-12';
const world = populate(1, 400, TODAY);
const devices = world.homes.flatMap((home) => home.devices);

describe('the invented neighbourhood', () => {
  it('is the same for the same seed and another for another', () => {
    expect(populate(1, 30, TODAY)).toEqual(populate(1, 30, TODAY));
    expect(populate(2, 30, TODAY).homes[0]?.resident.name).toBeDefined();
    expect(populate(2, 30, TODAY).homes.map((h) => h.resident.birthDate)).not.toEqual(
      populate(1, 30, TODAY).homes.map((h) => h.resident.birthDate),
    );
  });

  it('only grows when more homes are asked for', () => {
    expect(populate(1, 60, TODAY).homes.slice(0, 20)).toEqual(populate(1, 20, TODAY).homes);
  });

  it('is made of bodies that the registry takes', () => {
    for (const { home, resident } of world.homes) {
      expect(homeBody.safeParse(home).error).toBeUndefined();
      expect(residentBody.safeParse(resident).error).toBeUndefined();
    }
    for (const device of devices) expect(deviceBody.safeParse(device).error).toBeUndefined();
    for (const { caregiver, shifts } of world.caregivers) {
      expect(caregiverBody.safeParse(caregiver).error).toBeUndefined();
      for (const shift of shifts) expect(shiftBody.safeParse(shift).error).toBeUndefined();
    }
  });

  it('has ids of its own for everything', () => {
    const ids = [...devices.map((d) => d.id), ...world.homes.flatMap((h) => [h.home.id, h.resident.id])];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('looks like the district: ten streets, 60 to 99 years, about 4.5 devices a home, a call button in each', () => {
    expect(new Set(world.homes.map((h) => h.home.street)).size).toBe(STREETS.length);
    const ages = world.homes.map((h) => 2026 - Number(h.resident.birthDate?.slice(0, 4)));
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(60);
    expect(Math.max(...ages)).toBeLessThanOrEqual(99);
    const perHome = devices.filter((d) => d.kind !== 'gateway').length / world.homes.length;
    expect(perHome).toBeGreaterThan(3.8);
    expect(perHome).toBeLessThan(5.2);
    expect(world.homes.every((h) => h.devices.some((d) => d.kind === 'sos_button'))).toBe(true);
    expect(world.homes.some((h) => h.resident.languages?.includes('粤语'))).toBe(true);
    expect(world.homes.some((h) => h.resident.conditions?.includes('独居'))).toBe(true);
  });

  it('has somebody on duty for an emergency at every hour, in every street', () => {
    for (const { zh } of STREETS)
      for (const hour of [3, 9, 15, 21]) {
        const there = world.caregivers.filter(
          ({ caregiver, shifts }) =>
            caregiver.provider?.startsWith(zh) === true &&
            ['care_worker', 'nurse', 'property_staff'].includes(caregiver.role) &&
            shifts.some(({ weekly }) => weekly !== undefined && covers(weekly.start, weekly.end, hour)),
        );
        expect(there.length, `${zh} at ${hour}:00`).toBeGreaterThanOrEqual(2);
      }
  });
});

function covers(start: string, end: string, hour: number): boolean {
  const [from, to] = [Number(start.slice(0, 2)), Number(end.slice(0, 2))];
  return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}
