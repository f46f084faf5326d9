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

export interface Script {
  sql: string;
  /** Data of its COPYs, in their order. */
  copies: Uint8Array[];
}

/**
 * A transaction as one script: begin, fence, rows and commit; or, where alerts are raised in it, its opening and its rows
 * apart. Numbers are the only values in their text.
 */
export class BatchScript {
  readonly #readings = new CopyBuffer();
  readonly #small = new CopyBuffer(4096);

  of(fence: Fence, batches: readonly Rows[]): Script {
    const { sql, copies } = this.rows(batches);
    return { sql: [this.opening(fence), ...(sql === '' ? [] : [sql]), 'commit'].join('; '), copies };
  }

  opening(fence: Fence): string {
    return `begin; select ${fenceCall(fence)}`;
  }

  /** The text is empty if there are none. */
  rows(batches: readonly Rows[]): Script {
    const sql: string[] = [];
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
    return { sql: sql.join('; '), copies };
  }
}
