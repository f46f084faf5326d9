import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { expect, it } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { registerHome } from '../../tests/support/ingest-world.ts';
import { testDatabase } from '../../tests/support/postgres.ts';
import { until } from '../../tests/support/until.ts';
import { HomeAssistant } from './publisher.ts';

it('a home is discovered and its state kept, by ids and states only; other homes are not shown', async () => {
  const db = await testDatabase();
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => void broker.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const listeners = new Set<(event: { type: string; data: string }) => void>();
  const shown = new Map<string, string>();
  const assistant = await connectAsync(url);
  assistant.on('message', (topic, payload) => void shown.set(topic, payload.toString()));
  await assistant.subscribeAsync(['homeassistant/#', 'yinling/#']);
  await registerHome(db, 'h1', { button: 'sos_button', pir: 'pir' });
  await registerHome(db, 'h2');
  const publisher = new HomeAssistant({
    pool: db.pool,
    clock: systemClock,
    log: silentLog(),
    url,
    homeIds: ['h1', 'nobody'],
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  publisher.start();
  const stateOf = (): Record<string, unknown> | undefined => {
    const text = shown.get('yinling/home/h1/state');
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
  };
  try {
    await until('the home to be shown', () => stateOf() !== undefined);
    expect(stateOf()).toMatchObject({
      alarm: 'OFF',
      alarm_state: 'none',
      mode: 'home',
      'h1-button_online': 'ON',
    });
    const config = JSON.parse(shown.get('homeassistant/device/yinling_h1/config') ?? '{}') as {
      components: Record<string, { platform: string; unique_id: string }>;
      state_topic: string;
      availability_topic: string;
    };
    expect(config).toMatchObject({
      state_topic: 'yinling/home/h1/state',
      availability_topic: 'yinling/availability',
      components: {
        alarm: { platform: 'binary_sensor', device_class: 'safety' },
        'h1-pir_online': { platform: 'binary_sensor', device_class: 'connectivity' },
      },
    });
    // What is discovered is what the state tells, and nothing can be commanded
    expect(Object.keys(config.components).toSorted()).toEqual(Object.keys(stateOf() ?? {}).toSorted());
    expect(JSON.stringify(config)).not.toContain('command_topic');
    expect([...shown.keys()].filter((topic) => topic.includes('h2'))).toEqual([]);

    await db.pool.query(
      `insert into alerts (id, dedup_key, kind, priority, state, home_id, street, occurred_at, opened_at, version, doc)
       values ('a1', 'h1:emergency', 'sos', 1, 'open', 'h1', '莲花', now(), now(), 1, '{}')`,
    );
    for (const listener of listeners) listener({ type: 'alert', data: '{"homeId": "h1"}' });
    await until('the alarm to be shown', () => stateOf()?.['alarm'] === 'ON');
    expect(stateOf()).toMatchObject({ alarm_state: 'open', alarm_kind: 'sos' });
    await publisher.stop();
    await until('its end to be shown', () => shown.get('yinling/availability') === 'offline');
  } finally {
    await publisher.stop();
    await assistant.endAsync(true);
    await new Promise<void>((done) => broker.close(() => done()));
    server.close();
    await db.drop();
  }
});
