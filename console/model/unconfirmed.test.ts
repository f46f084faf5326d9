import { describe, expect, it } from 'vitest';
import { iso, T0 } from './example-alert.ts';
import { EMPTY, evolve } from './live-state.ts';
import type { LiveEvent, LiveState } from './live-state.ts';
import { SILENT, sirenOf } from './siren.ts';
import { unnoted } from './unconfirmed.ts';

const press = (homeId: string) => ({ homeId, deviceId: 'b', street: '莲花', receivedAt: iso(T0) });
const told = (...homes: string[]): LiveEvent => ({
  type: 'stream',
  messages: [{ id: '7', event: 'unconfirmed', data: { items: homes.map(press), more: 0 } }],
  atMs: T0,
});
const run = (...events: LiveEvent[]): LiveState => events.reduce(evolve, EMPTY);
const ringing = ({ unconfirmed }: LiveState): number =>
  sirenOf([], SILENT, T0, unnoted(unconfirmed).length).waiting;

describe('calls that could not be stored yet', () => {
  it('are shown and ring, until it is said that they are known', () => {
    const state = run(told('h1', 'h2'));
    expect(state.unconfirmed.items.map((p) => p.homeId)).toEqual(['h1', 'h2']);
    expect(ringing(state)).toBe(2);
    const known = evolve(state, { type: 'unconfirmed_noted' });
    expect(known.unconfirmed.items).toHaveLength(2);
    expect(ringing(known)).toBe(0);
  });

  it('are said to be perhaps not all, while the service hears nothing of its other processes', () => {
    const deaf = run({
      type: 'stream',
      messages: [{ id: '7', event: 'unconfirmed', data: { items: [], more: 0, unheard: true } }],
      atMs: T0,
    });
    expect(deaf.unconfirmed.unheard).toBe(true);
    expect(evolve(deaf, told()).unconfirmed.unheard).toBeUndefined();
  });

  it('ring again for another one, and for one that comes back', () => {
    const known = run(told('h1'), { type: 'unconfirmed_noted' });
    expect(ringing(evolve(known, told('h1', 'h2')))).toBe(1);
    expect(ringing([told(), told('h1')].reduce(evolve, known))).toBe(1);
  });

  it('are gone when none waits, when the line begins anew, and for whoever logs in next', () => {
    const state = run(told('h1'));
    expect(evolve(state, told()).unconfirmed.items).toEqual([]);
    expect(evolve(state, { type: 'logged_out' }).unconfirmed.items).toEqual([]);
    const lost = evolve(state, { type: 'lost', atMs: T0 });
    expect(lost.unconfirmed.items).toHaveLength(1);
    const back = evolve(lost, { type: 'back', atMs: T0 + 1, reloaded: false });
    expect(back.unconfirmed.items).toEqual([]);
  });

  it('nonsense is none', () => {
    const odd: LiveEvent = {
      type: 'stream',
      messages: [{ id: null, event: 'unconfirmed', data: { items: [{ homeId: 1 }, null] } }],
      atMs: T0,
    };
    expect(run(odd).unconfirmed.items).toEqual([]);
  });
});
