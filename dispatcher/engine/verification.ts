import { openDeadlineMs } from '../../alerts/deadlines.ts';
import type { Verdict } from '../../alerts/events.ts';
import type { AlertRecord } from '../../alerts/record.ts';
import type { NewId } from '../../platform/ids.ts';
import type { CommandPayload } from '../../schemas/channels.ts';
import { toIso } from '../../schemas/ids.ts';
import { ASKING_KINDS } from '../../schemas/registry.ts';
import type { CaseFile } from './case-file.ts';

/** With less than this left nobody could answer: the window just runs out. */
const SHORTEST_QUESTION_MS = 1_000;
const QUESTION =
  '检测到您可能跌倒了，您还好吗？如果没事，请回答“我没事”；需要帮助，请回答“求助”。没有回答，我们会立即联系您。';

/**
 * A pending fall: ask through every screen and robot of the home, once, for what is left of the window; when that has
 * run out, silence is a yes. No question is ever sent after its time (`expires_at`).
 */
export async function verifyFall(file: CaseFile, newId: NewId): Promise<void> {
  const record = pendingRecord(file);
  const untilMs = Date.parse(record.alert.deadlineAt ?? toIso(file.now));
  if (untilMs <= file.now) return opensWith(file, record, 'silence');
  if (record.work.ask !== null || untilMs - file.now < SHORTEST_QUESTION_MS) return;
  const deviceIds = await askingDevices(file, record.alert.homeId);
  if (deviceIds.length === 0) return opensWith(file, record, 'nobody_to_ask');
  const promptId = newId('q');
  const body: CommandPayload = {
    cmd: 'prompt',
    promptId,
    text: QUESTION,
    answerWithinMs: untilMs - file.now,
  };
  await file.tx.query({
    name: 'prompt_write',
    text: `insert into downlink (home_id, device_id, body, created_at, expires_at)
           select $1, device_id, $3, $4, $5 from unnest($2::text[]) device_id`,
    values: [record.alert.homeId, deviceIds, JSON.stringify(body), new Date(file.now), new Date(untilMs)],
  });
  file.prompted = true;
  file.add({ type: 'asked', at: toIso(file.now), promptId, deviceIds });
}

function pendingRecord(file: CaseFile): AlertRecord {
  if (file.record?.alert.state !== 'pending') throw new Error('only a pending fall is asked about');
  return file.record;
}

function opensWith(file: CaseFile, { alert, work }: AlertRecord, verdict: Verdict): void {
  const look = { priority: 1 as const, test: alert.test, synthetic: alert.synthetic };
  const at = toIso(file.now);
  // As of the deadline if it is noticed late: nobody waits longer because we were away.
  const fromMs = Math.min(file.now, Date.parse(alert.deadlineAt ?? at));
  const deadlineAt = toIso(Math.max(openDeadlineMs(look, work.policy, fromMs), file.now));
  file.add({ type: 'verified', at, verdict, priority: 1, since: toIso(fromMs), deadlineAt });
}

async function askingDevices(file: CaseFile, homeId: string): Promise<string[]> {
  const { rows } = await file.tx.query<{ id: string }>({
    name: 'asking_devices',
    text: `select id from devices where home_id = $1 and kind = any($2) and retired_at is null order by id`,
    values: [homeId, ASKING_KINDS],
  });
  return rows.map((row) => row.id);
}
