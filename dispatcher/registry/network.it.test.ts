import { describe, expect, it } from 'vitest';
import { gcj02ToBd09, wgs84ToGcj02 } from '../../schemas/datum.ts';
import { STREETS } from '../../schemas/streets.ts';
import { type Harness, startHarness } from '../http/testing/harness.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
anewOnRetry(
  async () => {
    h = await startHarness();
    await h.admin('POST', '/homes', { id: 'h1', street: '莲花' });
    await h.admin('POST', '/caregivers', { id: 'c1', name: '李', role: 'nurse' });
    await h.admin('POST', '/caregivers', { id: 'c2', name: '周', role: 'care_worker' });
  },
  () => h.close(),
);

const fields = (answer: { body: { problems?: { field: string }[] } }) =>
  (answer.body.problems ?? []).map((problem) => problem.field);

describe('organisations', () => {
  it('begin with the district and its ten streets', async () => {
    const { items } = (await h.admin('GET', '/organisations?level=street')).body;
    expect(items.map((item: { street: string }) => item.street).sort()).toEqual(
      STREETS.map((street) => street.zh).sort(),
    );
    expect(new Set(items.map((item: { parentId: string }) => item.parentId))).toEqual(new Set(['futian']));
  });

  it('stand on four levels, each below the one above it and in its street', async () => {
    const station = { level: 'community', parentId: 'lianhua', name: '景田社区站点', street: 'Lianhua' };
    expect((await h.admin('POST', '/organisations', { id: 'jingtian', ...station })).status).toBe(201);
    const post = {
      level: 'post',
      parentId: 'jingtian',
      name: '景田北驿站',
      street: '莲花',
      lat: 22.55,
      lon: 114.05,
    };
    expect((await h.admin('POST', '/organisations', { id: 'jt-north', ...post })).body).toMatchObject(post);
    for (const [wrong, field] of [
      [{ ...post, parentId: 'lianhua' }, 'parentId'],
      [{ ...post, parentId: 'nowhere' }, 'parentId'],
      [{ ...post, street: '福保' }, 'street'],
      [{ ...station, street: undefined }, 'street'],
      [{ level: 'district', parentId: 'futian', name: 'x' }, 'parentId'],
    ] as const)
      expect(fields(await h.admin('POST', '/organisations', wrong))).toEqual([field]);
    expect((await h.admin('PATCH', '/organisations/jt-north', { level: 'community' })).status).toBe(400);
  });

  it('do not retire while something belongs to them', async () => {
    const made = (id: string, level: string, parentId: string) =>
      h.admin('POST', '/organisations', { id, level, parentId, name: id, street: '莲花' });
    expect((await made('station', 'community', 'lianhua')).status).toBe(201);
    expect((await made('post', 'post', 'station')).status).toBe(201);
    expect((await h.admin('DELETE', '/organisations/station')).status).toBe(409);
    await h.admin('PATCH', '/caregivers/c1', { postId: 'post' });
    expect((await h.admin('DELETE', '/organisations/post')).status).toBe(409);
    await h.admin('PATCH', '/caregivers/c1', { postId: null });
    expect((await h.admin('DELETE', '/organisations/post')).status).toBe(204);
    expect((await h.admin('DELETE', '/organisations/station')).status).toBe(204);
  });

  it('are made by a chief of their street only', async () => {
    const { call } = await h.userOf('supervisor', { streets: ['福保'] });
    const station = { level: 'community', parentId: 'lianhua', name: 'x', street: '莲花' };
    expect((await call('POST', '/organisations', station)).status).toBe(403);
    expect((await call('GET', '/organisations/lianhua')).status).toBe(404);
    expect((await call('GET', '/organisations/fubao')).status).toBe(200);
  });
});

