import type { Codec, CodecDevice, CodecItem, CodecResult } from './codec.ts';
import { booleanOf, type Fields, given, numberOf, textOf } from './fields.ts';
import { fieldsOf } from './json-object.ts';

/**
 * Tasmota, with a full topic below `tasmota` (`tasmota/%topic%/%prefix%/` or `tasmota/%prefix%/%topic%/`). `%topic%` is
 * the device's `externalId`; what it is, the registry says, for Tasmota has switches and buttons only.
 *
 * Traps: `tele/STATE` and `tele/SENSOR` repeat levels every `TelePeriod`; a press is `stat/RESULT` (or `BUTTONn`), an
 * event; `LWT` is a last will in plain text; `Time` is local without a zone, so it is left out.
 */
export const tasmota: Codec = {
  name: 'tasmota',
  decode({ topic, text, device }) {
    const [, first = '', second = '', command = ''] = topic.split('/');
    const [prefix, name] = PREFIXES.has(first) ? [first, second] : [second, first];
    if (!PREFIXES.has(prefix) || name === '')
      return { refused: 'codec', detail: 'not a topic of this codec' };
    if (prefix === 'cmnd') return { ignored: 'command' };
    if (command === 'LWT') return ofWill(name, text);
    const fields = fieldsOf(text);
    const registered = device(name);
    if (fields) return { items: itemsOf(name, registered, prefix, fields) };
    if (registered?.kind === 'sos_button' && prefix === 'stat')
      return {
        items: [{ externalId: name, channel: 'sos', payload: { action: 'press' }, marks: ['unreadable'] }],
      };
    return text === undefined
      ? { refused: 'too_large', detail: 'no text within the bound', externalId: name }
      : { refused: 'not_json', detail: 'not a JSON object', externalId: name };
  },
};

const PREFIXES = new Set(['tele', 'stat', 'cmnd']);

function ofWill(name: string, text: string | undefined): CodecResult {
  const online = booleanOf(text?.trim());
  if (online === undefined)
    return { refused: 'codec', detail: 'LWT: neither Online nor Offline', externalId: name };
  return { items: [{ externalId: name, channel: 'status', payload: { online } }] };
}

const NO_PRESS = new Set(['CLEAR', 'HOLD_END', 'NONE']);

function itemsOf(
  externalId: string,
  device: CodecDevice | undefined,
  prefix: string,
  fields: Fields,
): CodecItem[] {
  const item = (channel: CodecItem['channel'], payload: Record<string, unknown>): CodecItem => ({
    externalId,
    channel,
    payload,
  });
  const kind = device?.kind ?? '';
  if (prefix === 'stat' && kind === 'sos_button') {
    const gesture = actionOf(fields, /^(Button|Switch)\d*$/);
    if (gesture !== undefined && !NO_PRESS.has(gesture)) return [item('sos', { action: 'press', gesture })];
  }
  const sensor = SENSOR_OF[kind];
  const level = sensor === undefined ? undefined : levelOf(fields);
  if (sensor !== undefined && level !== undefined)
    return [item('presence', { sensor, zone: device?.zone ?? 'unknown', occupied: level })];
  const wifi = fields['Wifi'];
  const signal = isFields(wifi) ? numberOf(wifi['Signal']) : undefined;
  return [
    item(
      'status',
      given({ online: true, rssiDbm: signal !== undefined && signal <= 0 ? signal : undefined }),
    ),
  ];
}

const SENSOR_OF: Readonly<Record<string, string>> = {
  pir: 'pir',
  mmwave: 'mmwave',
  door: 'door',
  bed: 'bed',
  camera: 'camera',
};

/** `{"Button1":{"Action":"SINGLE"}}` */
function actionOf(fields: Fields, names: RegExp): string | undefined {
  for (const [name, value] of Object.entries(fields))
    if (names.test(name) && isFields(value)) {
      const action = textOf(value['Action']);
      if (action !== undefined) return action;
    }
  return undefined;
}

/** `{"Switch1":{"Action":"ON"}}` of an event, `{"Switch1":"ON"}` of the telemetry; radars: `{"LD2410":{"Moving":…}}`. */
function levelOf(fields: Fields): boolean | undefined {
  for (const [name, value] of Object.entries(fields)) {
    if (/^Switch\d*$/.test(name)) {
      const level = booleanOf(isFields(value) ? value['Action'] : value);
      if (level !== undefined) return level;
    }
    if (/^LD24\d\d$/.test(name) && isFields(value)) {
      const near = ['Moving', 'Static', 'Detect'].flatMap((part) => {
        const field = value[part];
        const energy = isFields(field)
          ? numberOf(field['Energy'])
          : Array.isArray(field)
            ? numberOf(field[1])
            : numberOf(field);
        return energy === undefined ? [] : [energy];
      });
      if (near.length > 0) return near.some((energy) => energy > 0);
    }
  }
  return undefined;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
