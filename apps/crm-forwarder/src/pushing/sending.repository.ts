import type { EntityManager } from 'typeorm';
import { textArray } from '@groundswell/persistence';
import type { PushKind } from './push-backend';
import type { ClaimedPush, PushEnd } from './push-end';
import { backendIdOf, dropped, isErasedSince } from './push.repository';

export interface Claim {
  /** Unique for this claim. */
  token: string;
  leaseMs: number;
  orgId: number;
  kind: PushKind;
  serviceId: number;
  /** The service as it was opened: nothing is claimed once it is another, or the org uses another. */
  version: string;
  /** The one call after a rest; else a rest that began meanwhile is kept. */
  isProbe: boolean;
  limit: number;
}

/** What is written of the ends of a call besides. */
export interface EndedCall {
  token: string;
  serviceId: number;
  beganAt: Date;
  latencyMs: number;
  ends: readonly PushEnd[];
}

const claimCtes = `
due as (
  select p.id, p.subject_ref, p.subject_at, p.taken_at, p.org_id from forwarder.pushes p
   where p.state = 'waiting' and p.org_id = $3 and p.kind = $4 and p.due_at <= now()
     and exists (
       select from catalog.orgs o
         join catalog.services s on s.id = ${backendIdOf('$4')}
         left join forwarder.endpoints e on e.service_id = s.id
        where o.id = $3 and s.id = $5 and s.xmin::text = $6
          and e.disabled_at is null and ($7 or e.rests_until is null or e.rests_until <= now() or e.settings_version is distinct from $6))
   order by p.due_at, p.id limit $8 for update of p skip locked
), looked as (
  select p.id, exists (select from catalog.erasures e where ${isErasedSince}) as is_erased from due p
), erased as (
  update forwarder.pushes p set ${dropped('erased')} from looked l where p.id = l.id and l.is_erased
), claimed as (
  update forwarder.pushes p
     set state = 'sending', claim_token = $1, claimed_until = now() + $2::float8 * interval '1 millisecond'
    from looked l where p.id = l.id and not l.is_erased
  returning p.id, p.org_id, p.message_id, p.action_id, p.body, p.attempts, p.due_at, p.headers
)`;

const claimed = `
select id::text as id, org_id as "orgId", message_id as "messageId", action_id as "actionId", body, attempts,
       headers->>'traceparent' as trace
  from claimed order by claimed.due_at, claimed.id`;

/** Parameters from `at` on. */
const endCtes = (at: number) => `
ends as (
  select * from unnest($${at + 1}::bigint[], $${at + 2}::text[], $${at + 3}::int[], $${at + 4}::text[], $${at + 5}::float8[],
                       $${at + 6}::int[], $${at + 7}::text[], $${at + 8}::int[], $${at + 9}::text[])
    as e (id, state, attempts, error, delay_ms, number, outcome, status, excerpt)
), ended as (
  update forwarder.pushes p
     set state = e.state, attempts = e.attempts, last_error = e.error, claimed_until = null, claim_token = null,
         due_at = case when e.state = 'waiting' then now() + e.delay_ms * interval '1 millisecond' else p.due_at end,
         ended_at = case when e.state <> 'waiting' then now() end,
         body = case when e.state <> 'delivered' then p.body end,
         headers = case when e.state = 'delivered' then '{}' else p.headers end
    from ends e where p.id = e.id and p.state = 'sending' and p.claim_token = $${at}
  returning p.id, p.org_id
), noted as (
  insert into forwarder.push_attempts
         (push_id, org_id, service_id, attempt, outcome, status, error, excerpt, latency_ms, attempted_at)
  select e.id, d.org_id, $${at + 10}::bigint, e.number, e.outcome, e.status, e.error, e.excerpt, $${at + 11}::int,
         $${at + 12}::timestamptz
    from ended d join ends e on e.id = d.id order by e.id
)`;

/** Of the row itself: while this statement waits for a failure to be written, it is read anew (READ COMMITTED). */
const isNewest = (latencyMs: string): string =>
  `coalesce(e.last_failure_at < now() - ${latencyMs}::int * interval '1 millisecond', true)`;