describe('places', () => {
  const here = { lat: 22.5571, lon: 114.0592 };
  it('told in GCJ-02 or BD-09 are kept as WGS-84, of homes, caregivers and fences', async () => {
    const gcj = wgs84ToGcj02(here);
    for (const [datum, told] of [
      ['gcj02', gcj],
      ['bd09', gcj02ToBd09(gcj)],
      ['wgs84', here],
    ] as const) {
      const home = await h.admin('POST', '/homes', { street: '莲花', ...told, datum });
      expect(home.status).toBe(201);
      expect(home.body).not.toHaveProperty('datum');
      expect(home.body.lat).toBeCloseTo(here.lat, 5);
      expect(home.body.lon).toBeCloseTo(here.lon, 5);
      const moved = await h.admin('PATCH', '/caregivers/c1', { ...told, datum });
      expect(moved.body.lon).toBeCloseTo(here.lon, 5);
      const fence = { ...told, datum, radiusM: 300 };
      const r = await h.admin('POST', '/residents', { homeId: 'h1', name: '王', settings: { fence } });
      expect(r.body.settings.fence.lat).toBeCloseTo(here.lat, 5);
      expect(r.body.settings.fence).not.toHaveProperty('datum');
    }
  });

  it('are not converted twice: a datum comes with coordinates or is refused', async () => {
    await h.admin('PATCH', '/homes/h1', { ...wgs84ToGcj02(here), datum: 'gcj02' });
    const kept = (await h.admin('PATCH', '/homes/h1', { community: '景田' })).body;
    expect(kept.lat).toBeCloseTo(here.lat, 5);
    expect(fields(await h.admin('PATCH', '/homes/h1', { datum: 'gcj02' }))).toEqual(['datum']);
    expect(fields(await h.admin('POST', '/homes', { street: '莲花', datum: 'bd09' }))).toEqual(['datum']);
  });

  it('of a caregiver say how old they are', async () => {
    await h.admin('PATCH', '/caregivers/c2', here);
    h.clock.set(h.clock.now() + 90_000);
    expect((await h.admin('GET', '/caregivers/c2')).body).toMatchObject({ placeAgeS: 90 });
    const vehicle = await h.admin('PATCH', '/caregivers/c2', { vehicle: 'e_bike', gender: 'female' });
    expect(vehicle.body).toMatchObject({ vehicle: 'e_bike', gender: 'female', placeAgeS: 90 });
  });
});

describe('residents', () => {
  it('have ability assessments with their dates, the latest of which gives the care level', async () => {
    const assessments = [
      { date: '2025-11-02', level: 2, score: 71, by: '评估机构甲' },
      { date: '2023-05-09', level: 1 },
    ];
    const made = await h.admin('POST', '/residents', { id: 'ra', homeId: 'h1', name: '陈', assessments });
    expect(made.body).toMatchObject({
      careLevel: 2,
      assessments: [{ date: '2023-05-09' }, { date: '2025-11-02' }],
    });
    const said = await h.admin('PATCH', '/residents/ra', { careLevel: 3 });
    expect(said.body).toMatchObject({ careLevel: 3, assessments: made.body.assessments });
    const renamed = await h.admin('PATCH', '/residents/ra', { name: '陈芳' });
    expect(renamed.body.careLevel).toBe(3);
    const { rows } = await h.pool.query(`select * from residents where id = 'ra'`);
    expect(JSON.stringify(rows)).not.toContain('评估机构甲');
    const future = [{ date: '2999-01-01', level: 1 }];
    expect(fields(await h.admin('PATCH', '/residents/ra', { assessments: future }))).toEqual([
      'assessments.0.date',
    ]);
  });

  it('have wishes that deciding can read, and words that are sealed', async () => {
    const wishes = { gender: 'female', preferred: ['c1'], avoided: ['c2'], note: '不喜欢陌生人' };
    await h.admin('POST', '/residents', { id: 'rw', homeId: 'h1', name: '黄', wishes });
    expect((await h.admin('GET', '/residents/rw')).body.wishes).toEqual(wishes);
    const { rows } = await h.pool.query(`select wishes from residents where id = 'rw'`);
    expect(rows[0]).toEqual({ wishes: { gender: 'female', preferred: ['c1'], avoided: ['c2'] } });
    expect(fields(await h.admin('PATCH', '/residents/rw', { wishes: { avoided: ['nobody'] } }))).toEqual([
      'wishes.avoided',
    ]);
    expect((await h.admin('PATCH', '/residents/rw', { wishes: null })).body.wishes).toBeNull();
  });

  it('with a bed at home show what its bundle lacks, by the rule in force', async () => {
    await h.admin('POST', '/homes', { id: 'bed', street: '福保', keyHolders: ['c1'] });
    await h.admin('POST', '/residents', {
      id: 'rb',
      homeId: 'bed',
      name: '梁',
      familyBed: { since: '2025-01-01' },
    });
    const missing = async () => (await h.admin('GET', '/residents/rb')).body.familyBedMissing;
    expect(await missing()).toEqual(['call', 'presence', 'bed', 'voice']);
    await h.admin('POST', '/devices', { homeId: 'bed', kind: 'sos_button' });
    await h.admin('POST', '/devices', { homeId: 'bed', kind: 'mmwave' });
    expect(await missing()).toEqual(['voice']);
    const bundle = [{ name: 'door', anyOf: ['door'] }];
    const set = await h.admin('POST', '/rules', { name: 'familyBed', from: '2020-01-01', body: { bundle } });
    expect(set.status).toBe(201);
    expect(await missing()).toEqual(['door']);
    await h.admin('POST', '/rules', { name: 'familyBed', from: '2990-01-01', body: { bundle: [] } });
    expect(await missing()).toEqual(['door']);
    expect((await h.admin('GET', '/residents?familyBed=true')).body.items).toHaveLength(1);
    await h.admin('POST', '/residents', { id: 'rn', homeId: 'h1', name: '黄' });
    expect((await h.admin('GET', '/residents/rn')).body.familyBedMissing).toBeNull();
  });

  it('live in homes whose key-holders are caregivers', async () => {
    await h.admin('POST', '/homes', { id: 'keys', street: '福保', keyHolders: ['c1'] });
    expect((await h.admin('GET', '/homes/keys')).body.keyHolders).toEqual(['c1']);
    expect(fields(await h.admin('PATCH', '/homes/keys', { keyHolders: ['ghost'] }))).toEqual(['keyHolders']);
  });
});

