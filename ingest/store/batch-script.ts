import { type Fence, fenceCall } from './fence.ts';
import { CopyBuffer } from './copy-buffer.ts';
import {
  addDeadLetter,
  addHomeLog,
  addMessageId,
  addReading,
  COPY_DEAD_LETTERS,
  COPY_HOME_LOG,
  COPY_MESSAGE_IDS,
  COPY_READINGS,
  type DeadLetterRow,
  type HomeLogRow,
  type MessageIdRow,
  type ReadingRow,
} from './rows.ts';

/** All rows of one transaction. */
export interface Rows {
  readings: readonly ReadingRow[];
  messageIds: readonly MessageIdRow[];
  deadLetters: readonly DeadLetterRow[];
  log: readonly HomeLogRow[];
  /** Rows of `home_inputs` that are folded, with the seq under which. */
  inputs: readonly (readonly [id: number, seq: number])[];
}

/**
 * The transaction as one script: begin, fence, rows, and (unless alerts are to be raised first) commit. Numbers are the
 * only values in its text.
 */
export class BatchScript {
  readonly #readings = new CopyBuffer();
  readonly #small = new CopyBuffer(4096);

  of(fence: Fence, batches: readonly Rows[], commit: boolean): { sql: string; copies: Uint8Array[] } {
    const sql = [`begin; select ${fenceCall(fence)}`];
    const copies: Uint8Array[] = [];
    const copy = <R>(
      text: string,
      buffer: CopyBuffer,
      rowsOf: (batch: Rows) => readonly R[],
      add: (buffer: CopyBuffer, row: R) => void,
    ) => {
      for (const batch of batches) for (const row of rowsOf(batch)) add(buffer, row);
      if (buffer.rows === 0) return;
      sql.push(text);
      copies.push(buffer.take());
    };
    copy(COPY_READINGS, this.#readings, (batch) => batch.readings, addReading);
    copy(COPY_MESSAGE_IDS, this.#small, (batch) => batch.messageIds, addMessageId);
    copy(COPY_DEAD_LETTERS, this.#small, (batch) => batch.deadLetters, addDeadLetter);
    copy(COPY_HOME_LOG, this.#small, (batch) => batch.log, addHomeLog);
    const inputs = batches.flatMap((batch) => batch.inputs);
    if (inputs.length > 0)
      sql.push(
        `update home_inputs h set seq = v.seq from (values ${inputs
          .map(([id, seq]) => `(${id}::bigint, ${seq}::bigint)`)
          .join(', ')}) v (id, seq) where h.id = v.id`,
      );
    if (commit) sql.push('commit');
    return { sql: sql.join('; '), copies };
  }
}
