import { describe, expect, it } from 'vitest';
import { checkConservation, type PressEvidence, type Published, type Stored } from './conservation.ts';

const message = (messageId: string, over: Partial<Published> = {}): Published => ({
  messageId,
  homeId: 'h1',
  deviceId: 'd1',
  channel: over.press ? 'sos' : 'presence',
  press: false,
  expect: 'reading',
  copies: 1,
  publishedAt: 0,
  acknowledgedAt: 5,
  ...over,
});
const row = (messageId: string, deviceId = 'd1'): Stored => ({ messageId, deviceId });
const seen = (messageId: string, alertId: string): PressEvidence => ({ messageId, alertId, deviceId: 'd1' });

const published = [message('a'), message('b', { copies: 3 }), message('p', { press: true })];
const stored = [row('a'), row('b'), row('p')];
const evidence = [seen('p', 'alert-1')];

describe('conservation law', () => {
  it('holds when everything acknowledged is there once and every press in one alert', () => {
    expect(checkConservation(published, stored, evidence, 0)).toMatchObject({
      published: 3,
      repeats: 2,
      acknowledged: 3,
      stored: 3,
      presses: 1,
      pressesSeen: 1,
      lost: 0,
      duplicated: 0,
      offences: [],
    });
  });

  it('finds an acknowledged message that is not stored', () => {
    const result = checkConservation(published, stored.slice(1), evidence, 0);
    expect(result).toMatchObject({ lost: 1, duplicated: 0 });
    expect(result.offences).toMatchObject([{ what: 'acknowledged_not_stored', messageId: 'a' }]);
  });

  it('finds a message stored twice, but not one id of two devices', () => {
    expect(checkConservation(published, [...stored, row('b')], evidence, 0)).toMatchObject({
      lost: 0,
      duplicated: 1,
    });
    expect(checkConservation(published, [...stored, row('b', 'd2')], evidence, 0).duplicated).toBe(0);
  });

  it('finds a press that no alert shows, and counts a press lost altogether once', () => {
    expect(checkConservation(published, stored, [], 0).offences).toMatchObject([
      { what: 'press_without_alert' },
    ]);
    expect(checkConservation(published, stored.slice(0, 2), [], 0)).toMatchObject({ lost: 1 });
  });

  it('finds a press in two alerts, and twice in one', () => {
    expect(
      checkConservation(published, stored, [...evidence, seen('p', 'alert-2')], 0).offences,
    ).toMatchObject([{ what: 'press_in_several_alerts' }]);
    expect(checkConservation(published, stored, [...evidence, ...evidence], 0).offences).toMatchObject([
      { what: 'press_twice' },
    ]);
  });

  it('does not call lost what was never acknowledged', () => {
    const waiting = [
      message('x', { acknowledgedAt: null }),
      message('y', { press: true, acknowledgedAt: null }),
    ];
    expect(checkConservation(waiting, [], [], 0)).toMatchObject({
      unacknowledged: 2,
      lost: 0,
      duplicated: 0,
    });
  });

  it('counts a refused message as lost when its dead letter is missing', () => {
    const refused = [message('bad', { expect: 'dead_letter' })];
    expect(checkConservation(refused, [], [], 1)).toMatchObject({ deadLetters: 1, lost: 0 });
    expect(checkConservation(refused, [], [], 0)).toMatchObject({ deadLetters: 0, lost: 1 });
  });
});
