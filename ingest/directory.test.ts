import { describe, expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.ts';
import { silentLog } from '../platform/log.ts';
import { Directory, NEGATIVE_MS } from './directory.ts';
import type { RegistryHome } from './store/registry-rows.ts';

const away = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

function setUp() {
  const clock = new ManualClock();
  const registry = new Map<string, RegistryHome>();
  const asked: string[][] = [];
  let up = true;
  const directory = new Directory(
    {
      homes(ids) {
        asked.push([...ids]);
        if (!up) return Promise.reject(away());
        return Promise.resolve(ids.flatMap((id) => registry.get(id) ?? []));
      },
      homesOf: () => Promise.resolve(['h1']),
    },
    clock,
    silentLog(),
  );
  const add = (homeId: string, ...devices: string[]) =>
    registry.set(homeId, {
      homeId,
      homeNo: registry.size + 1,
      street: '莲花',
      version: 1,
      residents: [],
      devices: devices.map((deviceId, i) => ({
        deviceId,
        deviceNo: i + 1,
        kind: 'pir',
        zone: null,
        externalId: `x-${deviceId}`,
      })),
    });
  return { clock, directory, registry, add, asked, setUp: (value: boolean) => (up = value) };
}

describe('directory', () => {
  it('loads homes asked for together in one statement, and keeps them', async () => {
    const { directory, add, asked } = setUp();
    add('h1', 'd1');
    add('h2', 'd2');
    expect(directory.peek('h1')).toBe(undefined);
    const [h1, h2, again] = await Promise.all([
      directory.load('h1'),
      directory.load('h2'),
      directory.load('h1'),
    ]);
    expect(asked).toEqual([['h1', 'h2']]);
    expect(h1).toBe(again);
    expect(h2?.device('d2')).toMatchObject({ deviceNo: 1, kind: 'pir' });
    expect(h1?.external('x-d1')).toBe(h1?.device('d1'));
    expect(h1?.device('__proto__')).toBe(undefined);
    expect(directory.peek('h1')).toBe(h1);
  });

  it('reads the homes of a street anew when its settings change, and no others', async () => {
    const { directory, add, registry } = setUp();
    add('h1');
    add('h2');
    const moved = registry.get('h2');
    if (moved) registry.set('h2', { ...moved, street: '福田' });
    await Promise.all([directory.load('h1'), directory.load('h2')]);
    directory.changed('street:福田');
    expect([directory.peek('h1')?.homeId, directory.peek('h2')]).toEqual(['h1', undefined]);
    expect(await directory.load('h2')).toMatchObject({ homeId: 'h2' });
    expect(directory.peek('h2')).toMatchObject({ homeId: 'h2' });
  });

  it('believes for a short while only that a home is not there', async () => {
    const { clock, directory, add } = setUp();
    expect(await directory.load('h1')).toBe(null);
    expect(directory.peek('h1')).toBe(null);
    add('h1');
    clock.advance(NEGATIVE_MS);
    expect(directory.peek('h1')).toBe(undefined);
    expect(await directory.load('h1')).toMatchObject({ homeId: 'h1' });
  });

  it('reads a home anew after a change of it, of its device, or of anything that may have been missed', async () => {
    const { directory, add } = setUp();
    add('h1', 'd1');
    for (const change of [
      () => directory.changed('home:h1'),
      () => directory.changed('device:d9'),
      () => directory.changedEverything(),
    ]) {
      await directory.load('h1');
      expect(directory.peek('h1')).not.toBe(undefined);
      change();
      await Promise.resolve();
      await Promise.resolve();
      expect(directory.peek('h1')).toBe(undefined);
    }
    await directory.load('h1');
    directory.changed('bridge:b1');
    expect(directory.peek('h1')).not.toBe(undefined);
  });

  it('goes on with what it knows while the database is away, and waits for what it does not', async () => {
    const { clock, directory, add, setUp: setDatabase } = setUp();
    add('h1', 'd1');
    add('h2', 'd2');
    await directory.load('h1');
    setDatabase(false);
    directory.changed('home:h1');
    const [known, unknown] = [directory.load('h1'), directory.load('h2')];
    expect(await known).toMatchObject({ homeId: 'h1' });
    let came = false;
    void unknown.then(() => (came = true));
    await clock.advanceAsync(1_000);
    expect(came).toBe(false);
    setDatabase(true);
    await clock.advanceAsync(1_000);
    expect(await unknown).toMatchObject({ homeId: 'h2' });
  });
});
