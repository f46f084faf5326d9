import { watch } from 'vue';
import type { ComputedRef, ShallowRef } from 'vue';
import type { Alert } from '../model/api-types.ts';
import type { Counts } from '../model/queue-order.ts';
import { chimesFor, newlyRinging, SILENT, sirenOf } from '../model/siren.ts';
import type { Siren } from '../model/siren.ts';
import { unnoted } from '../model/unconfirmed.ts';
import type { Words } from '../words/words.ts';
import type { Clock } from './clock.ts';
import type { Live } from './live.ts';
import type { Sound } from './sound.ts';

interface Ports {
  live: Live;
  clock: Clock;
  sound: Sound;
  words: ComputedRef<Words>;
  announcement: ShallowRef<string>;
  sentenceOf: (alert: Alert, nowMs: number) => string;
  counts: ComputedRef<Counts>;
}

/**
 * Makes a new alarm impossible to miss, without ever touching the keyboard's focus: tones, the window's title, and
 * a line for screen readers. Also marks when an alarm was painted, so that the delay can be measured in the field.
 */
export function raiseAlarm({ live, clock, sound, words, announcement, sentenceOf, counts }: Ports): void {
  let siren: Siren = SILENT;
  const ring = (): void => {
    const { alerts, unconfirmed } = live.state.value;
    siren = sirenOf(alerts.values(), siren, clock.now(), unnoted(unconfirmed).length);
    sound.ring(siren.gain);
    const title = words.value.title;
    const waiting = counts.value.waiting;
    document.title = siren.ringing
      ? title.ringing(siren.waiting)
      : waiting > 0
        ? title.waiting(waiting)
        : title.quiet;
  };
  live.onChange((before, after) => {
    if (before.unconfirmed !== after.unconfirmed) {
      ring();
      const fresh = unnoted(after.unconfirmed).length;
      if (fresh > unnoted(before.unconfirmed).length)
        announcement.value = words.value.unconfirmed.title(fresh);
    }
    if (before.alerts === after.alerts) return;
    ring();
    // The first load is the desk as it stands: it rings if it must, it announces nothing.
    if (!before.loaded) return;
    if (chimesFor(before.alerts, after.alerts) > 0 && !siren.ringing) sound.chime();
    const fresh = newlyRinging(before.alerts, after.alerts);
    const [first] = fresh;
    if (first) announcement.value = words.value.announce.newAlarm(sentenceOf(first, clock.now()));
    for (const alert of after.alerts.values())
      if (!before.alerts.has(alert.id)) markPainted(alert, clock.now());
  });
  watch([clock.tick, words], ring);
}

/** `performance` entries named `alert-painted`, with the time from the service's commit to the painted frame. */
function markPainted(alert: Alert, receivedMs: number): void {
  const since = performance.now();
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const sinceReceivedMs = performance.now() - since;
      const publishedMs = Date.parse(alert.publishedAt ?? alert.committedAt ?? alert.receivedAt);
      performance.mark('alert-painted', {
        detail: {
          id: alert.id,
          paintMs: sinceReceivedMs,
          fromPublishedMs: receivedMs + sinceReceivedMs - publishedMs,
        },
      });
    }),
  );
}
