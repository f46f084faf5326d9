import type { ClockVerdict } from '../../schemas/inbound.ts';
import { CopyBuffer } from './copy-buffer.ts';
import { storedBody } from './stored-body.ts';

/** What one transaction stores, as plain data, and its form for COPY. Times in ms since the epoch. */
export interface ReadingRow {
  receivedAt: number;
  occurredAt: number;
  seq: number;
  homeNo: number;
  /** 0 with `deviceId` of a device that is not registered. */
  deviceNo: number;
  deviceId: string | null;
  channel: number;
  /** The device's own id; null: made from `seq` when read. */
  messageId: string | null;
  /** The whole message; stored without what lies in columns (stored-body.ts). */
  body: string;
  flags: number;
  marks: readonly string[];
}
export interface MessageIdRow {
  receivedAt: number;
  deviceNo: number;
  idKey: number;
  contentKey: number;
  press: boolean;
  /** The device's clock was ahead. */
  ahead: boolean;
}
export interface DeadLetterRow {
  receivedAt: number;
  reason: string;
  detail: string;
  credential: string;
  homeId: string | null;
  deviceId: string | null;
  topic: string;
  size: number;
  sha256: Uint8Array;
  body: Uint8Array | null;
}
export interface HomeLogRow {
  seq: number;
  homeNo: number;
  kind: 'timer' | 'input' | 'profile';
  at: number;
  body: string;
}

const VERDICTS: readonly ClockVerdict[] = ['ok', 'late', 'absent', 'ahead', 'unit', 'unreadable'];
const WILL = 8;

export const flagsOf = (clock: ClockVerdict, will: boolean): number =>
  VERDICTS.indexOf(clock) + (will ? WILL : 0);
/** Negative: the body lies in a shorter form, of verdict `ok`. */
export const clockOf = (flags: number): ClockVerdict => (flags < 0 ? 'ok' : (VERDICTS[flags % WILL] ?? 'ok'));
export const isWill = (flags: number): boolean => flags >= WILL;

/** Id of a message that brought none; the API makes the same of `seq`. */
export const madeMessageId = (seq: number): string => `_${seq.toString(36)}`;

export const COPY_READINGS =
  'copy readings (received_at, occurred_at, seq, home_no, device_no, channel, message_id, body, flags, marks, device_id) from stdin (format binary)';

export function addReading(copy: CopyBuffer, row: ReadingRow): void {
  const { body, flags } = storedBody(row);
  copy.row(11);
  copy.timestamp(row.receivedAt);
  copy.timestamp(row.occurredAt);
  copy.int64(row.seq);
  copy.int32(row.homeNo);
  copy.int32(row.deviceNo);
  copy.int16(row.channel);
  if (row.messageId === null) copy.null();
  else copy.text(row.messageId);
  copy.jsonb(body);
  copy.int16(flags);
  if (row.marks.length === 0) copy.null();
  else copy.texts(row.marks);
  if (row.deviceId === null) copy.null();
  else copy.text(row.deviceId);
}

export const COPY_MESSAGE_IDS =
  'copy message_ids (day, device_no, id_key, content_key, press, ahead) from stdin (format binary)';

export function addMessageId(copy: CopyBuffer, row: MessageIdRow): void {
  copy.row(6);
  copy.date(row.receivedAt);
  copy.int32(row.deviceNo);
  copy.int64(row.idKey);
  copy.int64(row.contentKey);
  copy.boolean(row.press);
  copy.boolean(row.ahead);
}

export const COPY_DEAD_LETTERS =
  'copy dead_letters (received_at, reason, detail, credential, home_id, device_id, topic, size, sha256, body) from stdin (format binary)';

export function addDeadLetter(copy: CopyBuffer, row: DeadLetterRow): void {
  copy.row(10);
  copy.timestamp(row.receivedAt);
  copy.text(row.reason);
  copy.text(row.detail);
  copy.text(row.credential);
  if (row.homeId === null) copy.null();
  else copy.text(row.homeId);
  if (row.deviceId === null) copy.null();
  else copy.text(row.deviceId);
  copy.text(row.topic);
  copy.int32(row.size);
  copy.bytes(row.sha256);
  if (row.body === null) copy.null();
  else copy.bytes(row.body);
}

export const COPY_HOME_LOG = 'copy home_log (seq, home_no, kind, at, body) from stdin (format binary)';

export function addHomeLog(copy: CopyBuffer, row: HomeLogRow): void {
  copy.row(5);
  copy.int64(row.seq);
  copy.int32(row.homeNo);
  copy.text(row.kind);
  copy.timestamp(row.at);
  copy.jsonb(row.body);
}
