import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../platform/manual-clock.ts';
import { KeepAlive } from './keep-alive.ts';

function setUp(keepAliveS: number) {
  const clock = new ManualClock();
  const state = { waits: false, silent: 0 };
  const keepAlive = new KeepAlive(keepAliveS, clock, {
    waits: () => state.waits,
    onSilent: () => void (state.silent += 1),
  });
  return { clock, state, keepAlive };
}

describe('keep-alive', () => {
  it('ends a connection that is silent for one and a half keep-alives [MQTT-3.1.2-24], not before', () => {
    const { clock, state } = setUp(60);
    clock.advance(89_999);
    expect(state.silent).toBe(0);
    clock.advance(1);
    expect(state.silent).toBe(1);
  });

  it('begins anew with every sign of life', () => {
    const { clock, state, keepAlive } = setUp(60);
    for (let i = 0; i < 10; i++) {
      clock.advance(80_000);
      keepAlive.heard();
    }
    expect(state.silent).toBe(0);
    clock.advance(90_000 * 1.25);
    expect(state.silent).toBe(1);
  });

  it('does not count while it is we who do not read', () => {
    const { clock, state } = setUp(60);
    state.waits = true;
    clock.advance(3_600_000);
    expect(state.silent).toBe(0);
  });

  it('is not moved by a clock that is set', () => {
    const { clock, state } = setUp(60);
    clock.set(clock.now() + 3_600_000);
    expect(state.silent).toBe(0);
  });
});
