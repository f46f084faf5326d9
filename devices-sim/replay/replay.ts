import type { Clock } from '../../platform/clock.ts';
import { STREETS } from '../../schemas/streets.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { SecretStore } from '../api/secrets.ts';
import type { Dataset, Recording } from '../datasets/dataset.ts';
import { openLink } from '../fleet/link.ts';
import { Tally } from '../fleet/tally.ts';
import { Histogram, type HistogramSummary } from '../measure/histogram.ts';
import { verifyFromOutside } from '../measure/verify.ts';
import { sleep } from '../sleep.ts';
import type { SimHome } from '../world/population.ts';
import { seedWorld } from '../world/seed-world.ts';
import { type Timing, timeline } from './timeline.ts';

export interface ReplayOptions extends Timing {
  brokerUrl: string;
  /** undefined: a broker without a registry; then `login` is used, and nothing is checked. */
  admin: ApiClient | undefined;
  secrets: SecretStore;
  login: { username: string; password: string } | undefined;
  seed: number;
  clock: Clock;
  signal: AbortSignal;
  onProgress(line: string): void;
}

export interface ReplaySummary {
  dataset: string;
  recordings: number;
  events: number;
  published: number;
  acknowledged: number;
  unacknowledged: number;
  ackMs: HistogramSummary;
  alerts: Record<string, number> | null;
  lost: number | null;
  duplicated: number | null;
}

const SETTLE_WITHIN_MS = 15_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Most messages of one home without an acknowledgement; then the replay waits. */
const WINDOW = 200;

/** Sends a recorded home through MQTT as its gateway would: one connection a home, in order, nothing faked. */
export async function replay(
  dataset: Dataset,
  recordings: readonly Recording[],
  options: ReplayOptions,
): Promise<ReplaySummary> {
  const { clock, signal } = options;
  const homes = new Map(
    recordings.map((recording, index) => [recording.name, homeFor(dataset, recording, index)]),
  );
  if (options.admin !== undefined)
    await seedWorld(
      options.admin,
      { seed: options.seed, homes: [...homes.values()], caregivers: [] },
      options.secrets,
    );
  const links = new Map<string, Awaited<ReturnType<typeof openLink>>>();
  for (const [name, home] of homes) links.set(name, await connectHome(home, options));

  const tally = new Tally();
  const ackMs = new Histogram();
  const underWay = new Map<string, Set<Promise<void>>>(recordings.map(({ name }) => [name, new Set()]));
  const startedAt = clock.now();
  const runId = `${dataset.name}-${Math.round(startedAt).toString(36)}`;
  const cues = timeline(recordings, options, startedAt);
  let count = 0;
  let toldAt = startedAt;
  for (const cue of cues) {
    await sleep(clock, startedAt + cue.afterMs - clock.now(), signal);
    const home = homes.get(cue.recording);
    const link = links.get(cue.recording);
    const waiting = underWay.get(cue.recording);
    if (signal.aborted || home === undefined || link === undefined || waiting === undefined) break;
    while (waiting.size >= WINDOW) await Promise.race(waiting);
    const messageId = `${runId}-${++count}`;
    const deviceId = `${home.home.id}-${cue.event.sensor}`;
    const topic = `care/v1/${home.home.id}/${deviceId}/${cue.event.channel}`;
    const publishedAt = clock.now();
    tally.sent({
      messageId,
      homeId: home.home.id,
      deviceId,
      channel: cue.event.channel,
      press: false,
      expect: 'reading',
      publishedAt,
    });
    const ts = cue.ts ?? Math.round(publishedAt);
    const sent: Promise<void> = link
      .publish(topic, JSON.stringify({ id: messageId, ts, ...cue.event.body }), 1)
      .then(() => {
        tally.acknowledged(messageId, clock.now());
        ackMs.record(clock.now() - publishedAt);
      })
      .catch(() => {})
      .finally(() => waiting.delete(sent));
    waiting.add(sent);
    if (publishedAt - toldAt >= 1_000) {
      toldAt = publishedAt;
      options.onProgress(
        `${count}/${cues.length} events, ${new Date(cue.event.atMs).toISOString().slice(0, 16)}`,
      );
    }
  }
  await Promise.race([
    Promise.all([...underWay.values()].flatMap((waiting) => [...waiting])),
    sleep(clock, SETTLE_WITHIN_MS, signal),
  ]);
  await Promise.allSettled([...links.values()].map((link) => link.close()));
  const firstTs = cues[0]?.ts ?? startedAt;
  const checked =
    options.admin === undefined
      ? undefined
      : await verifyFromOutside(options.admin, {
          published: tally.all(),
          startedAt,
          from: firstTs - DAY_MS,
          to: clock.now() + HOUR_MS,
        });
  const homeIds = new Set([...homes.values()].map((home) => home.home.id));
  const alerts = checked?.alerts.filter(
    (alert) => homeIds.has(alert.homeId) && Date.parse(alert.openedAt) >= startedAt,
  );
  return {
    dataset: dataset.name,
    recordings: recordings.length,
    events: cues.length,
    published: count,
    acknowledged: ackMs.count,
    unacknowledged: count - ackMs.count,
    ackMs: ackMs.summary(),
    alerts:
      alerts === undefined
        ? null
        : Object.fromEntries(
            [...Map.groupBy(alerts, ({ kind }) => kind)].map(([kind, list]) => [kind, list.length]),
          ),
    lost: checked?.conservation.lost ?? null,
    duplicated: checked?.conservation.duplicated ?? null,
  };
}

/** A home for the recording: its sensors as devices behind a gateway, and somebody who lives there. */
function homeFor(dataset: Dataset, recording: Recording, index: number): SimHome {
  const street = STREETS[index % STREETS.length] ?? STREETS[0];
  const homeId = `replay-${dataset.name}-${recording.name.replace(/[^A-Za-z0-9_-]/g, '-')}`.slice(0, 48);
  const gatewayId = `${homeId}-gw`;
  return {
    home: { id: homeId, street: street.zh, community: dataset.name, lat: street.lat, lon: street.lon },
    resident: { id: `${homeId}-r1`, homeId, name: `录制住户 ${recording.name}` },
    devices: [
      ...recording.sensors.map(({ sensor, kind, zone }) => ({
        id: `${homeId}-${sensor}`,
        homeId,
        kind,
        ...(zone === undefined ? {} : { zone }),
      })),
      { id: gatewayId, homeId, kind: 'gateway' as const },
    ],
    gatewayId,
  };
}

function connectHome(home: SimHome, options: ReplayOptions): ReturnType<typeof openLink> {
  const username = home.gatewayId ?? home.home.id;
  const password = options.secrets.device(username);
  const credential = password === undefined ? options.login : { username, password };
  return openLink({
    brokerUrl: options.brokerUrl,
    clientId: username,
    ...credential,
    subscribe: [],
    onMessage: () => {},
    onReconnect: () => {},
    onError: () => {},
  });
}