/** Written once in a while where there is nothing to clear, so that calls under way together do not wait for each other. What
 *  failed after this call began is newer than what it says: a rest that the endpoint asked for meanwhile stays. */
const healthyCte = (serviceId: string, latencyMs: string) => `
healthy as (
  update forwarder.endpoints e
     set failing_since = null, last_success_at = now(),
         failures_in_row = case when ${isNewest(latencyMs)} then 0 else e.failures_in_row end,
         rests_in_row = case when ${isNewest(latencyMs)} then 0 else e.rests_in_row end,
         rests_until = case when ${isNewest(latencyMs)} then null else e.rests_until end,
         last_error = case when ${isNewest(latencyMs)} then null else e.last_error end
   where e.service_id = ${serviceId}::bigint
     and (e.failing_since is not null or e.last_success_at is null or e.last_success_at < now() - interval '10 seconds'
          or (${isNewest(latencyMs)} and (e.failures_in_row > 0 or e.rests_in_row > 0 or e.rests_until is not null)))
), first as (
  insert into forwarder.endpoints (service_id, org_id, last_success_at)
  select s.id, s.org_id, now() from catalog.services s
   where s.id = ${serviceId}::bigint and not exists (select from forwarder.endpoints e where e.service_id = s.id)
  on conflict (service_id) do nothing
)`;

const claimSql = `with ${claimCtes} ${claimed}`;
const endSql = `with ${endCtes(1)} select id::text as id from ended`;
const endHealthySql = `with ${endCtes(1)}, ${healthyCte('$11', '$12')} select id::text as id from ended`;
const endAndClaimSql = `with ${endCtes(9)}, ${healthyCte('$19', '$20')}, ${claimCtes} ${claimed}`;

/** Rows of forwarder.pushes between a claim and its end. Only the claim's own token ends it: what comes late changes nothing. */
export class SendingRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Reserves due pushes for one call each; what another replica is taking is left to it. It is the last look too: what was
   *  accepted before its person was erased is dropped. */
  claim(claim: Claim): Promise<ClaimedPush[]> {
    return this.manager.query<ClaimedPush[]>(claimSql, claimParameters(claim));
  }

  /** How a call ended. Returns the pushes that were still this claim's. */
  end(call: EndedCall): Promise<{ id: string }[]> {
    return this.manager.query<{ id: string }[]>(endSql, endParameters(call));
  }

  /** As `end`, and the endpoint is well. */
  endHealthy(call: EndedCall): Promise<{ id: string }[]> {
    return this.manager.query<{ id: string }[]>(endHealthySql, endParameters(call));
  }

  /** As `endHealthy`, and `claim` of what is called next: one statement and one commit between two calls. */
  endAndClaim(call: EndedCall, next: Claim): Promise<ClaimedPush[]> {
    return this.manager.query<ClaimedPush[]>(endAndClaimSql, [...claimParameters(next), ...endParameters(call)]);
  }

  /** Claimed, and not called. */
  async release(token: string, ids: readonly string[]): Promise<void> {
    await this.manager.query(
      `update forwarder.pushes set state = 'waiting', claimed_until = null, claim_token = null
        where id = any($2::bigint[]) and state = 'sending' and claim_token = $1`,
      [token, ids],
    );
  }
}

const claimParameters = ({ token, leaseMs, orgId, kind, serviceId, version, isProbe, limit }: Claim): unknown[] => [
  token,
  leaseMs,
  orgId,
  kind,
  serviceId,
  version,
  isProbe,
  limit,
];

const endParameters = ({ token, serviceId, beganAt, latencyMs, ends }: EndedCall): unknown[] => [
  token,
  ends.map(({ id }) => id),
  textArray(ends.map(({ state }) => state)),
  ends.map(({ attempts }) => attempts),
  textArray(ends.map(({ error }) => error)),
  ends.map(({ delayMs }) => delayMs),
  ends.map(({ attempt }) => attempt.number),
  textArray(ends.map(({ attempt }) => attempt.outcome)),
  ends.map(({ attempt }) => attempt.status),
  textArray(ends.map(({ attempt }) => attempt.excerpt)),
  serviceId,
  latencyMs,
  beganAt,
];
