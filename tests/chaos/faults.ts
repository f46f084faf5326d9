import { connect, type Socket } from 'node:net';
import { connectPacket, subscribePacket } from '../../broker/testing/packets.ts';
import type { Random } from '../../devices-sim/random.ts';
import { type Role, ROLES } from '../../platform/roles.ts';
import type { Cast } from './cast.ts';
import { distinctRoles, rowsOf } from './layouts.ts';
import type { Link, LinkMode } from './link.ts';
import type { Fault } from './plan.ts';
import type { Running } from './running.ts';
import type { Stage } from './stage.ts';
import { stallWorkers } from './stalled-workers.ts';

/** What was done, and how it is undone. */
export interface Injected {
  readonly detail: string;
  readonly isKill?: boolean;
  /** Whoever carries out what is overdue is dead, too. */
  readonly killsEscalation?: boolean;
  /** Of several that share homes: those that had had time to come to some. */
  readonly settledWorkers?: number;
  heal(): Promise<void> | void;
}

export interface FaultContext {
  readonly stage: Stage;
  readonly cast: Cast;
  readonly random: Random;
  /** Connections in a storm. */
  readonly storm: number;
}

/** The faults that this stage can suffer. */
export function faultsOf(stage: Stage, all: readonly Fault[]): Fault[] {
  const distinct = distinctRoles(stage.layout);
  return all.filter((fault) => {
    if (fault.includes('redis')) return stage.redis !== undefined;
    if (fault === 'database_disk_full') return stage.database.canFillDisk;
    if (fault === 'kill_all') return stage.processes.length > 1;
    if (fault === 'kill_two') return stage.processes.length > 2;
    const role = roleOf(fault);
    return role === undefined || distinct.has(role);
  });
}

/** Whose processes a fault is done to. */
const roleOf = (fault: Fault): Role | undefined => ROLES.find((role) => fault.endsWith(`_${role}`));

/** By which a host's clock is off until somebody sets it right. */
const WALL_JUMPS_MS = [-600_000, -75_000, -3_000, 3_000, 75_000] as const;

const nothing = (): void => undefined;

