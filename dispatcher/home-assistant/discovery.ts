import type { AlertKind, AlertState } from '../../schemas/alert.ts';

/** A home as its own Home Assistant may see it. Ids and states only: no name, no address, no measurement. */
export interface SeenHome {
  readonly homeId: string;
  readonly mode: string;
  /** The gravest unresolved one. */
  readonly alarm: { readonly kind: AlertKind; readonly state: AlertState } | null;
  readonly devices: readonly {
    readonly id: string;
    readonly kind: string;
    readonly zone: string | null;
    readonly online: boolean | null;
    readonly battery: number | null;
  }[];
}
export interface Retained {
  readonly topic: string;
  readonly payload: string;
}

export const AVAILABILITY_TOPIC = 'yinling/availability';
const stateTopic = (homeId: string): string => `yinling/home/${homeId}/state`;

/** Home Assistant's MQTT discovery, one message a home (device-based discovery, since 2024.11). Pure. */
export function discoveryOf({ homeId, devices }: SeenHome): Retained {
  const component = (name: string, more: object): [string, object] => [
    name,
    { unique_id: `yinling_${homeId}_${name}`, value_template: `{{ value_json['${name}'] }}`, ...more },
  ];
  const binary = (name: string, device_class: string, label: string) =>
    component(name, { platform: 'binary_sensor', device_class, name: label });
  const components = [
    binary('alarm', 'safety', '警情'),
    component('alarm_state', {
      platform: 'sensor',
      device_class: 'enum',
      name: '警情状态',
      options: ['none', 'pending', 'open', 'acknowledged'],
    }),
    component('alarm_kind', { platform: 'sensor', name: '警情类型' }),
    component('mode', { platform: 'sensor', name: '居家模式' }),
    ...devices.flatMap(({ id, kind, zone, battery }) => [
      binary(`${id}_online`, 'connectivity', `${labelOf(kind, zone)} ${id}`),
      ...(battery === null
        ? []
        : [
            component(`${id}_battery`, {
              platform: 'sensor',
              device_class: 'battery',
              unit_of_measurement: '%',
              name: `${labelOf(kind, zone)} ${id} 电量`,
            }),
          ]),
    ]),
  ];
  return {
    topic: `homeassistant/device/yinling_${homeId}/config`,
    payload: JSON.stringify({
      device: { identifiers: [`yinling_${homeId}`], name: `银铃 ${homeId}`, manufacturer: 'Yinling' },
      origin: { name: 'yinling' },
      components: Object.fromEntries(components),
      state_topic: stateTopic(homeId),
      availability_topic: AVAILABILITY_TOPIC,
      qos: 1,
    }),
  };
}

export function stateOf({ homeId, mode, alarm, devices }: SeenHome): Retained {
  return {
    topic: stateTopic(homeId),
    payload: JSON.stringify({
      alarm: alarm === null ? 'OFF' : 'ON',
      alarm_state: alarm?.state ?? 'none',
      alarm_kind: alarm?.kind ?? 'none',
      mode,
      ...Object.fromEntries(
        devices.flatMap(({ id, online, battery }) => [
          // Not heard of late is no fault of a call button
          [`${id}_online`, online === false ? 'OFF' : 'ON'],
          ...(battery === null ? [] : [[`${id}_battery`, battery]]),
        ]),
      ),
    }),
  };
}

const labelOf = (kind: string, zone: string | null): string => (zone === null ? kind : `${kind} ${zone}`);
