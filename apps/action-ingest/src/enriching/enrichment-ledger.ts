import type { EntityManager } from 'typeorm';
import { exchanges, factKeys, type ActionEnrichedV1 } from '@groundswell/contracts';
import { isEnriched } from '@groundswell/domain';
import type { OutboxRepository } from '@groundswell/persistence';
import { EnrichmentQuotaRepository } from './enrichment-quota.repository';
import { EnrichmentRepository, type HeldEnrichment } from './enrichment.repository';

/** Why nothing came of it; what people see. */
export type EndReason =
  | 'not_configured'
  | 'not_allowed'
  | 'quota_exceeded'
  | 'action_rejected'
  | 'not_wanted'
  | 'no_source'
  | 'source_too_large'
  | 'unsupported_source'
  | 'unsupported_language'
  | 'refused'
  | 'provider_failed'
  | 'provider_lost'
  | 'provider_unavailable'
  | 'no_answer';

/** How an enrichment goes on, in the caller's transaction: its row, what it costs its org, and the fact that tells its end. */
export class EnrichmentLedger {
  private readonly rows: EnrichmentRepository;
  private readonly quotas: EnrichmentQuotaRepository;

  constructor(
    private readonly manager: EntityManager,
    private readonly outbox: OutboxRepository,
  ) {
    this.rows = new EnrichmentRepository(manager);
    this.quotas = new EnrichmentQuotaRepository(manager);
  }

  /** Locked; null when nothing is to be done about it any more. Without consent it goes. */
  async hold(id: number, round: number): Promise<HeldEnrichment | null> {
    const held = await this.rows.hold(id, round);
    if (!held || held.status === 'complete' || held.status === 'timeout') return null;
    if (held.hasConsent) return held;
    await this.settle(held, held.reserved);
    await this.rows.remove(held.id);
    return null;
  }

  /** Null when it may be enriched. */
  refusalOf(held: HeldEnrichment): EndReason | null {
    return isEnriched(held.actionStatus, held.supporterStatus, held.testing) ? null : 'action_rejected';
  }

  /**
   * Sets aside what the call may cost. Units of a call before it, whose end nobody knows, count as used; those of a named
   * submission stay, since it is paid for once. False: it has ended, for want of quota.
   */
  async submit(
    held: HeldEnrichment,
    call: { provider: string; providerJob: string | null; units: number },
  ): Promise<boolean> {
    const isSameSubmission = call.providerJob !== null && held.providerJob === call.providerJob;
    if (isSameSubmission && held.reserved > 0 && held.reservedMonth !== null) {
      await this.rows.noteSubmitted(held.id, { ...call, reserved: held.reserved, month: held.reservedMonth });
      return true;
    }
    await this.settle(held, held.reserved);
    const reserved = await this.quotas.reserve(held, call.units);
    if ('reason' in reserved) {
      await this.tell(held, 'error', () => this.rows.noteEnd(held.id, 'error', reserved.reason, null));
      return false;
    }
    await this.rows.noteSubmitted(held.id, { ...call, reserved: call.units, month: reserved.month });
    return true;
  }

  /** What came of an action that was rejected meanwhile is not kept. */
  async complete(held: HeldEnrichment, result: object, units: number): Promise<void> {
    await this.settle(held, units);
    const refusal = this.refusalOf(held);
    if (refusal) return this.tell(held, 'error', () => this.rows.noteEnd(held.id, 'error', refusal, null));
    await this.tell(held, 'complete', () => this.rows.noteComplete(held.id, result, units));
  }

  /** For good, unless a person has it done anew. `isPaid`: what was set aside counts as used. */
  async end(held: HeldEnrichment, { status = 'error', reason, detail = null, isPaid }: Ended): Promise<void> {
    await this.settle(held, isPaid ? held.reserved : 0);
    await this.tell(held, status, () => this.rows.noteEnd(held.id, status, reason, detail));
  }

  async putOff(held: HeldEnrichment, isPaid: boolean): Promise<void> {
    if (!isPaid) await this.settle(held, 0);
    await this.rows.notePutOff(held.id, isPaid);
  }

  private async settle(held: HeldEnrichment, used: number): Promise<void> {
    if (held.reservedMonth === null || (held.reserved === 0 && used === 0)) return;
    await this.quotas.settle(held, held.reservedMonth, held.reserved, used);
    held.reserved = 0;
  }

  private async tell(
    { id, orgId, actionId, campaignId, kind, round }: HeldEnrichment,
    status: ActionEnrichedV1['status'],
    note: () => Promise<void>,
  ): Promise<void> {
    await note();
    const fact: ActionEnrichedV1 = {
      schema: 'groundswell:action-enriched:1',
      orgId,
      actionId,
      campaignId,
      enrichmentId: id,
      kind,
      status,
      at: new Date().toISOString(),
    };
    const message = {
      messageId: `enriched:${id}:${round}:${status}`,
      lane: 0,
      exchange: exchanges.event,
      routingKey: factKeys.actionEnriched,
      type: fact.schema,
      headers: {},
      body: JSON.stringify(fact),
    };
    await this.outbox.insert(this.manager, [message], false);
  }
}

export interface Ended {
  status?: 'error' | 'timeout';
  reason: EndReason;
  /** Name of the provider's error: never what it says, which may quote what was sent. */
  detail?: string | null;
  isPaid: boolean;
}
