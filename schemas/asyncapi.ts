import { z } from 'zod';
import {
  type Channel,
  channelPayloads,
  CHANNELS,
  commandPayload,
  MAX_DEAD_LETTER_BYTES,
  MAX_PAYLOAD_BYTES,
} from './channels.ts';
import { goodExamples } from './examples.ts';
import { TOPIC_ROOT } from './topics.ts';

const WHAT: Record<Channel, string> = {
  sos: 'Call button: press, cancel, or a request for a service. What cannot be read counts as a press',
  presence: 'Whether somebody is in a zone',
  fall: 'What a fall detector suspects, confirms or takes back',
  motion: 'A window of raw accelerometer samples, in g',
  vitals: 'Measurements of health',
  location: 'A position',
  status: 'What the device says of itself; use it as last will with {"online":false}',
  reply: "The resident's answer to a prompt",
};

const parameters = {
  homeId: { description: 'The home: [A-Za-z0-9_-]{1,64}' },
  deviceId: { description: 'The device: [A-Za-z0-9_-]{1,64}' },
};

/** As a client may send it. AsyncAPI's own schema objects are of draft 7. */
const jsonSchema = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  });
  return rest;
};

/** The MQTT side of the contract as AsyncAPI 3.0, out of the schemas that check the messages. Pure. */
export function asyncApiDocument(): Record<string, unknown> {
  const messageName = (channel: Channel): string => `${channel}Message`;
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Yinling 银铃 over MQTT',
      version: '1',
      description:
        'MQTT 3.1.1. A PUBACK (or PUBREC) of the built-in broker means: committed to the database. Without one, send ' +
        `again: the same id and content within 7 days has one effect. One JSON object, at most ${MAX_PAYLOAD_BYTES} bytes; ` +
        `up to ${MAX_DEAD_LETTER_BYTES} it is kept as a dead letter, beyond it the connection is closed.`,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      broker: {
        host: 'localhost:1883',
        protocol: 'mqtt',
        protocolVersion: '3.1.1',
        security: [{ $ref: '#/components/securitySchemes/credential' }],
      },
    },
    channels: Object.fromEntries([
      ...CHANNELS.map((channel) => [
        channel,
        {
          address: `${TOPIC_ROOT}/{homeId}/{deviceId}/${channel}`,
          description: WHAT[channel],
          parameters,
          messages: { [channel]: { $ref: `#/components/messages/${messageName(channel)}` } },
        },
      ]),
      [
        'cmd',
        {
          address: `${TOPIC_ROOT}/{homeId}/{deviceId}/cmd`,
          description: 'Down: to a device, or to the gateway of its home. Never after its time.',
          parameters,
          messages: { cmd: { $ref: '#/components/messages/cmdMessage' } },
        },
      ],
    ]),
    operations: Object.fromEntries([
      ...CHANNELS.map((channel) => [
        `take_${channel}`,
        {
          action: 'receive',
          channel: { $ref: `#/channels/${channel}` },
          summary: WHAT[channel],
          bindings: { mqtt: { qos: 1, retain: false, bindingVersion: '0.2.0' } },
        },
      ]),
      [
        'send_cmd',
        {
          action: 'send',
          channel: { $ref: '#/channels/cmd' },
          summary: 'Commands to devices',
          bindings: { mqtt: { qos: 1, retain: false, bindingVersion: '0.2.0' } },
        },
      ],
    ]),
    components: {
      messages: Object.fromEntries([
        ...CHANNELS.map((channel) => [
          messageName(channel),
          {
            name: channel,
            contentType: 'application/json',
            payload: jsonSchema(channelPayloads[channel]),
            examples: goodExamples[channel].map(({ name, payload }) => ({ name, payload })),
          },
        ]),
        ['cmdMessage', { name: 'cmd', contentType: 'application/json', payload: jsonSchema(commandPayload) }],
      ]),
      securitySchemes: {
        credential: {
          type: 'userPassword',
          description: 'Username: id of the device, gateway or bridge. Password: its secret.',
        },
      },
    },
  };
}
