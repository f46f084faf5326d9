import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CodecItem } from './codec.ts';
import { zigbee2mqtt } from './zigbee2mqtt.ts';

/**
 * Every model of care-relevant devices that Zigbee2MQTT knows, by what zigbee-herdsman-converters publishes of it: what
 * it says reaches the right channel, and every field that it may send is either read or left alone for a stated reason.
 */
const folder = resolve(import.meta.dirname, '../../../shared/data/zigbee2mqtt-exposes');
const here = existsSync(folder);
if (!here) console.warn('SKIPPED: the published Zigbee2MQTT exposes are not on this machine');

interface Property {
  property: string;
  type: string;
  access: number;
  values?: string[];
  value_on?: unknown;
  value_off?: unknown;
}
interface Model {
  kind: string;
  model: string;
  vendor: string;
  properties: Property[];
}
const load = (file: string): unknown => (here ? JSON.parse(readFileSync(resolve(folder, file), 'utf8')) : []);
const MODELS = load('care_devices.json') as Model[];
const PIRS = load('pir_occupancy_models.json') as { model: string; vendor: string; properties: string[] }[];

/** Published by the device (1), not only set on it (2). */
const told = ({ access }: Property): boolean => (access & 1) === 1;
const settable = ({ access }: Property): boolean => (access & 2) === 2;
const has = ({ properties }: Model, name: string, type?: string): boolean =>
  properties.some(
    (each) => each.property === name && told(each) && (type === undefined || each.type === type),
  );
const named = ({ vendor, model }: { vendor: string; model: string }): string => `${vendor} ${model}`;

const heard = (kind: string, payload: Record<string, unknown>): readonly CodecItem[] => {
  const result = zigbee2mqtt.decode({
    topic: 'zigbee2mqtt/it',
    text: JSON.stringify(payload),
    gatewayId: 'gw',
    device: () => ({ kind }),
  });
  return 'items' in result ? result.items : [];
};
/** `channel` or, of presence, whether somebody is there. */
const says = (kind: string, payload: Record<string, unknown>): string | undefined => {
  const [item] = heard(kind, payload);
  if (item?.channel !== 'presence') return item?.channel;
  return `${String(item.payload['sensor'])} ${item.payload['occupied'] === true ? 'on' : 'off'}`;
};
const level = (model: Model, name: string, on: boolean): Record<string, unknown> => {
  const found = model.properties.find(({ property }) => property === name);
  return {
    battery: 80,
    linkquality: 90,
    [name]: on ? (found?.value_on ?? true) : (found?.value_off ?? false),
  };
};

/** Registered as what they are used for. */
const REGISTERED: Readonly<Record<string, string>> = {
  sos: 'sos_button',
  mmwave_presence: 'mmwave',
  fall_or_vitals_radar: 'fall_detector',
  vibration: 'bed',
  bed_sleep: 'bed',
  pir: 'pir',
};

/** Fields that say nothing of a person, and why they are left alone; a name may end in `*`. */
const IGNORED: Readonly<Record<string, string>> = {
  ...reasons(
    'climate and light of the room',
    'temperature humidity illuminance illuminance_* *_temperature co2 voc light_level lux_difference_value pressure noise noise_detected ambient_light light total_volatile_organic_compounds luminance_level',
  ),
  ...reasons(
    'where or how the one who is there moves: presence says that somebody is',
    'target_distance closest_target_distance distance detection_distance *_distance dis_current nearest_target_gate target_velocity target_countdown motion_speed motion_direction move_direction movement body_motion location_x location_y presence_event radar_detection_data duration_of_* last_time trigger_hold current_status pir_detection mmwave_targets mmwave_area*_occupancy occupancy_level work_state',
  ),
  ...reasons(
    'the plane or the strength of a shake, not that there was one',
    'x y z x_axis y_axis z_axis angle_x angle_y angle_z strength vibration_count tilt device_posture orientation',
  ),
  ...reasons(
    'of the radar’s own set-up',
    'scan_result configured_regions interference_positions home_environment noise_collect_status radar_id radar_reset_flag check_end_flag self_test spatial_learning_state auto_calibration_progress sensor_status mmwave_interference_areas mmwave_detection_areas mmwave_stay_areas distance_report_mode',
  ),
  ...reasons(
    'who set an alarm panel, and how',
    'action_code action_transaction action_zone admin_code arm_mode user_id user_last_seen last_added_user_code',
  ),
  ...reasons(
    'mains power and other duties of the device',
    'current energy power power_state power_outage_count relay_off_trigger light_switch break_function_state opening_state magnetic_status buzzer_mute usb_power freq',
  ),
  ...reasons('a second opinion on the battery', 'battery_value battery2'),
  ...reasons('a setting that is reported, too', 'sensitivity'),
  ...reasons(
    'versions and counters',
    'hardware_version soft_version reported_packages rejoin_count reboot_count serial_number fw_* boot_version component_* deviceBindNumber mcu_software_version otaImageType mmWaveVersion',
  ),
  ...reasons('somebody who stays where they are is our own rule’s to judge', 'static_dwell_alarm'),
};
function reasons(why: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, why]));
}
const whyIgnored = (kind: string, name: string): string | undefined =>
  (kind !== 'sos' && name === 'action' ? 'a gesture on what is no call button' : undefined) ??
  Object.entries(IGNORED).find(([pattern]) =>
    new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name),
  )?.[1];

