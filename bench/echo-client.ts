import { once } from 'node:events';
import { connect } from 'node:net';
import { generate } from 'mqtt-packet';
import { connectPacket, packetReader, publishPacket } from '../devices-sim/load/packets.ts';

const SUBACK = 0x90;
const PUBLISH = 0x30;
const CONNACK = 0x20;

/** Publishes on one socket and waits on another, as device and operator do: the round trip through a bare broker. */
export async function echoClient(port: number): Promise<{ roundTripMs(): Promise<number>; end(): void }> {
  const topic = 'care/v1/h/d/sos';
  let arrived = (): void => {};
  let answered = (): void => {};
  const open = async (clientId: string) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    socket.on(
      'data',
      packetReader((type) => {
        if ((type & 0xf0) === PUBLISH) arrived();
        else if (type === CONNACK || type === SUBACK) answered();
      }),
    );
    await ask(() => socket.write(connectPacket({ clientId, keepaliveS: 0 })));
    return socket;
  };
  const ask = (send: () => void): Promise<void> =>
    new Promise((resolve) => {
      answered = resolve;
      send();
    });
  const subscriber = await open('floor-operator');
  await ask(() =>
    subscriber.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] })),
  );
  const publisher = await open('floor-device');
  let packetId = 0;
  return {
    roundTripMs: () =>
      new Promise((resolve) => {
        packetId = (packetId % 0xffff) + 1;
        const payload = `{"id":"floor-${packetId}","ts":${Math.round(performance.now())},"action":"press"}`;
        const sentAt = performance.now();
        arrived = () => resolve(performance.now() - sentAt);
        publisher.write(publishPacket(topic, packetId, payload));
      }),
    end: () => {
      subscriber.destroy();
      publisher.destroy();
    },
  };
}
