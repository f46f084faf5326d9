import { connect, type MqttClient } from 'mqtt';
import type { CanaryHome } from './homes.ts';

/** How long a press may wait for its acknowledgement before it counts as not taken. */
const CONNECT_WITHIN_MS = 5_000;
const RECONNECT_MS = 2_000;

/** The call button of a canary: an ordinary device over MQTT, nothing that another device could not do. */
export class CanaryButton {
  readonly home: CanaryHome;
  readonly #client: MqttClient;

  /** `url` with a user and password of its own (an external broker's) is used as it is. */
  constructor(home: CanaryHome, url: string, processId: string) {
    this.home = home;
    const own = new URL(url).username === '';
    this.#client = connect(url, {
      clientId: `canary-${home.deviceId}-${processId}`,
      ...(own && { username: home.deviceId, password: home.secret }),
      reconnectPeriod: RECONNECT_MS,
      connectTimeout: CONNECT_WITHIN_MS,
      // A press that could not be sent is a failure now, not a success later
      queueQoSZero: false,
      resubscribe: false,
    });
    this.#client.on('error', () => undefined); // it comes back by itself, and what is not seen is told
  }

  /** Resolves with whether it was acknowledged: committed, as far as the broker says. */
  async press(at: number): Promise<boolean> {
    if (!this.#client.connected) return false;
    const topic = `care/v1/${this.home.homeId}/${this.home.deviceId}/sos`;
    // Without `id`: those of presses are remembered for seven days, and these need not be
    const payload = JSON.stringify({ action: 'press', ts: at });
    try {
      await this.#client.publishAsync(topic, payload, { qos: 1 });
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