const VALUES = [true, false, 14, '14', 'ON', 'none', 'low'];
/** A field is read if some value of it makes a difference to what is said. */
const isRead = (kind: string, { property, values = [] }: Pick<Property, 'property' | 'values'>): boolean => {
  const nothing = JSON.stringify(heard(kind, {}));
  return [...VALUES, ...values].some(
    (value) => JSON.stringify(heard(kind, { [property]: value })) !== nothing,
  );
};

/** No call button, radar or pad at all: the list they come from goes by names of fields. */
const NOT_WHAT_IT_SEEMS: Readonly<Record<string, string>> = {
  'FORIA F00MB00-04-1': 'a wall switch',
  'Nova Digital TO-WK-1W/B': 'a wall switch',
  'Nova Digital TO-WK-2W/B': 'a wall switch',
  'Senoro Senoro.Win v2': 'a window handle whose `vibration` is a number',
  'Philips 929003711201': 'a lamp',
  'Aqara DWZTCGQ11LM': 'a thing that falls, not a person',
};

describe.runIf(here)('every published model', () => {
  const of = (kind: string) =>
    MODELS.filter((model) => model.kind === kind && !(named(model) in NOT_WHAT_IT_SEEMS));

  it('is there: the whole list', () => {
    expect([MODELS.length, PIRS.length]).toEqual([118, 186]);
    const names = MODELS.map(named);
    for (const name of Object.keys(NOT_WHAT_IT_SEEMS)) expect(names).toContain(name);
  });

  it('of a radar says that somebody is there, and that nobody is', () => {
    const wrong = of('mmwave_presence').filter(
      (model) =>
        says('mmwave', level(model, 'presence', true)) !== 'mmwave on' ||
        says('mmwave', level(model, 'presence', false)) !== 'mmwave off',
    );
    expect(wrong.map(named)).toEqual([]);
  });

  it('of a PIR sees somebody, and then nobody', () => {
    const wrong = PIRS.filter(
      () =>
        says('pir', { occupancy: true, battery_low: false }) !== 'pir on' ||
        says('pir', { occupancy: false, illuminance: 3 }) !== 'pir off',
    );
    expect(wrong.map(named)).toEqual([]);
    expect(PIRS.filter(({ properties }) => !properties.includes('occupancy')).map(named)).toEqual([]);
  });

  it('of a call button can call', () => {
    const silent = of('sos').filter(({ properties }) => {
      const payloads = properties.flatMap((property): Record<string, unknown>[] =>
        property.property === 'action'
          ? (property.values ?? []).map((action) => ({ action }))
          : property.property.startsWith('sos')
            ? [{ [property.property]: property.value_on }]
            : [],
      );
      return !payloads.some((payload) => says('sos_button', payload) === 'sos');
    });
    expect(silent.map(named)).toEqual([]);
  });

  it('of a contact opens and shuts its door', () => {
    const contacts = MODELS.filter((model) => has(model, 'contact') && model.kind !== 'sos');
    expect(contacts.length).toBeGreaterThan(5);
    const wrong = contacts.filter(
      (model) =>
        says('door', level(model, 'contact', true)) !== 'door on' ||
        says('door', level(model, 'contact', false)) !== 'door off',
    );
    expect(wrong.map(named)).toEqual([]);
  });

  it('that shakes tells of a movement, not of somebody lying there', () => {
    const wrong = of('vibration').filter(
      (model) =>
        !has(model, 'vibration', 'binary') ||
        says('bed', level(model, 'vibration', true)) !== 'pir on' ||
        says('door', level(model, 'vibration', true)) !== 'status',
    );
    expect(wrong.map(named)).toEqual([]);
  });

  it('of a bed pad tells who lies down', () => {
    const wrong = of('bed_sleep').filter(
      (model) => says('bed', { contact: true }) !== 'bed on' || !has(model, 'contact'),
    );
    expect(wrong.map(named)).toEqual([]);
  });

  it('of a fall radar tells of a fall', () => {
    const wrong = of('fall_or_vitals_radar').filter(
      ({ properties }) =>
        !properties.some(({ property, values = [] }) =>
          values.some((value) => says('fall_detector', { [property]: value }) === 'fall'),
        ),
    );
    expect(wrong.map(named)).toEqual([]);
  });

  it('of a PIR: what is read of all that they send', () => {
    const names = [...new Set(PIRS.flatMap(({ properties }) => properties))];
    // The list does not tell states from settings; whatever is not among these is one or the other of no person.
    expect(names.filter((property) => isRead('pir', { property })).sort()).toEqual([
      'battery',
      'battery_low',
      'human_motion_state',
      'occupancy',
      'state',
      'tamper',
      'voltage',
    ]);
  });

  it('sends no field that is neither read nor left alone for a reason', () => {
    const unknown = new Set<string>();
    const both = new Set<string>();
    for (const { kind, properties } of MODELS)
      for (const property of properties) {
        if (!told(property) || settable(property)) continue;
        const read = isRead(REGISTERED[kind] ?? '', property);
        const ignored = whyIgnored(kind, property.property) !== undefined;
        if (!read && !ignored) unknown.add(`${kind}: ${property.property}`);
        if (read && ignored) both.add(`${kind}: ${property.property}`);
      }
    expect([...unknown].sort()).toEqual([]);
    expect([...both].sort()).toEqual([]);
  });
});
