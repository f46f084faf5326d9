import { expect, it } from 'vitest';
import { deviceWork } from './device-work.ts';
import { alertOf, orderOf } from './example-alert.ts';

it('a device’s open work is its technical alarms, and the orders under way for them', () => {
  const low = alertOf({ id: 'low', kind: 'low_battery', priority: 4, deviceIds: ['d-1'] });
  const mended = alertOf({ id: 'mended', kind: 'device_offline', state: 'resolved', deviceIds: ['d-1'] });
  const alerts = [
    low,
    mended,
    // Not about the device, though it was pressed.
    alertOf({ id: 'press', kind: 'sos', deviceIds: ['d-1'] }),
    alertOf({ id: 'other', kind: 'low_battery', deviceIds: ['d-2'] }),
  ];
  const orders = [
    orderOf({ id: 'or-low', alertId: 'low', service: 'repair', state: 'accepted' }),
    orderOf({ id: 'or-mended', alertId: 'mended', service: 'repair', state: 'offered' }),
    orderOf({ id: 'or-done', alertId: 'low', service: 'repair', state: 'completed' }),
    orderOf({ id: 'or-other', alertId: 'other', service: 'repair' }),
    orderOf({ id: 'or-meal', alertId: null, service: 'meal' }),
  ];
  const found = deviceWork('d-1', alerts, orders);
  expect(found.alerts.map((a) => a.id)).toEqual(['low']);
  expect(found.orders.map((o) => o.id)).toEqual(['or-low', 'or-mended']);
});
