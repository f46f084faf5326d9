import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, profileAt, profileOf, type ResidentRow } from './home-profile.ts';

const NOW = 1_000_000;
const resident = (more: Partial<ResidentRow> = {}): ResidentRow => ({
  spo2Scale: 1,
  mode: 'home',
  modeUntil: null,
  settings: {},
  version: 1,
  retired: false,
  ...more,
});
const of = (...residents: ResidentRow[]) =>
  profileOf(
    { homeId: 'h', street: '莲花', version: 3 },
    residents,
    [{ deviceId: 's', kind: 'smart_screen', zone: null }],
    NOW,
  );

describe('what detectors know of a home', () => {
  it('has the starting values where nobody set any', () => {
    expect(of()).toMatchObject({
      settings: DEFAULT_SETTINGS,
      mode: 'home',
      spo2Scale: 1,
      canAsk: true,
      residents: 0,
    });
  });

  it('takes the most careful value of several residents', () => {
    const { settings } = of(
      resident({
        settings: {
          bathroomDayMin: 90,
          wakingHours: ['06:30', '20:00'],
          fence: { lat: 1, lon: 2, radiusM: 900 },
        },
      }),
      resident({
        settings: {
          bathroomDayMin: 45,
          wakingHours: ['08:00', '23:00'],
          fence: { lat: 1, lon: 2, radiusM: 300 },
        },
      }),
    );
    expect(settings).toMatchObject({
      bathroomDayMin: 45,
      wakingHours: ['06:30', '23:00'],
      fence: { radiusM: 300 },
    });
    // who set none keeps the starting value
    expect(of(resident({ settings: { inactivityMin: 600 } }), resident()).settings.inactivityMin).toBe(240);
  });

  it('resolves settings default → street → home → resident, each where the nearer one says nothing', () => {
    const street = { bathroomDayMin: 50, bathroomNightMin: 20, inactivityMin: 200, bedroomMin: 500 };
    const home = { bathroomNightMin: 25, inactivityMin: 210 };
    const facts = { homeId: 'h', street: '莲花', version: 3, streetSettings: street, settings: home };
    const own = resident({ settings: { inactivityMin: 220 } });
    expect(profileOf(facts, [own], [], NOW).settings).toEqual({
      ...DEFAULT_SETTINGS,
      bathroomDayMin: 50,
      bedroomMin: 500,
      bathroomNightMin: 25,
      inactivityMin: 220,
    });
    // of two residents the one without a wish has the home's, and the more careful counts
    expect(profileOf(facts, [own, resident()], [], NOW).settings.inactivityMin).toBe(210);
    expect(profileOf(facts, [], [], NOW).settings).toMatchObject({ bathroomDayMin: 50, inactivityMin: 210 });
  });

  it('is away only when everybody is, until the first returns', () => {
    const leave = resident({ mode: 'leave', modeUntil: NOW + 500 });
    const hospital = resident({ mode: 'hospital', modeUntil: NOW + 900 });
    expect(of(leave, resident())).toMatchObject({ mode: 'home', modeUntil: null });
    expect(of(leave, hospital)).toMatchObject({ mode: 'leave', modeUntil: NOW + 500 });
    expect(of(leave, resident({ mode: 'hospital' }))).toMatchObject({ mode: 'leave', modeUntil: NOW + 500 });
    expect(of(resident({ mode: 'leave', modeUntil: NOW }))).toMatchObject({ mode: 'home' });
  });

  it('is in test or maintenance if anybody is', () => {
    expect(of(resident({ mode: 'test', modeUntil: NOW + 5 }), resident())).toMatchObject({
      mode: 'test',
      modeUntil: NOW + 5,
    });
    expect(of(resident({ mode: 'maintenance' }), resident({ mode: 'leave' }))).toMatchObject({
      mode: 'maintenance',
      modeUntil: null,
    });
  });

  it('uses the second oxygen scale only if everybody needs it', () => {
    expect(of(resident({ spo2Scale: 2 })).spo2Scale).toBe(2);
    expect(of(resident({ spo2Scale: 2 }), resident()).spo2Scale).toBe(1);
  });

  it('counts the settings’ version up, also when somebody leaves', () => {
    const before = of(resident({ version: 2 }), resident({ version: 4 })).settingsVersion;
    const after = of(resident({ version: 2 }), resident({ version: 5, retired: true }));
    expect(after.settingsVersion).toBeGreaterThan(before);
    const moved = profileOf({ homeId: 'h', street: '福田', version: 4, streetsVersion: 9 }, [], [], NOW);
    expect(moved.settingsVersion).toBe(13);
    expect(after.residents).toBe(1);
  });

  it('a mode that has ended is home again', () => {
    const profile = of(resident({ mode: 'leave', modeUntil: NOW + 500 }));
    expect(profileAt(profile, NOW + 499).mode).toBe('leave');
    expect(profileAt(profile, NOW + 500)).toMatchObject({ mode: 'home', modeUntil: null });
  });
});