describe('shifts', () => {
  it('repeat with exceptions, from and to a date, and leave takes away', async () => {
    const weekly = {
      days: [1, 2],
      start: '22:00',
      end: '06:00',
      except: ['2026-02-16'],
      since: '2026-01-01',
    };
    const made = await h.admin('POST', '/shifts', { caregiverId: 'c1', weekly });
    expect(made.body).toMatchObject({ weekly, off: false });
    const leave = { caregiverId: 'c1', from: '2026-02-01T00:00:00Z', to: '2026-02-03T00:00:00Z', off: true };
    expect((await h.admin('POST', '/shifts', leave)).body).toMatchObject({ off: true });
    expect((await h.admin('GET', '/shifts?off=true')).body.items).toHaveLength(1);
    expect(fields(await h.admin('POST', '/shifts', { caregiverId: 'c1', weekly, off: true }))).toEqual([
      'off',
    ]);
    const backwards = { ...weekly, until: '2025-12-31' };
    expect(fields(await h.admin('POST', '/shifts', { caregiverId: 'c1', weekly: backwards }))).toEqual([
      'weekly.until',
    ]);
  });
});

describe('rules', () => {
  it('are data with a date, checked by name, set by chiefs of the whole district', async () => {
    const rest = { maxMinutesPerDay: 480, minRestMinutes: 600, breakAfterMinutes: 240, breakMinutes: 30 };
    await h.admin('POST', '/rules', { name: 'rest', from: '2026-03-01', body: rest });
    const { items } = (await h.admin('GET', '/rules?name=rest')).body;
    expect(items).toMatchObject([
      { from: '2026-03-01', body: rest, setBy: 'admin' },
      { from: null, body: { maxMinutesPerDay: 600 } },
    ]);
    const bad = await h.admin('POST', '/rules', {
      name: 'rest',
      from: '2026-03-01',
      body: { ...rest, breakMinutes: -1 },
    });
    expect(bad.status).toBe(400);
    expect(fields(bad).join()).toContain('breakMinutes');
    const { call } = await h.userOf('supervisor', { streets: ['福保'] });
    expect((await call('POST', '/rules', { name: 'rest', from: '2026-03-01', body: rest })).status).toBe(403);
  });
});
