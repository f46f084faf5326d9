import { expect, it } from 'vitest';
import { loadConfig } from '../platform/config.ts';
import { DEFAULT_LIMITS, limitsOf } from './limits.ts';

const limitsIn = (env: Record<string, string>) => {
  const loaded = loadConfig(env);
  return loaded.ok ? { ...DEFAULT_LIMITS, ...limitsOf(loaded.config.mqttLimits) } : loaded.problems;
};

it('bounds are the broker’s own until others are given', () => {
  expect(limitsIn({})).toEqual(DEFAULT_LIMITS);
});

it('each bound has its variable', () => {
  expect(
    limitsIn({
      MQTT_MAX_RATE: '10',
      MQTT_MAX_IN_FLIGHT: '20',
      MQTT_MAX_TOPICS: '30',
      MQTT_MAX_SUBSCRIPTIONS: '40',
      MQTT_MAX_CONNECTIONS_PER_CREDENTIAL: '50',
      MQTT_MAX_CONNECTIONS_PER_ADDRESS: '60',
    }),
  ).toEqual({
    ...DEFAULT_LIMITS,
    messagesPerSecond: 10,
    window: { ...DEFAULT_LIMITS.window, messages: 20, lookAheadMessages: 200 },
    topicsPerConnection: 30,
    subscriptionsPerConnection: 40,
    connectionsPerCredential: 50,
    connectionsPerAddress: 60,
  });
});

it('a bound of nothing, or of no number, is refused by its name', () => {
  expect(limitsIn({ MQTT_MAX_RATE: '0', MQTT_MAX_TOPICS: 'many' })).toEqual([
    expect.stringMatching(/^MQTT_MAX_RATE: /),
    expect.stringMatching(/^MQTT_MAX_TOPICS: /),
  ]);
});
