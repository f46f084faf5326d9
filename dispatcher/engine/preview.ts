import { policyChooser } from '../../alerts/policy.ts';
import type { Queryable } from '../../platform/database.ts';
import type { AlertKind, FrozenPolicy, Priority } from '../../schemas/alert.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Recipient } from '../channels/channel.ts';
import {
  afterMove,
  type Circumstances,
  inRounds,
  nextMove,
  type OfferMove,
  type Progress,
  settle,
  type Standing,
} from '../escalation/escalation.ts';
import { quietForMs } from '../escalation/quiet-hours.ts';
import type { Recommender } from '../recommendation/recommender.ts';
import { serviceOfKind } from '../recommendation/role-fit.ts';
import type { LocalMinute } from '../recommendation/shift.ts';

export interface PreviewAsked {
  homeId: string;
  kind: AlertKind;
  priority: Priority;
  atMs: number;
  /** With nobody at a desk nothing waits for an answer. */
  attended: boolean;
  /** Absent: the one that would count. */
  policy?: Pick<FrozenPolicy, 'steps' | 'priorities' | 'quiet'> | undefined;
}
export interface PreviewStep {
  at: string;
  step: number;
  attempt: number;
  to: string;
  who: { id: string; name: string; reasons: string[]; travelMinutes: number | null }[];
  /** Why there is nobody. */
  shortfalls: string[];
}
export interface Preview {
  policyId: string;
  version: number;
  steps: PreviewStep[];
}

export interface PreviewDeps {
  db: Queryable;
  recommender: Recommender;
  local(ms: number): LocalMinute;
  contactsOf(personal: Uint8Array): Recipient[];
  now(): number;
}

/** More are not shown; the standing rounds are not either. */
const MOST_SHOWN = 40;

/** Who would be asked and told, and when, if nobody answered: the same machine as an alert's, on people as they are known. */
export async function previewEscalation(deps: PreviewDeps, asked: PreviewAsked): Promise<Preview> {
  const policy = await policyOf(deps.db, asked);
  const circumstances: Circumstances = {
    priority: asked.priority,
    attended: asked.attended,
    quietForMs: (ms) => quietForMs(policy.quiet, ms, deps.local),
  };
  const steps: PreviewStep[] = [];
  const before = new Set<string>();
  let now = asked.atMs;
  let standing: Standing = { kind: 'idle' };
  let progress: Progress = { step: 0, attempts: 0, rounds: 0, stepSinceMs: now };
  while (steps.length < MOST_SHOWN) {
    progress = settle(policy, progress, standing, now);
    if (inRounds(policy, progress)) break;
    const move = nextMove(policy, progress, standing, now, circumstances);
    standing = { kind: 'idle' };
    if (move.do === 'wait') {
      now = move.untilMs;
      continue;
    }
    if (move.do === 'remind') break;
    const { step, attempts } = progress;
    const shown = { at: toIso(now), step, attempt: attempts + 1 };
    if (move.do === 'notify') {
      steps.push({ ...shown, to: move.to, who: await toldBy(deps, asked.homeId, move.to), shortfalls: [] });
      progress = afterMove(policy, progress, 'done', now);
      continue;
    }
    const { who, shortfalls } = await askedBy(deps, asked, move, now, before);
    steps.push({ ...shown, to: policy.steps[step]?.to ?? 'recommended', who, shortfalls });
    for (const { id } of who) before.add(id);
    progress = afterMove(policy, progress, who.length > 0 ? 'done' : 'nobody', now);
    if (who.length > 0) standing = { kind: 'asked', untilMs: now + move.acceptWithinMs };
  }
  return { policyId: policy.id, version: policy.version, steps };
}

async function policyOf(db: Queryable, { policy, kind }: PreviewAsked): Promise<FrozenPolicy> {
  if (policy !== undefined) return { id: 'preview', version: 0, ...policy };
  const { rows } = await db.query<{ policies: unknown[] }>('select policies_in_force() as policies');
  return policyChooser(rows[0]?.policies ?? [])(kind);
}

async function askedBy(
  { db, recommender, now }: PreviewDeps,
  { homeId, kind, priority }: PreviewAsked,
  { among, breadth }: OfferMove,
  atMs: number,
  before: ReadonlySet<string>,
): Promise<Pick<PreviewStep, 'who' | 'shortfalls'>> {
  const person = among !== undefined && 'caregiverId' in among ? among.caregiverId : undefined;
  const { candidates, rejected, shortfalls } = await recommender.recommend(
    db,
    {
      homeId,
      kind,
      service: serviceOfKind(kind),
      emergency: priority <= 2,
      asked: new Map(person === undefined ? [...before].map((id) => [id, 'asked_this_order']) : []),
      ...(among !== undefined && 'role' in among && { among }),
    },
    now(),
    atMs,
  );
  if (person !== undefined) {
    const could = candidates.find(({ caregiverId }) => caregiverId === person);
    const found = could ?? rejected.find(({ caregiverId }) => caregiverId === person);
    if (found === undefined || before.has(person)) return { who: [], shortfalls: ['no_such_person'] };
    const travelMinutes = could?.travelMinutes ?? null;
    return { who: [{ id: person, name: found.name, reasons: found.reasons, travelMinutes }], shortfalls: [] };
  }
  const who = candidates.slice(0, breadth).map(({ caregiverId, name, reasons, travelMinutes }) => ({
    id: caregiverId,
    name,
    reasons,
    travelMinutes,
  }));
  return { who, shortfalls };
}

async function toldBy(
  { db, contactsOf }: PreviewDeps,
  homeId: string,
  to: 'contacts' | 'supervisor' | '120',
): Promise<PreviewStep['who']> {
  const shown = (id: string, name: string, reasons: string[] = []) => ({
    id,
    name,
    reasons,
    travelMinutes: null,
  });
  switch (to) {
    case '120':
      return [shown('120', '120')];
    case 'contacts': {
      const { rows } = await db.query<{ personal: Uint8Array }>(
        'select personal from residents where home_id = $1 and retired_at is null order by id',
        [homeId],
      );
      return rows
        .flatMap(({ personal }) => contactsOf(personal))
        .map(({ name, relation }, i) => shown(`contact${i + 1}`, name, relation === null ? [] : [relation]));
    }
    case 'supervisor': {
      const { rows } = await db.query<{ username: string; role: string }>(
        `select u.username, u.role from users u, homes h
         where h.id = $1 and u.retired_at is null and u.role in ('supervisor', 'admin')
           and (u.streets = '{}' or h.street = any(u.streets))
         order by u.role desc, u.username limit 20`,
        [homeId],
      );
      return rows.map(({ username, role }) => shown(username, username, [role]));
    }
  }
}
