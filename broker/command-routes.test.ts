import { describe, expect, it } from 'vitest';
import { CommandRoutes } from './command-routes.ts';

const filter = (homeId: string, deviceId: string) => ({ kind: 'command' as const, homeId, deviceId });

describe('the routes of commands', () => {
  it('lead to the device and to the gateways of its home, each once, with its highest QoS', () => {
    const routes = new CommandRoutes<string>();
    routes.add('device', filter('h1', 'd1'), 0);
    routes.add('gateway', filter('h1', '+'), 0);
    routes.add('gateway', filter('h1', 'd1'), 1);
    routes.add('neighbour', filter('h2', '+'), 1);
    expect([...routes.of('h1', 'd1')]).toEqual([
      ['device', 0],
      ['gateway', 1],
    ]);
    expect([...routes.of('h1', 'd2')]).toEqual([['gateway', 0]]);
  });

  it('end with the subscription, or with the session', () => {
    const routes = new CommandRoutes<string>();
    routes.add('gateway', filter('h1', '+'), 1);
    routes.add('gateway', filter('h1', 'd1'), 1);
    routes.remove('gateway', 'care/v1/h1/+/cmd');
    expect([...routes.of('h1', 'd2').keys()]).toEqual([]);
    expect([...routes.of('h1', 'd1').keys()]).toEqual(['gateway']);
    routes.removeAll('gateway');
    expect([...routes.of('h1', 'd1').keys()]).toEqual([]);
  });
});
