import type { Codec } from '../codecs/codec.ts';
import { AHEAD_TOLERANCE_MS } from '../decode/clock.ts';
import { decode, type Decoded, type DecodedItem } from '../decode/decode.ts';
import { contentKeyOf } from '../dedupe/content-key.ts';
import { hashText } from '../dedupe/hash.ts';
import type { DeviceClocks } from '../dedupe/device-clocks.ts';
import type { PressIds } from '../dedupe/press-ids.ts';
import type { RecentIds } from '../dedupe/recent-ids.ts';
import { type HomeEntry, NEGATIVE_MS } from '../directory.ts';
import type { Probe } from '../store/known-ids.ts';
import type { MessageWork } from './home.ts';

/** A message decoded, and what is known of its id before the database is asked. */
export interface Prepared {
  readonly work: MessageWork;
  readonly decoded: Decoded;
  readonly items: readonly PreparedItem[];
}
export interface PreparedItem {
  readonly item: DecodedItem;
  /** 0: it has no id. */
  readonly idKey: number;
  readonly contentKey: number;
  known: 'new' | 'same' | 'conflict';
  /** Set if only the database can tell. */
  readonly probe: Probe | undefined;
}

export interface PrepareContext {
  readonly codecs: ReadonlyMap<string, Codec>;
  readonly recent: RecentIds;
  readonly presses: PressIds;
  readonly clocks: DeviceClocks;
  /** From when on memory is complete for the homes of a partition, if it was not always ours; ms since the epoch. */
  readonly knownSince: (partition: number) => number;
}

const NO_ITEMS: readonly PreparedItem[] = [];

export function prepare(
  work: MessageWork,
  entry: HomeEntry | null,
  context: PrepareContext,
  probeAll: boolean,
  partition = 0,
): Prepared {
  const decoded = decodeWork(work, entry, context.codecs);
  if (decoded.result !== 'events') return { work, decoded, items: NO_ITEMS };
  const items: PreparedItem[] = [];
  for (const item of decoded.items)
    items.push(
      item.event.messageId === '' || !entry
        ? { item, idKey: 0, contentKey: 0, known: 'new', probe: undefined }
        : look(work, item, entry, context, probeAll, partition),
    );
  return { work, decoded, items };
}

/** A message that the database refused once is not given to it again, but as what it must count as. */
function decodeWork(work: MessageWork, entry: HomeEntry | null, codecs: PrepareContext['codecs']): Decoded {
  if (work.poison === undefined) return decode(work.message, entry, codecs);
  const { message, poison } = work;
  // An empty payload on `sos` is an unreadable one: a press with nothing that could be refused.
  const bare = decode({ ...message, payload: new Uint8Array(), size: 0 }, entry, codecs);
  if (bare.result === 'events' && bare.items[0]) {
    const [item] = bare.items;
    const event = { ...item.event, marks: [...item.event.marks, 'database_refused'] };
    return { result: 'events', items: [{ ...item, event }] };
  }
  const found = decode(message, entry, codecs);
  const where = found.result === 'events' ? found.items[0]?.event : undefined;
  return {
    result: 'dead_letter',
    letter: {
      reason: 'database_refused',
      detail: poison,
      keepBody: true,
      ...(where && { homeId: where.homeId, deviceId: where.deviceId }),
    },
  };
}

function look(
  work: MessageWork,
  item: DecodedItem,
  entry: HomeEntry,
  context: PrepareContext,
  probeAll: boolean,
  partition: number,
): PreparedItem {
  const { recent, presses } = context;
  const { event, deviceNo, statedAt } = item;
  const { messageId, channel } = event;
  const idKey = deviceNo > 0 ? hashText(messageId, deviceNo) : hashText(`${event.deviceId}\n${messageId}`, 0);
  const contentKey = contentKeyOf(work.message, item);
  const probe = (): Probe => ({
    homeNo: entry.homeNo,
    deviceNo,
    messageId,
    idKey,
    contentKey,
    statedAt: statedAt ?? null,
    body: item.body,
  });
  if (channel === 'sos') {
    const known = presses.look(idKey, contentKey);
    return { item, idKey, contentKey, known, probe: probeAll ? probe() : undefined };
  }
  if (recent.has(idKey, contentKey)) return { item, idKey, contentKey, known: 'same', probe: undefined };
  const remembered =
    statedAt !== undefined &&
    isRemembered(statedAt, event.receivedAt, deviceNo, context, context.knownSince(partition));
  const asks = probeAll || !remembered;
  return { item, idKey, contentKey, known: 'new', probe: asks ? probe() : undefined };
}

/**
 * Whether memory would know of an earlier copy: that cannot have come before the device's own time for it, by our clock
 * and the device's error.
 */
function isRemembered(
  statedAt: number,
  receivedAt: number,
  deviceNo: number,
  { recent, clocks }: PrepareContext,
  knownSince: number,
): boolean {
  if (statedAt > receivedAt + AHEAD_TOLERANCE_MS || clocks.wasAhead(deviceNo)) return false;
  const copyAt = statedAt - clocks.leadMs(deviceNo, statedAt, receivedAt);
  return copyAt > recent.since && copyAt > knownSince;
}

/** The registry may have changed since the entry was read: worth a second look before a device is called unknown. */
export const doubtful = ({ decoded }: Prepared, entry: HomeEntry | null, now: number): boolean => {
  if (!entry || now - entry.loadedAt < NEGATIVE_MS) return false;
  if (decoded.result === 'dead_letter') return decoded.letter.reason === 'unknown_device';
  return decoded.result === 'events' && decoded.items.some(({ deviceNo }) => deviceNo === 0);
};
