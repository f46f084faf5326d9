import type { Clock } from '../platform/clock.ts';
import type { Pool } from '../platform/database.ts';
import type { Log } from '../platform/log.ts';
import type { InboundMessage } from '../schemas/inbound.ts';
import { DeclaredCodecs } from './declared-codecs.ts';
import { addressOf, isContractTopic } from './decode/address.ts';
import { decode, type RegisteredDevice, type RegisteredHome } from './decode/decode.ts';

/** Changes of the registry are read together, no more often than this. */
const READ_EVERY_MS = 5_000;
/** After the first change, for those that come with it. */
const GATHER_MS = 200;
/** Announcements may be missed. */
const LOOK_AGAIN_MS = 60_000;

/** Whose call for help a message is. */
export interface Caller {
  readonly homeId: string;
  readonly deviceId: string;
}

const NOBODY: RegisteredHome = { homeId: '', device: () => undefined, external: () => undefined };

/**
 * Who calls, told without asking the database: it may be away when this is asked. Streets of homes, devices by their
 * vendors' ids, and declared codecs, as they were last read.
 */
export class CallDirectory {
  readonly #db: Pick<Pool, 'query'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #codecs: DeclaredCodecs;
  #streets = new Map<string, string>();
  #homes = new Map<string, RegisteredHome>();
  #readAt = -Infinity;
  #reading = false;
  #armed = false;
  #cancel: () => void = () => undefined;
  #cancelLook: () => void = () => undefined;
  #stopped = false;

  constructor(deps: { db: Pick<Pool, 'query'>; clock: Clock; log: Log }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#codecs = new DeclaredCodecs(deps.db, deps.log);
  }

  async start(): Promise<void> {
    await this.#read();
    this.#lookAgain();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
    this.#cancelLook();
  }

  /** Something in the registry is another than it was. */
  changed(): void {
    if (this.#armed || this.#stopped) return;
    this.#armed = true;
    const sinceMs = Math.max(0, this.#clock.now() - this.#readAt);
    this.#cancel = this.#clock.setTimer(Math.max(GATHER_MS, READ_EVERY_MS - sinceMs), () => {
      this.#armed = false;
      void this.#read();
    });
  }

  /** null: not known here. */
  streetOf(homeId: string): string | null {
    return this.#streets.get(homeId) ?? null;
  }

  /** Whether it is worth asking `callerOf`. Cheap: for every message. */
  mayCall({ topic, principal }: InboundMessage): boolean {
    return topic.endsWith('/sos') || (principal.codec !== undefined && !isContractTopic(topic));
  }

  /** undefined: nobody calls for help with it. */
  callerOf(message: InboundMessage): Caller | undefined {
    if (isContractTopic(message.topic)) {
      const address = addressOf(message.topic);
      return address?.channel === 'sos' ? { homeId: address.homeId, deviceId: address.deviceId } : undefined;
    }
    const { homeId } = message.principal;
    if (homeId === undefined) return undefined;
    const decoded = decode(message, this.#homes.get(homeId) ?? { ...NOBODY, homeId }, this.#codecs.all);
    if (decoded.result !== 'events') return undefined;
    const press = decoded.items.find(({ event }) => event.channel === 'sos');
    return press && { homeId, deviceId: press.event.deviceId };
  }

  #lookAgain(): void {
    this.#cancelLook = this.#clock.setTimer(LOOK_AGAIN_MS, () => {
      void this.#read().finally(() => {
        if (!this.#stopped) this.#lookAgain();
      });
    });
  }

  async #read(): Promise<void> {
    if (this.#reading || this.#stopped) return;
    this.#reading = true;
    this.#readAt = this.#clock.now();
    try {
      const { rows } = await this.#db.query<{ id: string; street: string }>(
        'select id, street from homes where retired_at is null',
      );
      this.#streets = new Map(rows.map(({ id, street }) => [id, street]));
      this.#homes = await this.#homesBehindCodecs();
      await this.#codecs.load();
    } catch (error) {
      this.#log.debug({ err: error }, 'who may call is not read; the last reading is used');
    } finally {
      this.#reading = false;
    }
  }

  /** Only those in which somebody speaks a vendor's language. */
  async #homesBehindCodecs(): Promise<Map<string, RegisteredHome>> {
    const { rows } = await this.#db.query<DeviceRow>(
      `select d.home_id, d.id, d.no, d.kind, d.external_id from devices d
        where d.retired_at is null and d.external_id is not null
          and exists (select from devices g where g.home_id = d.home_id and g.codec is not null and g.retired_at is null)`,
    );
    const byHome = new Map<string, Map<string, RegisteredDevice>>();
    for (const { home_id, id, no, kind, external_id } of rows) {
      const devices = byHome.get(home_id) ?? new Map<string, RegisteredDevice>();
      byHome.set(home_id, devices.set(external_id, { deviceId: id, deviceNo: no, kind }));
    }
    return new Map(
      [...byHome].map(([homeId, devices]) => [
        homeId,
        { homeId, device: () => undefined, external: (externalId) => devices.get(externalId) },
      ]),
    );
  }
}

interface DeviceRow {
  home_id: string;
  id: string;
  no: number;
  kind: string;
  external_id: string;
}
