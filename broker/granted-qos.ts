/** By filter. */
export type Granted = Readonly<Record<string, { readonly qos: 0 | 1 | 2 } | undefined>>;

/**
 * The most that any of these filters grants to a message on that topic; undefined: none fits. aedes looks only for a filter
 * that is the topic, and sends retained messages as they were published to whoever asked with a wildcard [MQTT-3.8.4-6].
 */
export function grantedQos(granted: Granted, topic: string): 0 | 1 | 2 | undefined {
  let most: 0 | 1 | 2 | undefined;
  for (const [filter, subscription] of Object.entries(granted))
    if (subscription !== undefined && (most === undefined || subscription.qos > most) && fits(filter, topic))
      most = subscription.qos;
  return most;
}

/** MQTT 3.1.1, 4.7: `+` one level, `#` the rest and the level above it. */
export function fits(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  const levels = topic.split('/');
  const wanted = filter.split('/');
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
