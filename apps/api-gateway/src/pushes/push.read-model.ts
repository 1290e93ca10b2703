import type { Database } from '@groundswell/persistence';
import type { PushPosition } from './push-page';

export type PushState = 'waiting' | 'sending' | 'delivered' | 'failed' | 'dropped';
export const pushStates: readonly PushState[] = ['waiting', 'sending', 'delivered', 'failed', 'dropped'];

/** A push as it stands: never what it says. */
export interface PushRow {
  id: string;
  messageId: string;
  kind: 'action' | 'event';
  actionId: number | null;
  state: PushState;
  attemptCount: number;
  dueAt: Date | null;
  takenAt: Date;
  endedAt: Date | null;
  lastError: string | null;
}

export interface PushAttemptRow {
  pushId: string;
  attempt: number;
  attemptedAt: Date;
  serviceId: number;
  outcome: 'delivered' | 'retry' | 'failed';
  status: number | null;
  latencyMs: number;
  error: string | null;
  excerpt: string | null;
}

export interface PushesQuery {
  orgId: number;
  states: readonly PushState[];
  /** Taken over at this time or later. */
  from: Date | null;
  /** Taken over before. */
  to: Date | null;
  after: PushPosition | null;
  limit: number;
}

/** Attempts of one push that are shown. */
export const mostAttempts = 50;

/** Pushes of orgs as crm-forwarder keeps them. Throws DatabaseAwayError. */
export class PushReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Newest first; each state by its own range of one index. */
  list({ orgId, states, from, to, after, limit }: PushesQuery): Promise<PushRow[]> {
    const ofState = (state: PushState): string =>
      `(select id, message_id, kind, action_id, state, attempts, due_at, taken_at, ended_at, last_error
          from forwarder.pushes
         where org_id = $1 and state = '${state}' and taken_at >= $2 and (taken_at, id) < ($3::timestamptz, $4::bigint)
         order by taken_at desc, id desc limit $5)`;
    const before = earlier(after, to);
    return this.database.query<PushRow>(
      `select id::text as id, message_id as "messageId", case kind when 'system' then 'event' else kind end as kind, action_id::int as "actionId", state,
              attempts as "attemptCount", case when state = 'waiting' then due_at end as "dueAt", taken_at as "takenAt",
              ended_at as "endedAt", last_error as "lastError"
         from (${states.map(ofState).join(' union all ')}) p
        order by p.taken_at desc, p.id desc limit $5`,
      [orgId, from ?? '-infinity', before?.takenAt ?? 'infinity', before?.id ?? '0', limit],
    );
  }

  /** The last ones of each push, newest first. */
  attemptsOf(pushIds: readonly string[]): Promise<PushAttemptRow[]> {
    return this.database.query<PushAttemptRow>(
      `select a.push_id::text as "pushId", a.attempt, a.attempted_at as "attemptedAt", a.service_id::int as "serviceId",
              a.outcome, a.status, a.latency_ms as "latencyMs", a.error, a.excerpt
         from unnest($1::bigint[]) as p (id)
        cross join lateral (
          select * from forwarder.push_attempts where push_id = p.id order by id desc limit $2) a
        order by a.push_id, a.id desc`,
      [pushIds, mostAttempts],
    );
  }
}

/** Rows before this position; ids are above 0, so those of the time itself are not. Null: all rows. */
function earlier(after: PushPosition | null, to: Date | null): PushPosition | null {
  if (to === null || (after && after.takenAt < to)) return after;
  return { takenAt: to, id: '0' };
}
