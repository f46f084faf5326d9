import { describe, expect, it } from 'vitest';
import { connectPacket, text, uint16 } from '../testing/packets.ts';
import { encodeConnect, readConnect } from './connect-packet.ts';

/** Bodies as Mosquitto's vectors write them: hexadecimal, without the fixed header. */
const read = (hex: string, flags = 0) => readConnect(flags, Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('a CONNECT', () => {
  it('is read whole', () => {
    const will = { topic: 'care/v1/h/d/status', payload: '{"online":false}', qos: 1 as const, retain: true };
    const bytes = connectPacket({
      clientId: 'c',
      username: 'd',
      password: 's',
      clean: false,
      keepAliveS: 300,
      will,
    });
    expect(readConnect(0, bytes.subarray(2))).toEqual({
      protocol: 4,
      clean: false,
      keepAliveS: 300,
      clientId: 'c',
      will: { ...will, payload: Buffer.from(will.payload) },
      username: 'd',
      password: Buffer.from('s'),
    });
  });

  it('may have an empty client id with clean session', () => {
    expect(read('0004 4D515454 04 02 000A 0000')).toMatchObject({ clientId: '', clean: true });
  });

  it('of MQTT 3.1 may set bits that later versions reserve', () => {
    expect(read('0006 4D5149736470 03 01 000A 0001 70', 4)).toMatchObject({ protocol: 3, clientId: 'p' });
  });

  const refused: [string, string, 1 | 2 | undefined][] = [
    ['an unknown level [MQTT-3.1.2-2]', '0004 4D515454 02 00 000A 0001 70', 1],
    ['an unknown level of MQTT 3.1', '0006 4D5149736470 06 00 000A 0001 70', 1],
    ["a bridge's level", '0004 4D515454 84 02 000A 0001 70', 1],
    ['MQTT 5', '0004 4D515454 05 02 000A 00 0001 70', 1],
    [
      'MQTT 5 that takes no packet as small as a refusal',
      '0004 4D515454 05 02 000A 05 2700000002 0001 70',
      undefined,
    ],
    ['an empty client id without clean session [MQTT-3.1.3-8]', '0004 4D515454 04 00 000A 0000', 2],
    ['an empty client id of MQTT 3.1', '0006 4D5149736470 03 02 000A 0000', 2],
  ];
  it.each(refused)('with %s is refused', (_name, hex, returnCode) => {
    expect(read(hex)).toEqual({ returnCode });
  });

  const malformed: [string, string, string][] = [
    ['another protocol name [MQTT-3.1.2-1]', '0004 4D515455 04 02 000A 0001 70', 'protocol_name'],
    ['no protocol name', '0000 04 02 000A 0001 70', 'protocol_name'],
    ['the reserved flag set [MQTT-3.1.2-3]', '0004 4D515454 04 03 000A 0001 70', 'connect_flags'],
    ['a will QoS without a will [MQTT-3.1.2-13]', '0004 4D515454 04 0A 000A 0001 70', 'will'],
    ['a will retain flag without a will [MQTT-3.1.2-15]', '0004 4D515454 04 22 000A 0001 70', 'will'],
    ['will QoS 3 [MQTT-3.1.2-14]', '0004 4D515454 04 1E 000A 0001 70 0001 70 0001 70', 'will'],
    ['a will flag without a will [MQTT-3.1.2-9]', '0004 4D515454 04 06 000A 0001 70', 'length'],
    ['wildcards in the will topic', '0004 4D515454 04 06 000A 0001 70 0001 23 0001 70', 'will'],
    ['an empty will topic', '0004 4D515454 04 06 000A 0001 70 0000 0001 70', 'will'],
    ['U+0000 in the will topic', '0004 4D515454 04 06 000A 0001 70 0002 7000 0001 70', 'text'],
    ['no client id', '0004 4D515454 04 02 000A', 'length'],
    ['a surrogate in the client id [MQTT-1.5.3-1]', '0004 4D515454 04 02 000A 0005 746FEDA080', 'text'],
    ['a control character in the user name', '0004 4D515454 04 82 000A 0001 70 0002 701F', 'text'],
    [
      'a password without a user name [MQTT-3.1.2-22]',
      '0004 4D515454 04 42 000A 0001 70 0001 70',
      'connect_flags',
    ],
    ['a user name that is missing [MQTT-3.1.2-19]', '0004 4D515454 04 82 000A 0001 70', 'length'],
    ['a password that is missing [MQTT-3.1.2-21]', '0004 4D515454 04 C2 000A 0001 70 0001 70', 'length'],
    [
      'a user name without its flag [MQTT-3.1.2-18]',
      '0004 4D515454 04 02 000A 0001 70 0001 70',
      'trailing_bytes',
    ],
    ['MQTT 5 properties that are cut off', '0004 4D515454 05 02 000A 05 27', 'length'],
    ['a malformed client id of MQTT 5', '0004 4D515454 05 02 000A 00 0001 00', 'text'],
  ];
  it.each(malformed)('with %s is malformed', (_name, hex, reason) => {
    expect(read(hex)).toEqual({ malformed: reason });
  });

  it('with flags in its first byte is malformed from 3.1.1 on [MQTT-2.2.2-2]', () => {
    expect(read('0004 4D515454 04 02 000A 0001 70', 2)).toEqual({ malformed: 'flags' });
  });

  it('reaches aedes without credentials and keep-alive, under the id that we give it', () => {
    const bytes = encodeConnect({ protocol: 4, clean: false, clientId: 'd/c', will: undefined });
    expect(bytes).toEqual(
      Buffer.concat([Buffer.from([0x10, 15]), text('MQTT'), Buffer.from([4, 0]), uint16(0), text('d/c')]),
    );
  });
});
