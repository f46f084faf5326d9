import { describe, expect, it } from 'vitest';
import type { Principal } from '../schemas/inbound.ts';
import { publishRight, subscribeRight } from './authorise.ts';

const device: Principal = { type: 'device', id: 'd1', homeId: 'h1' };
const gateway: Principal = { type: 'gateway', id: 'g1', homeId: 'h1', codec: 'zigbee2mqtt' };
const plainGateway: Principal = { type: 'gateway', id: 'g2', homeId: 'h1' };
const bridge: Principal = { type: 'bridge', id: 'b1', homes: ['h1', 'h2'] };

describe('publishing', () => {
  const rights: [string, Principal, string, string | undefined][] = [
    ['a device: its own channel', device, 'care/v1/h1/d1/sos', 'up'],
    [
      'a device: its own topic with a channel nobody knows (a dead letter)',
      device,
      'care/v1/h1/d1/nonsense',
      'up',
    ],
    ["a device: its neighbour's topic", device, 'care/v1/h1/d2/sos', undefined],
    ['a device: its id in another home', device, 'care/v1/h2/d1/sos', undefined],
    ['a device: cmd, which is down only', device, 'care/v1/h1/d1/cmd', undefined],
    ['a device: below its channel', device, 'care/v1/h1/d1/sos/x', undefined],
    ['a device: no channel', device, 'care/v1/h1/d1', undefined],
    ['a device: an empty channel', device, 'care/v1/h1/d1/', undefined],
    ['a device: another version', device, 'care/v2/h1/d1/sos', undefined],
    ['a device: $SYS', device, '$SYS/broker/uptime', undefined],
    ['a device: a codec topic', device, 'zigbee2mqtt/button', undefined],
    ['a device: a leading slash', device, '/care/v1/h1/d1/sos', undefined],
    ['a gateway: any device of its home, registered or not', gateway, 'care/v1/h1/whatever/sos', 'up'],
    ['a gateway: another home', gateway, 'care/v1/h2/d1/sos', undefined],
    ["a gateway: its codec's topic", gateway, 'zigbee2mqtt/button/availability', 'codec'],
    ["a gateway: its codec's base topic", gateway, 'zigbee2mqtt', 'codec'],
    ['a gateway: a topic that only begins like it', gateway, 'zigbee2mqttx/button', undefined],
    ['a gateway: a codec topic deeper than any', gateway, `zigbee2mqtt/${'x/'.repeat(40)}`, undefined],
    ['a gateway without a codec: a codec topic', plainGateway, 'zigbee2mqtt/button', undefined],
    ['a gateway: the namespace within the broker', gateway, '$gateway/g1/zigbee2mqtt/x', undefined],
    ['a bridge: one of its homes', bridge, 'care/v1/h2/d9/vitals', 'up'],
    ['a bridge: a home that is not its own', bridge, 'care/v1/h3/d9/vitals', undefined],
    ['a bridge without homes', { type: 'bridge', id: 'b' }, 'care/v1/h1/d/sos', undefined],
  ];
  it.each(rights)('%s', (_name, principal, topic, right) => {
    expect(publishRight(principal, topic)).toBe(right);
  });
});

describe('subscribing', () => {
  const command = (homeId: string, deviceId: string) => ({ kind: 'command', homeId, deviceId });
  const rights: [string, Principal, string, unknown][] = [
    ['a device: its own cmd', device, 'care/v1/h1/d1/cmd', command('h1', 'd1')],
    ["a device: its neighbour's cmd", device, 'care/v1/h1/d2/cmd', undefined],
    ['a device: cmd of every device', device, 'care/v1/h1/+/cmd', undefined],
    ['a device: its own up topic', device, 'care/v1/h1/d1/sos', undefined],
    ['a device: everything below itself', device, 'care/v1/h1/d1/#', undefined],
    ['a device: everything', device, '#', undefined],
    ['a device: $SYS', device, '$SYS/#', undefined],
    ['a gateway: cmd of every device of its home', gateway, 'care/v1/h1/+/cmd', command('h1', '+')],
    ['a gateway: cmd of one', gateway, 'care/v1/h1/d7/cmd', command('h1', 'd7')],
    ['a gateway: cmd of another home', gateway, 'care/v1/h2/+/cmd', undefined],
    ['a gateway: cmd of every home', gateway, 'care/v1/+/+/cmd', undefined],
    ["a gateway: its codec's topics", gateway, 'zigbee2mqtt/#', { kind: 'codec' }],
    ['a gateway: a wildcard in place of the base topic', gateway, '+/bridge/state', undefined],
    ['a gateway without a codec', plainGateway, 'zigbee2mqtt/#', undefined],
    ['a bridge: cmd of one of its homes', bridge, 'care/v1/h2/+/cmd', command('h2', '+')],
    ['a bridge: cmd of a home that is not its own', bridge, 'care/v1/h3/+/cmd', undefined],
  ];
  it.each(rights)('%s', (_name, principal, filter, right) => {
    expect(subscribeRight(principal, filter)).toEqual(right);
  });
});