export async function inject(fault: Fault, context: FaultContext): Promise<Injected> {
  const { stage, cast, random } = context;
  const { database, links, redis } = stage;
  const victim = () => random.pick(stage.withRole(roleOf(fault) ?? 'ingest'));
  switch (fault) {
    case 'kill_ingest':
    case 'kill_dispatcher':
    case 'kill_broker':
      return killed([victim()], stage);
    case 'kill_all':
      return killed(stage.processes, stage);
    case 'kill_two':
      return killed(random.some(stage.processes, 2), stage);
    case 'kill_at_commit': {
      const role =
        !distinctRoles(stage.layout).has('dispatcher') || random.chance(0.7) ? 'ingest' : 'dispatcher';
      const one = random.pick(stage.withRole(role));
      one.database.afterRequest('commit', () => one.service.kill9());
      return { ...told([one]), heal: nothing };
    }
    case 'freeze_ingest':
    case 'freeze_dispatcher':
    case 'freeze_broker': {
      const { service } = victim();
      return { detail: service.name, heal: service.freeze() };
    }
    case 'database_stopped':
      await database.stop();
      return { detail: '', heal: () => database.start() };
    case 'database_killed':
      await database.kill9();
      return { detail: '', heal: () => database.start() };
    case 'database_frozen': {
      const thaw = await database.freeze();
      return { detail: '', heal: thaw };
    }
    case 'database_no_connections': {
      const release = await database.takeConnections();
      return { detail: '', heal: release };
    }
    case 'database_disk_full': {
      const makeRoom = await database.fillDisk();
      return {
        detail: '',
        async heal() {
          makeRoom();
          await database.start();
        },
      };
    }
    case 'redis_killed_empty':
      await redis?.kill9();
      return { detail: '', heal: () => redis?.start() };
    case 'redis_frozen':
      return { detail: '', heal: redis?.freeze() ?? nothing };
    case 'link_devices':
      return disturbed(links.devices, random);
    case 'link_devices_double':
      return disturbed(links.devices, random, ['double']);
    case 'link_devices_swap':
      return disturbed(links.devices, random, ['swap']);
    case 'link_people':
      return disturbed(links.people, random);
    case 'link_people_repeat':
      return disturbed(links.people, random, ['repeat']);
    case 'link_database_of_ingest':
    case 'link_database_of_dispatcher':
    case 'link_database_of_broker': {
      const { database: link, service } = victim();
      return of(service.name, disturbed(link, random));
    }
    case 'link_redis': {
      const { redis: link, service } = random.pick(stage.processes);
      return of(service.name, disturbed(link ?? links.people, random));
    }
    case 'frozen_subscriber':
      return crowd(cast.credentials.slice(0, 4), (socket, { deviceId, homeId, secret }) => {
        socket.write(connectPacket({ clientId: 'frozen', username: deviceId, password: secret }));
        socket.write(subscribePacket(1, `care/v1/${homeId}/${deviceId}/cmd`));
        socket.pause();
      })(stage.mqttPort);
    case 'slow_loris':
      return crowd(Array.from({ length: 60 }), (socket, _, nth) => {
        const bytes =
          nth % 2 === 0 ? connectPacket({ username: 'loris', password: 'x'.repeat(200) }) : HALF_A_REQUEST;
        let at = 0;
        const drip = setInterval(() => {
          if (at < bytes.length - 2) socket.write(bytes.subarray(at, (at += 1)));
        }, 100);
        socket.on('close', () => clearInterval(drip));
      })(stage.mqttPort);
    case 'device_clocks_jump':
      for (const device of cast.devices) if (random.chance(0.5)) device.clockJumps();
      return { detail: '', heal: nothing };
    case 'wall_clock_jumps': {
      const jumpMs = random.pick(WALL_JUMPS_MS);
      const one = random.pick([...stage.processes, undefined]);
      const whose = one === undefined ? stage.processes : [one];
      const set = (ms: number) => whose.forEach((process) => process.setWallClock(ms));
      set(jumpMs);
      return { detail: `${one?.service.name ?? 'all'} by ${jumpMs} ms`, heal: () => set(0) };
    }
    case 'workers_stalled': {
      const end = stallWorkers(stage, 3);
      return { detail: '', heal: end };
    }
    case 'reconnection_storm': {
      const callers = Array.from({ length: context.storm }, (_, i) => ({
        ...(cast.credentials[i % cast.credentials.length] ?? { deviceId: '', homeId: '', secret: '' }),
        i,
      }));
      return crowd(callers, (socket, { deviceId, secret, i }) => {
        // A few times with a wrong secret, as after a botched change.
        const password = i % 10 === 0 ? 'wrong' : secret;
        socket.write(connectPacket({ clientId: `storm-${i}`, username: deviceId, password }));
      })(stage.mqttPort);
    }
  }
}

/** Whom it meets, and what of the way from a button to a person dies with them. */
const told = (victims: readonly Running[]): Omit<Injected, 'heal'> => ({
  detail: victims.map(({ service }) => service.name).join(' '),
  isKill: victims.some(({ roles }) => roles.includes('broker') || roles.includes('ingest')),
  killsEscalation: victims.some(({ roles }) => roles.includes('dispatcher')),
});

/** A worker that has been there for so long has its share of homes. */
const SETTLED_AFTER_MS = 5_000;

function killed(victims: readonly Running[], stage: Stage): Injected {
  const settledWorkers = victims.filter(
    ({ roles, service }) => roles.includes('ingest') && service.readyForMs >= SETTLED_AFTER_MS,
  ).length;
  const shared = !rowsOf(stage.layout).some(
    ({ roles }) => roles.includes('ingest') && roles.includes('broker'),
  );
  for (const { service } of victims) service.kill9();
  return { ...told(victims), ...(shared && { settledWorkers }), heal: nothing };
}

const of = (name: string, injected: Injected): Injected => ({
  ...injected,
  detail: `${name} ${injected.detail}`,
});

const HALF_A_REQUEST = Buffer.from(
  'POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{"user',
);

const ANY_WAY = ['cut', 'hang', 'slow', 'chop', 'swallow'] as const;

function disturbed(link: Link, random: Random, ways: readonly [LinkMode, ...LinkMode[]] = ANY_WAY): Injected {
  const mode = random.pick(ways);
  link.mode = mode;
  return {
    detail: mode,
    heal() {
      link.mode = 'open';
    },
  };
}

/** Sockets that do something odd until they are healed away. */
const crowd =
  <T>(members: readonly T[], act: (socket: Socket, member: T, nth: number) => void) =>
  (port: number): Injected => {
    const sockets = members.map((member, nth) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', nothing);
      socket.on('connect', () => act(socket, member, nth));
      return socket;
    });
    return {
      detail: `${sockets.length}`,
      heal: () => sockets.forEach((socket) => socket.destroy()),
    };
  };
