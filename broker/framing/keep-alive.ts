import type { Clock } from '../../platform/clock.ts';

/** A quarter of the silence that MQTT allows is the precision: one and a half keep-alives, to a quarter more. */
const TICKS = 4;

export interface KeepAliveHost {
  /** True while we do not read what the client may have sent: then its silence is ours. */
  waits(): boolean;
  onSilent(): void;
}

/**
 * Ends a connection that has been silent for one and a half keep-alives [MQTT-3.1.2-24]. Ours, not aedes', for aedes
 * does not see the publishes that wait for their acceptance: in a database outage it would take every device for dead.
 * Counts ticks, not the time of day, which may be set.
 */
export class KeepAlive {
  readonly #tickMs: number;
  readonly #clock: Clock;
  readonly #host: KeepAliveHost;
  #silentTicks = 0;
  #cancel: () => void;

  constructor(keepAliveS: number, clock: Clock, host: KeepAliveHost) {
    this.#tickMs = (keepAliveS * 1_500) / TICKS;
    this.#clock = clock;
    this.#host = host;
    this.#cancel = this.#arm();
  }

  heard(): void {
    this.#silentTicks = -1;
  }

  stop(): void {
    this.#cancel();
  }

  #arm(): () => void {
    return this.#clock.setTimer(this.#tickMs, () => {
      this.#silentTicks = this.#host.waits() ? 0 : this.#silentTicks + 1;
      if (this.#silentTicks >= TICKS) this.#host.onSilent();
      else this.#cancel = this.#arm();
    });
  }
}
