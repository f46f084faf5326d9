import { TOPIC_ROOT } from '../../schemas/topics.ts';

/** How an external broker is consumed. */
export interface Subscription {
  /** To connect to: without what is ours in it. */
  readonly url: string;
  readonly topic: string;
  /** The broker and what is consumed of it, the same for all who do. */
  readonly what: string;
  /** Names of the sessions at the broker, all of which must be attended: in each of them messages wait. */
  readonly sessions: readonly string[];
  /** Messages delivered to one session and not committed. A broker may bound them lower (Mosquitto: 20, `max_inflight_messages`). */
  readonly windowEach: number;
}

export const EVERYTHING = `${TOPIC_ROOT}/+/+/+`;
const SESSION = 'yinling-ingest';
/** So many processes at most consume together; the number is for good, or messages stay behind in a session. */
const SHARED_SESSIONS = 16;
const WINDOW = 1_000;
const WINDOW_OF_SEVERAL = 250;

/**
 * Of `MQTT_URL`: `mqtt://`, `mqtts://`, `ws://` or `wss://`, with credentials in it where the broker asks for them.
 * `?share=NAME` subscribes as a group, for a broker that has shared subscriptions: others take it for a topic, and
 * deliver nothing. Without it there is one session, so that messages keep their order.
 */
export function subscriptionOf(mqttUrl: string): Subscription {
  const url = new URL(mqttUrl);
  const group = url.searchParams.get('share');
  if (group === null)
    return {
      url: mqttUrl,
      topic: EVERYTHING,
      what: url.host,
      sessions: [SESSION],
      windowEach: WINDOW,
    };
  url.searchParams.delete('share');
  return {
    url: url.href,
    topic: `$share/${group}/${EVERYTHING}`,
    what: `${url.host} ${group}`,
    sessions: Array.from({ length: SHARED_SESSIONS }, (_, no) => (no === 0 ? SESSION : `${SESSION}-${no}`)),
    windowEach: WINDOW_OF_SEVERAL,
  };
}
