import type { Alert, Order } from './api-types.ts';
import { isTechnical } from './next-step.ts';
import { isActiveOrder, isLive } from './queue-order.ts';

/** What is open about one device: technical alarms that name it, and the orders that are under way for them. Pure. */
export interface DeviceWork {
  alerts: Alert[];
  orders: Order[];
}

export function deviceWork(deviceId: string, alerts: Iterable<Alert>, orders: Iterable<Order>): DeviceWork {
  const named = [...alerts].filter((a) => isTechnical(a) && a.deviceIds.includes(deviceId));
  const ids = new Set(named.map((a) => a.id));
  return {
    alerts: named.filter(isLive),
    // A fault that is gone may still have its visit to come.
    orders: [...orders].filter((o) => isActiveOrder(o) && o.alertId !== null && ids.has(o.alertId)),
  };
}
