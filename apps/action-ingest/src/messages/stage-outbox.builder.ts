import { actionConfirmKey, deliverKey, exchanges, stageMessageId, supporterConfirmKey } from '@groundswell/contracts';
import { deliverWord, supporterConfirmWord, type Stage } from '@groundswell/domain';
import type { Catalogue, CatalogueOrg, OutboxMessage } from '@groundswell/persistence';
import type { ActionState, ContactState, SupporterState } from '../storing/batch-state';
import { NotInCatalogueError } from '../storing/not-in-catalogue.error';
import { bytesOf } from '../storing/reference';
import type { ActionMessageBuilder, ActionSurroundings } from './action-message.builder';

/** One stage of one action, for one recipient. */
export interface StageForOrg {
  stage: Stage;
  action: ActionState;
  supporter: SupporterState;
  recipient: CatalogueOrg;
  /** The recipient's record. */
  contact: ContactState | null;
  /** Moderators' code, for stage action_confirm. */
  code?: string;
}

/** The outbox message of one stage for one org: body, headers, exchange and key (processing.md §6, §7.1, §7.5). */
export class StageOutboxBuilder {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly builder: ActionMessageBuilder,
    /** Base of links in messages, such as `https://example.org`. */
    private readonly publicUrl: string,
  ) {}

  /** What a message about this action needs from the catalogue. */
  surroundingsOf(action: { pageId: number; campaignId: number; orgId: number }): ActionSurroundings {
    const page = this.catalogue.pages.get(action.pageId);
    const campaign = this.catalogue.campaigns.get(action.campaignId);
    if (!page) throw new NotInCatalogueError('action page', action.pageId);
    if (!campaign) throw new NotInCatalogueError('campaign', action.campaignId);
    return { page, campaign, collector: this.org(action.orgId) };
  }

  org(orgId: number): CatalogueOrg {
    const org = this.catalogue.orgs.get(orgId);
    if (!org) throw new NotInCatalogueError('org', orgId);
    return org;
  }

  build(
    { stage, action, supporter, recipient, contact, code }: StageForOrg,
    around: ActionSurroundings,
  ): OutboxMessage {
    const confirm = code === undefined ? undefined : this.linksOf(code);
    const message = { stage, action, supporter, contact, ...(confirm && { confirm }) };
    const { body, schema } = this.builder.build(message, recipient, around);
    const { exchange, routingKey } = this.addressOf(stage, recipient, around);
    return {
      messageId: stageMessageId(action.id, stage, recipient.id),
      lane: recipient.id,
      exchange,
      routingKey,
      type: schema,
      headers: {
        org_id: recipient.id,
        org: recipient.name,
        collector_id: around.collector.id,
        stage,
        action_id: action.id,
        action_page_id: action.pageId,
        campaign: around.campaign.name,
        action_type: action.actionType,
        routing_key: routingKey,
        attempt: 1,
        ...(action.noMail && { no_mail: true }),
      },
      body,
      subject: { ref: bytesOf(supporter.ref), acceptedAt: supporter.acceptedAt },
    };
  }

  private addressOf(
    stage: Stage,
    recipient: CatalogueOrg,
    { collector }: ActionSurroundings,
  ): { exchange: string; routingKey: string } {
    switch (stage) {
      case 'supporter_confirm':
        return {
          exchange: exchanges.confirm,
          routingKey: supporterConfirmKey(recipient.name, supporterConfirmWord(recipient)),
        };
      case 'action_confirm':
        return { exchange: exchanges.confirm, routingKey: actionConfirmKey(recipient.name) };
      case 'deliver':
        return { exchange: exchanges.deliver, routingKey: this.deliverKeyOf(recipient, collector) };
    }
  }

  private deliverKeyOf(recipient: CatalogueOrg, collector: CatalogueOrg): string {
    const pushService =
      recipient.pushBackendId === null ? undefined : this.catalogue.services.get(recipient.pushBackendId);
    const word = deliverWord({
      isCollector: recipient.id === collector.id,
      hasEmailBackend: recipient.emailBackendId !== null,
      hasPushBackend: pushService?.name === 'sqs' || pushService?.name === 'webhook',
    });
    return deliverKey(recipient.name, word);
  }

  private linksOf(code: string): { code: string; acceptLink: string; rejectLink: string } {
    return {
      code,
      acceptLink: `${this.publicUrl}/link/accept/${code}`,
      rejectLink: `${this.publicUrl}/link/reject/${code}`,
    };
  }
}
