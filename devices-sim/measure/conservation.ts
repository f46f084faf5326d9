/**
 * The conservation law, seen from outside: every publish that was acknowledged is stored exactly once, as a reading or as
 * a dead letter, however often it was sent; every acknowledged press is evidence in exactly one alert. A publish
 * without an acknowledgement may or may not be there (the device would retry it); twice is wrong in any case.
 */
export interface Published {
  messageId: string;
  homeId: string;
  deviceId: string;
  channel: string;
  /** A call for help (`sos` with `action: press`). */
  press: boolean;
  expect: 'reading' | 'dead_letter';
  /** How often it was sent, faults included. */
  copies: number;
  publishedAt: number;
  acknowledgedAt: number | null;
}

export interface Stored {
  deviceId: string;
  messageId: string;
}

/** One press as an alert shows it. */
export interface PressEvidence {
  alertId: string;
  deviceId: string | null;
  messageId: string;
}

export interface Conservation {
  published: number;
  /** Sent again on purpose: repeats of the same message. */
  repeats: number;
  acknowledged: number;
  unacknowledged: number;
  /** Different messages found as readings. */
  stored: number;
  /** Acknowledged messages that no contract lets become a reading: found as dead letters. */
  deadLetters: number;
  presses: number;
  pressesSeen: number;
  /** Everything that broke the law, one line each. */
  offences: Offence[];
  lost: number;
  duplicated: number;
}

export interface Offence {
  what:
    | 'acknowledged_not_stored'
    | 'stored_twice'
    | 'press_without_alert'
    | 'press_in_several_alerts'
    | 'press_twice';
  messageId: string;
  deviceId: string;
  detail: string;
}

export function checkConservation(
  published: readonly Published[],
  stored: readonly Stored[],
  evidence: readonly PressEvidence[],
  deadLettersFound: number,
): Conservation {
  const storedTimes = countBy(stored, (row) => key(row.deviceId, row.messageId));
  const seenIn = Map.groupBy(evidence, (item) => key(item.deviceId ?? '', item.messageId));
  const readings = published.filter((message) => message.expect === 'reading');
  const refused = published.filter(
    (message) => message.expect === 'dead_letter' && message.acknowledgedAt !== null,
  );
  const offences = readings.flatMap((message) => [
    ...storageOffences(message, storedTimes.get(key(message.deviceId, message.messageId)) ?? 0),
    ...(message.press
      ? pressOffences(message, seenIn.get(key(message.deviceId, message.messageId)) ?? [])
      : []),
  ]);
  const missingDeadLetters = Math.max(0, refused.length - deadLettersFound);
  const presses = readings.filter((message) => message.press);
  const isLoss = (offence: Offence): boolean =>
    offence.what === 'acknowledged_not_stored' || offence.what === 'press_without_alert';
  // A lost press misses both as a reading and as evidence, yet is one loss.
  const lost = new Set(offences.filter(isLoss).map((o) => key(o.deviceId, o.messageId))).size;
  return {
    published: published.length,
    repeats: published.reduce((sum, message) => sum + message.copies - 1, 0),
    acknowledged: published.filter((message) => message.acknowledgedAt !== null).length,
    unacknowledged: published.filter((message) => message.acknowledgedAt === null).length,
    stored: readings.filter((message) => storedTimes.has(key(message.deviceId, message.messageId))).length,
    deadLetters: Math.min(refused.length, deadLettersFound),
    presses: presses.length,
    pressesSeen: presses.filter((message) => seenIn.has(key(message.deviceId, message.messageId))).length,
    offences,
    lost: lost + missingDeadLetters,
    duplicated: offences.filter((offence) => !isLoss(offence)).length,
  };
}

function storageOffences(message: Published, times: number): Offence[] {
  if (times > 1) return [offence('stored_twice', message, `${times} readings`)];
  return times === 0 && message.acknowledgedAt !== null
    ? [offence('acknowledged_not_stored', message, `on ${message.channel}`)]
    : [];
}

function pressOffences(message: Published, seen: readonly PressEvidence[]): Offence[] {
  const alerts = new Set(seen.map((item) => item.alertId));
  if (alerts.size > 1) return [offence('press_in_several_alerts', message, [...alerts].join(', '))];
  if (seen.length > 1)
    return [offence('press_twice', message, `${seen.length} times in ${[...alerts].join()}`)];
  return seen.length === 0 && message.acknowledgedAt !== null
    ? [offence('press_without_alert', message, `in ${message.homeId}`)]
    : [];
}

const offence = (what: Offence['what'], message: Published, detail: string): Offence => ({
  what,
  messageId: message.messageId,
  deviceId: message.deviceId,
  detail,
});

const key = (deviceId: string, messageId: string): string => `${deviceId}\n${messageId}`;

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
