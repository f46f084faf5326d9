import { connectAsync, type MqttClient } from 'mqtt';

/** A device's connection that fails, with what it was doing, rather than waits for ever. */
export async function connectDevice(
  mqttPort: number,
  username: string,
  password: string,
): Promise<{
  client: MqttClient;
  publish(topic: string, payload: string): Promise<void>;
  end(): Promise<void>;
}> {
  const client = await within(
    `${username} to connect`,
    connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
      username,
      password,
      clientId: username,
      reconnectPeriod: 0,
    }),
  );
  return {
    client,
    publish: async (topic, payload) =>
      void (await within(`${topic} to be acknowledged`, client.publishAsync(topic, payload, { qos: 1 }))),
    end: () => client.endAsync(true),
  };
}

function within<T>(what: string, work: Promise<T>, timeoutMs = 30_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`waited ${timeoutMs} ms for ${what}`)), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
