/** MQTT 3.1.1 control packet types, as they stand in the high four bits of the first byte. */
export const CONNECT = 1;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const UNSUBSCRIBE = 10;
export const PINGREQ = 12;
export const DISCONNECT = 14;

export type QoS = 0 | 1 | 2;

/** Why a packet was malformed; a label of `/metrics`, so the list is closed. */
export type MalformedReason =
  | 'remaining_length'
  | 'flags'
  | 'length'
  | 'qos_3'
  | 'dup_qos_0'
  | 'packet_id_0'
  | 'text'
  | 'topic_name'
  | 'topic_filter'
  | 'no_topics'
  | 'subscription_options'
  | 'protocol_name'
  | 'connect_flags'
  | 'will'
  | 'trailing_bytes'
  | 'unexpected_packet'
  | 'acknowledgement'
  | 'text_frame';

export interface Malformed {
  readonly malformed: MalformedReason;
}
export const malformed = (reason: MalformedReason): Malformed => ({ malformed: reason });
