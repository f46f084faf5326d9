import { HomeAssistant } from '../dispatcher/home-assistant/publisher.ts';
import { type Assembly, needed } from './parts.ts';

/** Homes that their own Home Assistant may see (`HOME_ASSISTANT_MQTT_URL`). */
export function addHomeAssistant({ config, parts, lifecycle, clock, child }: Assembly): void {
  const { homeAssistant } = config;
  if (homeAssistant === undefined) return;
  let publisher: HomeAssistant | undefined;
  lifecycle.add('home assistant', {
    start() {
      const { stream } = needed(parts.dispatcher, 'the dispatcher');
      publisher = new HomeAssistant({
        ...homeAssistant,
        pool: needed(parts.pool, 'the database'),
        clock,
        log: child('home assistant'),
        subscribe: (listener) => stream.subscribe(listener),
      });
      publisher.start();
    },
    stop: () => publisher?.stop(),
  });
}
