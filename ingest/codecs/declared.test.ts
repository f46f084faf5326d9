import { describe, expect, it } from 'vitest';
import {
  type CodecMapping,
  codecMapping,
  mappingProblems,
  BUILT_IN_CODECS,
  TAKEN_CODEC_NAMES,
} from '../../schemas/codec-mapping.ts';
import { declaredCodec } from './declared.ts';
import { CODECS } from './registry.ts';
import { tryCodec } from './try-codec.ts';

/** A vendor's cloud that sends batches; times in seconds, temperatures in tenths, motion as text. */
const vendor: CodecMapping = codecMapping.parse({
  topic: 'bell/+/up',
  each: 'data.events',
  device: 'dev',
  messages: [
    {
      when: [{ path: 'type', oneOf: ['SOS', 'ALARM'] }],
      channel: 'sos',
      fields: { action: { value: 'press' }, ts: { path: 'at', scale: 1000 }, battery: { path: 'power' } },
    },
    {
      when: [
        { path: 'type', equals: 'pir' },
        { path: 'state', exists: true },
      ],
      channel: 'presence',
      fields: {
        sensor: { value: 'pir' },
        zone: { registered: 'zone' },
        occupied: { path: 'state', map: { '1': true, '0': false } },
      },
    },
    {
      when: [{ path: 'body.temp10', above: 300 }],
      channel: 'vitals',
      fields: { temperatureC: { path: 'body.temp10', scale: 0.1 } },
    },
  ],
});
const AT = Date.UTC(2026, 10, 24, 1);
const send = (
  payload: unknown,
  mapping: CodecMapping = vendor,
  topic = 'bell/7/up',
  device: { kind: string; zone?: string } = { kind: 'pir', zone: 'hall' },
) =>
  tryCodec('bell', mapping, {
    topic,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    device,
    receivedAt: AT,
  });

describe('a declared codec', () => {
  it('reads a vendor’s batch: devices, times, words and units are ours afterwards', () => {
    const events = [
      { dev: 'b1', type: 'SOS', at: AT / 1000 - 5, power: 80 },
      { dev: 77, type: 'pir', state: '1' },
      { dev: 'c', type: 'pir' },
      { dev: 'd', type: 'thermo', body: { temp10: '381' } },
    ];
    expect(send({ data: { events } })).toEqual({
      result: 'events',
      events: [
        {
          externalId: 'b1',
          channel: 'sos',
          payload: { action: 'press', ts: AT - 5_000, battery: 80 },
          occurredAt: AT - 5_000,
          marks: [],
        },
        {
          externalId: '77',
          channel: 'presence',
          payload: { sensor: 'pir', zone: 'hall', occupied: true },
          occurredAt: AT,
          marks: [],
        },
        {
          externalId: 'd',
          channel: 'vitals',
          payload: { temperatureC: expect.closeTo(38.1) as number },
          occurredAt: AT,
          marks: [],
        },
      ],
    });
  });

  it('what fits no rule is a dead letter that says so, or ignored where the mapping says so', () => {
    const beat = { data: { events: [{ dev: 'b1', type: 'heartbeat' }] } };
    expect(send(beat)).toMatchObject({ result: 'dead_letter', reason: 'codec: no rule of the mapping fits' });
    expect(send(beat, { ...vendor, otherwise: 'ignore' })).toMatchObject({ result: 'ignored' });
    expect(send({ data: {} })).toMatchObject({
      result: 'dead_letter',
      reason: 'codec: data.events: no list',
    });
    expect(send('[{"no":"end"')).toMatchObject({ result: 'dead_letter', reason: 'not_json: not JSON' });
    expect(send({}, vendor, 'bell/7/8/up')).toMatchObject({ result: 'dead_letter' });
    // A value that the channel does not allow
    const far = { data: { events: [{ dev: 'd', type: 'thermo', body: { temp10: 9_000 } }] } };
    expect(send(far)).toMatchObject({ result: 'dead_letter' });
  });

  it('what cannot be read from a call button is a press', () => {
    const button: CodecMapping = {
      topic: 'bell/{device}/key',
      messages: [{ channel: 'sos', fields: { action: { value: 'press' } } }],
    };
    const heard = send('\u0001garbage', button, 'bell/b7/key', { kind: 'sos_button' });
    expect(heard).toMatchObject({
      result: 'events',
      events: [{ externalId: 'b7', channel: 'sos', marks: ['unreadable'] }],
    });
    expect(send('garbage', button, 'bell/b7/key')).toMatchObject({ result: 'dead_letter' });
  });

  it('names of members are the vendor’s own, never an object’s (prototype)', () => {
    const odd: CodecMapping = {
      topic: 'bell/{device}/up',
      messages: [
        { channel: 'status', fields: { firmware: { path: 'constructor.name', otherwise: 'none' } } },
      ],
    };
    expect(
      declaredCodec('bell', odd).decode({
        topic: 'bell/x/up',
        text: '{}',
        gatewayId: 'g',
        device: () => undefined,
      }),
    ).toEqual({ items: [{ externalId: 'x', channel: 'status', payload: { firmware: 'none' } }] });
  });

  it('a mapping that could not work is refused when it is saved, field by field', () => {
    expect(mappingProblems('bell', vendor)).toEqual([]);
    const fieldsOf = (id: string, mapping: object) =>
      mappingProblems(id, codecMapping.parse({ ...vendor, ...mapping })).map(({ field }) => field);
    expect(fieldsOf('other', {})).toEqual(['topic']);
    expect(fieldsOf('tasmota', { topic: 'tasmota/up' })).toEqual(['id']);
    expect(fieldsOf('bell', { topic: 'bell/{device}' })).toEqual(['device']);
    expect(fieldsOf('bell', { device: undefined })).toEqual(['device']);
    expect(fieldsOf('bell', { topic: 'bell/x+' })).toEqual(['topic']);
    const rule = (channel: string, fields: object, when?: object[]) => ({
      messages: [{ channel, fields, ...(when && { when }) }],
    });
    expect(fieldsOf('bell', rule('sos', {}))).toEqual(['messages.0.fields']);
    expect(fieldsOf('bell', rule('sos', { action: { value: 'pressed' } }))).toEqual([
      'messages.0.fields.action',
    ]);
    expect(fieldsOf('bell', rule('status', { colour: { value: 'red' } }))).toEqual([
      'messages.0.fields.colour',
    ]);
    expect(fieldsOf('bell', rule('status', {}, [{ path: 'a', equals: 1, above: 1 }]))).toEqual([
      'messages.0.when.0',
    ]);
  });

  it('no declared codec takes the name of one that is code', () => {
    expect([...CODECS.keys()].sort()).toEqual([...BUILT_IN_CODECS].sort());
    expect(TAKEN_CODEC_NAMES).toEqual(expect.arrayContaining([...BUILT_IN_CODECS]));
  });
});
