import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { isEnriched, readEnrichmentRules, type EnrichmentRule } from '@groundswell/domain';
import { JobQueue } from '@groundswell/jobs';
import { Catalogue, type CatalogueCampaign } from '@groundswell/persistence';
import type { ActionState } from '../storing/batch-state';
import { AttachmentReadModel } from './attachment.read-model';
import { enrichActionJob, enrichAttachmentsJob } from './enrichment-jobs';
import { enrichmentSettings, type EnrichmentSettings } from './enrichment-settings';
import { EnrichmentRepository, type EnrichmentOrder } from './enrichment.repository';

/** A campaign that has its actions enriched, as far as its lead and the org of the page allow it. */
interface Enriching {
  leadId: number;
  rules: EnrichmentRule[];
}

type Wanted = Pick<EnrichmentOrder, 'kind' | 'field'> & Pick<ActionState, 'campaignId' | 'pageId'>;

/**
 * Orders enrichments in the transaction that stores actions. Who wants what is read from the catalogue in memory: a batch of
 * campaigns that want nothing costs a look-up per action.
 */
@Injectable()
export class EnrichmentPlanner {
  /** Rows of the catalogue are replaced, never changed. */
  private readonly rules = new WeakMap<CatalogueCampaign, EnrichmentRule[]>();

  constructor(
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(enrichmentSettings) private readonly settings: EnrichmentSettings | null,
  ) {}

  /** For those that can be enriched now and could not before. Needs the locks of their partitions. */
  async plan(manager: EntityManager, actions: Iterable<ActionState>): Promise<void> {
    if (!this.settings) return;
    const orders: EnrichmentOrder[] = [];
    const withAttachments: { actionId: number; orgId: number }[] = [];
    for (const action of actions) {
      const enriching = this.enrichingOf(action);
      if (!enriching || !isReadyNow(action) || !hasRecord(action, enriching.leadId)) continue;
      orders.push(...this.textOrders(action, enriching));
      if (enriching.rules.some(isOfAttachments)) withAttachments.push({ actionId: action.id, orgId: action.orgId });
    }
    await this.order(manager, orders);
    if (withAttachments.length === 0) return;
    const found = await new AttachmentReadModel(manager).haveAny(withAttachments.map(({ actionId }) => actionId));
    await this.addForAttachments(
      manager,
      withAttachments.filter(({ actionId }) => found.has(actionId)),
    );
  }

  /** When attachments have become clean, or actions ready: the job looks at both after the commit, so either may be last. */
  async addForAttachments(
    manager: EntityManager,
    actions: readonly { actionId: number; orgId: number }[],
  ): Promise<void> {
    if (!this.settings || actions.length === 0) return;
    await this.queue.addAll(
      manager,
      enrichAttachmentsJob,
      actions.map(({ actionId, orgId }) => ({ payload: { actionId }, orgId })),
    );
  }

  /** A known one is left alone: an enrichment is ordered once. */
  async order(manager: EntityManager, orders: readonly EnrichmentOrder[]): Promise<void> {
    if (orders.length === 0) return;
    const made = await new EnrichmentRepository(manager).insertNew(orders);
    if (made.length === 0) return;
    await this.queue.addAll(
      manager,
      enrichActionJob,
      made.map(({ id, orgId, kind }) => ({ payload: { enrichmentId: id, round: 1, kind }, orgId, key: `${id}:1` })),
    );
  }

  /** Null when the campaign wants nothing, or one of the orgs keeps no clear copies of anybody. */
  enrichingOf({ campaignId, pageId }: Pick<ActionState, 'campaignId' | 'pageId'>): Enriching | null {
    const campaign = this.catalogue.campaigns.get(campaignId);
    if (!campaign || campaign.orgId === null) return null;
    let rules = this.rules.get(campaign);
    if (!rules) this.rules.set(campaign, (rules = readEnrichmentRules(campaign.config)));
    if (rules.length === 0) return null;
    const collectorId = this.catalogue.pages.get(pageId)?.orgId;
    const isSecret = [campaign.orgId, collectorId].some((id) => this.catalogue.orgs.get(id ?? 0)?.highSecurity ?? true);
    return isSecret ? null : { leadId: campaign.orgId, rules };
  }

  /** Whether the campaign and its orgs, as they are now, still have this made. */
  async isWanted(): Promise<(order: Wanted) => boolean> {
    await this.catalogue.refresh();
    return ({ kind, field, ...place }) =>
      this.enrichingOf(place)?.rules.some(
        (rule) => rule.kind === kind && (!('field' in rule) || rule.field === field),
      ) ?? false;
  }

  /** A transient field is removed once the action is delivered, and so are texts made of it: by not making any. */
  private textOrders(action: ActionState, { leadId, rules }: Enriching): EnrichmentOrder[] {
    const transient = this.catalogue.campaigns.get(action.campaignId)?.transientActions ?? [];
    return rules.flatMap((rule) => {
      if (!('field' in rule)) return [];
      const text = action.fields[rule.field];
      if (typeof text !== 'string' || text.trim() === '') return [];
      if (transient.includes(`${action.actionType}:${rule.field}`)) return [];
      const language = rule.kind === 'translate' ? rule.language : null;
      return [{ actionId: action.id, field: rule.field, kind: rule.kind, orgId: leadId, language }];
    });
  }
}

export const isOfAttachments = (rule: EnrichmentRule): boolean => !('field' in rule);

const isReadyNow = ({ status, supporter, testing, before }: ActionState): boolean =>
  isEnriched(status, supporter?.status ?? null, testing) &&
  !(before && isEnriched(before.action, before.supporter, testing));

const hasRecord = ({ supporter }: ActionState, orgId: number): boolean =>
  supporter?.contacts.some((record) => record.orgId === orgId) ?? false;
