import type { EntityManager } from 'typeorm';
import {
  actionStatusFromCode,
  supporterStatusFromCode,
  type ActionStatus,
  type EnrichmentKind,
  type SupporterStatus,
} from '@groundswell/domain';
import { int8Array, preparedQuery, textArray } from '@groundswell/persistence';

/** What is to be made of what. `language` as the campaign's rule has it. */
export interface EnrichmentOrder {
  actionId: number;
  field: string;
  kind: EnrichmentKind;
  /** Lead of the campaign. */
  orgId: number;
  language: string | null;
}

export type EnrichmentStatus = 'queued' | 'submitted' | 'complete' | 'error' | 'timeout';

/** An enrichment, locked, and what it depends on. */
export interface HeldEnrichment extends EnrichmentOrder {
  id: number;
  campaignId: number;
  pageId: number;
  status: EnrichmentStatus;
  round: number;
  /** Since this round was first submitted, by the database's clock. */
  submittedForMs: number | null;
  /** Its name at the provider; null where there is none. */
  providerJob: string | null;
  /** Units set aside for a call whose end is not known. */
  reserved: number;
  reservedMonth: string | null;
  actionStatus: ActionStatus;
  supporterStatus: SupporterStatus | null;
  testing: boolean;
  /** The custom field, where it is a text. */
  text: string | null;
  /** The org still has a contact record of the person. */
  hasConsent: boolean;
}

type Row = Omit<HeldEnrichment, 'actionStatus' | 'supporterStatus'> & {
  actionStatus: number;
  supporterStatus: number | null;
};

/** Rows of `actions.enrichments`, each changed under its lock. */
export class EnrichmentRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Those that were not there yet. */
  insertNew(orders: readonly EnrichmentOrder[]): Promise<{ id: number; orgId: number; kind: EnrichmentKind }[]> {
    return preparedQuery(
      this.manager,
      `insert into actions.enrichments (action_id, field, kind, org_id, language)
       select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[])
       on conflict (action_id, field, kind) do nothing
       returning id, org_id as "orgId", kind`,
      [
        int8Array(orders.map(({ actionId }) => actionId)),
        textArray(orders.map(({ field }) => field)),
        textArray(orders.map(({ kind }) => kind)),
        int8Array(orders.map(({ orgId }) => orgId)),
        textArray(orders.map(({ language }) => language)),
      ],
    );
  }

  /** Null when it is gone, or a person has had it begun anew since. */
  async hold(id: number, round: number): Promise<HeldEnrichment | null> {
    const [row] = await preparedQuery<Row>(
      this.manager,
      `select e.id, e.action_id as "actionId", a.campaign_id as "campaignId",
              a.action_page_id as "pageId", e.field, e.kind, e.org_id as "orgId", e.language,
              e.status, e.round, (extract(epoch from now() - e.submitted_at) * 1000)::float as "submittedForMs",
              e.provider_job as "providerJob", e.reserved, e.reserved_month::text as "reservedMonth",
              a.processing_status as "actionStatus", s.processing_status as "supporterStatus", a.testing,
              case when jsonb_typeof(a.fields -> e.field) = 'string' then a.fields ->> e.field end as text,
              exists (select from actions.contacts c where c.supporter_id = s.id and c.org_id = e.org_id) as "hasConsent"
         from actions.enrichments e
         join actions.actions a on a.id = e.action_id
         left join actions.supporters s on s.id = a.supporter_id
        where e.id = $1 and e.round = $2
          for update of e`,
      [id, round],
    );
    if (!row) return null;
    const { actionStatus, supporterStatus, ...rest } = row;
    return {
      ...rest,
      actionStatus: actionStatusFromCode(actionStatus),
      supporterStatus: supporterStatus === null ? null : supporterStatusFromCode(supporterStatus),
    };
  }

  async noteSubmitted(
    id: number,
    call: { provider: string; providerJob: string | null; reserved: number; month: string },
  ): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.enrichments
          set status = 'submitted', reason = null, detail = null, provider = $2, provider_job = $3, reserved = $4,
              reserved_month = $5::date, attempts = attempts + 1, submitted_at = coalesce(submitted_at, now())
        where id = $1`,
      [id, call.provider, call.providerJob, call.reserved, call.month],
    );
  }

  /** Waits for its next attempt; `keepsReserved` while nobody knows whether the call has to be paid. */
  async notePutOff(id: number, keepsReserved: boolean): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.enrichments set status = 'queued', reserved = case when $2 then reserved else 0 end where id = $1`,
      [id, keepsReserved],
    );
  }

  async noteComplete(id: number, result: object, units: number): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.enrichments
          set status = 'complete', reason = null, detail = null, result = $2::jsonb, units = $3, reserved = 0,
              completed_at = now()
        where id = $1`,
      [id, JSON.stringify(result), units],
    );
  }

  async noteEnd(id: number, status: 'error' | 'timeout', reason: string, detail: string | null): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.enrichments
          set status = $2, reason = $3, detail = $4, reserved = 0, completed_at = now()
        where id = $1`,
      [id, status, reason, detail],
    );
  }

  /**
   * Begins an enrichment of the org anew: one that failed, or whose job is not at work any more. Its new round, false when there
   * is nothing to be begun anew, null when it is not there.
   */
  async beginAnew(
    id: number,
    orgId: number,
    jobTypes: readonly string[],
  ): Promise<{ round: number; kind: EnrichmentKind } | false | null> {
    const [row] = await preparedQuery<{
      status: EnrichmentStatus;
      kind: EnrichmentKind;
      round: number;
      isAtWork: boolean;
    }>(
      this.manager,
      `select e.status, e.kind, e.round,
              exists (select from actions.jobs j
                       where j.type = any($3::text[]) and j.state in ('queued', 'running')
                         and j.payload->>'enrichmentId' = $1::text) as "isAtWork"
         from actions.enrichments e where e.id = $1::bigint and e.org_id = $2 for update of e`,
      [String(id), orgId, textArray(jobTypes)],
    );
    if (!row) return null;
    const hasFailed = row.status === 'error' || row.status === 'timeout';
    if (row.status === 'complete' || (!hasFailed && row.isAtWork)) return false;
    await preparedQuery(
      this.manager,
      `update actions.enrichments
          set status = 'queued', round = round + 1, reason = null, detail = null, provider_job = null, submitted_at = null,
              completed_at = null
        where id = $1`,
      [id],
    );
    return { round: row.round + 1, kind: row.kind };
  }

  async remove(id: number): Promise<void> {
    await preparedQuery(this.manager, 'delete from actions.enrichments where id = $1', [id]);
  }
}
