import { randomUUID } from 'node:crypto';
import {
  actionConfirmKey,
  deliverKey,
  eventSuffixes,
  exchanges,
  orgEventKey,
  stageMessageId,
  supporterConfirmKey,
} from '@groundswell/contracts';
import { deliverWord, supporterConfirmWord, type Stage } from '@groundswell/domain';
import { randomDigits } from '@groundswell/crypto';
import type { Catalogue, CatalogueOrg, OutboxMessage } from '@groundswell/persistence';
import type { ActionMessageBuilder, ActionSurroundings } from '../messages/action-message.builder';
import { buildEmailStatusEvent } from '../messages/email-status-event.builder';
import type { ActionState, ContactState, SupporterState } from './batch-state';
import { NotInCatalogueError } from './not-in-catalogue.error';
import { bytesOf } from './reference';

/** Length of a moderator's code (processing.md §5.9). */
const confirmCodeDigits = 12;

export interface ActionConfirmRow {
  actionId: number;
  code: string;
}

/** Turns the stages of a batch into outbox rows: one per action, stage and recipient org (processing.md §5.3). */
export class Emission {
  readonly messages: OutboxMessage[] = [];
  readonly actionConfirms: ActionConfirmRow[] = [];

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

  emitStage(stage: Stage, action: ActionState, supporter: SupporterState): void {
    const around = this.surroundingsOf(action);
    if (stage === 'deliver') {
      for (const contact of supporter.contacts) this.deliver(action, supporter, contact, around);
      return;
    }
    const { collector } = around;
    const contact = supporter.contacts.find(({ orgId }) => orgId === collector.id) ?? null;
    if (stage === 'supporter_confirm') {
      const key = supporterConfirmKey(collector.name, supporterConfirmWord(collector));
      this.add(
        stage,
        action,
        collector,
        exchanges.confirm,
        key,
        around,
        this.builder.build({ stage, action, supporter, contact }, collector, around),
      );
      return;
    }
    const confirm = this.newConfirm(action);
    const built = this.builder.build({ stage, action, supporter, contact, confirm }, collector, around);
    this.add(stage, action, collector, exchanges.confirm, actionConfirmKey(collector.name), around, built);
  }

  /** One email_status event per org with a record of the supporter. */
  emitEmailStatus(supporter: SupporterState, action: ActionState): void {
    const around = this.surroundingsOf(action);
    for (const contact of supporter.contacts) {
      const recipient = this.org(contact.orgId);
      const event = buildEmailStatusEvent(this.builder, supporter, action, contact, around);
      this.messages.push({
        messageId: `event:${randomUUID()}`,
        lane: recipient.id,
        exchange: exchanges.event,
        routingKey: orgEventKey(recipient.name, eventSuffixes.emailStatus),
        type: event.schema,
        headers: {
          org_id: recipient.id,
          org: recipient.name,
          collector_id: around.collector.id,
          event_type: event.eventType,
          action_id: action.id,
          routing_key: orgEventKey(recipient.name, eventSuffixes.emailStatus),
          attempt: 1,
        },
        body: JSON.stringify(event),
        subject: { ref: bytesOf(supporter.ref), acceptedAt: supporter.acceptedAt },
      });
    }
  }

  private deliver(
    action: ActionState,
    supporter: SupporterState,
    contact: ContactState,
    around: ActionSurroundings,
  ): void {
    const recipient = this.org(contact.orgId);
    const pushService =
      recipient.pushBackendId === null ? undefined : this.catalogue.services.get(recipient.pushBackendId);
    const word = deliverWord({
      isCollector: recipient.id === around.collector.id,
      hasEmailBackend: recipient.emailBackendId !== null,
      hasPushBackend: pushService?.name === 'sqs' || pushService?.name === 'webhook',
    });
    const built = this.builder.build({ stage: 'deliver', action, supporter, contact }, recipient, around);
    this.add('deliver', action, recipient, exchanges.deliver, deliverKey(recipient.name, word), around, built);
  }

  private add(
    stage: Stage,
    action: ActionState,
    recipient: CatalogueOrg,
    exchange: string,
    routingKey: string,
    around: ActionSurroundings,
    built: { body: string; schema: string },
  ): void {
    this.messages.push({
      messageId: stageMessageId(action.id, stage, recipient.id),
      lane: recipient.id,
      exchange,
      routingKey,
      type: built.schema,
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
      body: built.body,
      subject: action.supporter && { ref: bytesOf(action.supporter.ref), acceptedAt: action.supporter.acceptedAt },
    });
  }

  private newConfirm(action: ActionState): { code: string; acceptLink: string; rejectLink: string } {
    const code = randomDigits(confirmCodeDigits);
    this.actionConfirms.push({ actionId: action.id, code });
    return {
      code,
      acceptLink: `${this.publicUrl}/link/accept/${code}`,
      rejectLink: `${this.publicUrl}/link/reject/${code}`,
    };
  }

  private org(orgId: number): CatalogueOrg {
    const org = this.catalogue.orgs.get(orgId);
    if (!org) throw new NotInCatalogueError('org', orgId);
    return org;
  }
}
