import type { Channel, Payload } from '../../schemas/channels.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Signal } from '../../schemas/signal.ts';
import type {
  AnyDetector,
  Detector,
  DeviceProfile,
  HomeInput,
  HomeProfile,
  ResolvedSettings,
} from '../../ingest/detectors/detector.ts';
import { createHomeFold, type HomeFold, type Outage } from '../../ingest/home-fold.ts';
import { initialState, stateFromJson, stateToJson, type HomeState } from '../../ingest/home-state.ts';
import { aContext, aHome, anEvent } from './detector-world.ts';

/** One home of the real fold, for telling a detector's story: who says what when, and what is concluded. */
export class LivingHome {
  readonly signals: Signal[] = [];
  outages: Outage[] = [];
  state: HomeState;
  private profile: HomeProfile;
  private readonly fold: HomeFold;

  constructor(
    detectors: readonly Detector<never>[] | readonly AnyDetector[],
    devices: DeviceProfile[],
    at: number,
    settings: Partial<ResolvedSettings> = {},
    more: Partial<HomeProfile> = {},
  ) {
    const home = aHome(devices, more);
    this.profile = { ...home, settings: { ...home.settings, ...settings } };
    this.fold = createHomeFold(detectors as readonly AnyDetector[], aContext(home).local);
    this.state = initialState(this.fold.detectors);
    this.take({ kind: 'profile', profile: this.profile, now: at });
  }

  says<C extends Channel>(
    deviceId: string,
    channel: C,
    payload: Payload<C>,
    at: number,
    more: Partial<DeviceEvent<C>> = {},
  ): this {
    const device = this.profile.devices.get(deviceId);
    const event = anEvent(channel, payload, {
      deviceId,
      deviceKind: device?.kind ?? 'unknown',
      occurredAt: at,
      ...(device?.zone !== undefined && { zone: device.zone }),
      ...more,
    });
    return this.take({ kind: 'event', event, now: event.receivedAt });
  }

  /** A sensor of the home sees, or no longer sees, somebody. */
  sees(deviceId: string, at: number, occupied = true): this {
    const device = this.profile.devices.get(deviceId);
    const sensor = device?.kind as Payload<'presence'>['sensor'];
    return this.says(deviceId, 'presence', { sensor, zone: device?.zone ?? 'unknown', occupied }, at);
  }

  /** Time passes until then, inclusive of the sensors' lateness. */
  until(at: number): this {
    return this.take({ kind: 'timer', now: at + 10_001 });
  }

  /** Lets everything that has been sent arrive; a second is what vitals, positions and motion may take. */
  get settled(): this {
    return this.take({ kind: 'timer', now: this.state.now + 1_001 });
  }

  mode(mode: HomeProfile['mode'], at: number, modeUntil: number | null = null): this {
    this.profile = { ...this.profile, mode, modeUntil };
    return this.take({ kind: 'profile', profile: this.profile, now: at });
  }

  told(input: HomeInput, at: number): this {
    return this.take({ kind: 'input', input, now: at });
  }

  /** As after a crash: the state comes back from its snapshot. */
  restarts(): this {
    const json: unknown = JSON.parse(JSON.stringify(stateToJson(this.fold.detectors, this.state)));
    this.state = stateFromJson(this.fold.detectors, json as Parameters<typeof stateFromJson>[1]);
    return this;
  }

  /** What opens alerts, as `kind` or the rule, and when it was concluded. */
  get raised(): { rule: string; at: number }[] {
    return this.signals
      .filter(({ effect }) => effect === 'raise')
      .map(({ kind, evidence, occurredAt }) => ({
        rule: kind === 'inactivity' ? kind : (evidence[0]?.kind ?? kind),
        at: occurredAt,
      }));
  }

  private take(item: Parameters<HomeFold['fold']>[1]): this {
    const result = this.fold.fold(this.state, item, this.outages);
    const [fault] = result.faults;
    if (fault) throw fault.error;
    this.state = result.state;
    this.signals.push(...result.signals);
    return this;
  }
}
