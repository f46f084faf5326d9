import { describe, expect, it } from 'vitest';
import { ALERT_KINDS } from '../schemas/alert.ts';
import { BUDGET_MS, budgetClassOf, hopsOf } from './budgets.ts';

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

describe('budgets', () => {
  it('each kind of alarm has its class, a request for a service none', () => {
    const classes = ALERT_KINDS.map(
      (kind) => `${kind} ${budgetClassOf({ kind, priority: 2, state: 'open' })}`,
    );
    expect(classes.sort()).toEqual([
      'device_fault D',
      'device_offline D',
      'fall A1',
      'inactivity C2',
      'low_battery D',
      'outage D',
      'overstay C2',
      'service_request undefined',
      'sos A1',
      'vitals B2',
      'wandering C1',
    ]);
    expect(budgetClassOf({ kind: 'fall', priority: 2, state: 'pending' })).toBe('A2');
    expect(budgetClassOf({ kind: 'vitals', priority: 1, state: 'open' })).toBe('B1');
    expect(BUDGET_MS.A1).toBe(250);
  });

  it('hops follow the stamps of the alert; what is not stamped is not guessed', () => {
    expect(
      hopsOf({ occurredAt: at(0), receivedAt: at(40), committedAt: at(45), publishedAt: at(52) }),
    ).toEqual({ device: 40, commit: 5, stream: 7, whole: 12 });
    expect(
      hopsOf({ occurredAt: at(90), receivedAt: at(40), committedAt: null, publishedAt: at(52) }),
    ).toEqual({ device: 0, whole: 12 });
  });
});
