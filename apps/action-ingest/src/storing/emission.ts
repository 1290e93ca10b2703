import { randomUUID } from 'node:crypto';
import { eventSuffixes, exchanges, orgEventKey, reminderMessageId } from '@groundswell/contracts';
import { supporterConfirmWord, type Stage } from '@groundswell/domain';
import { randomDigits } from '@groundswell/crypto';
import type { Catalogue, OutboxMessage } from '@groundswell/persistence';
import type { ActionMessageBuilder, ActionSurroundings } from '../messages/action-message.builder';
import { buildEmailStatusEvent } from '../messages/email-status-event.builder';
import { StageOutboxBuilder } from '../messages/stage-outbox.builder';
import type { ActionState, SupporterState } from './batch-state';
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

  private readonly stages: StageOutboxBuilder;

  constructor(
    catalogue: Catalogue,
    private readonly builder: ActionMessageBuilder,
    /** Base of links in messages, such as `https://example.org`. */
    publicUrl: string,
  ) {
    this.stages = new StageOutboxBuilder(catalogue, builder, publicUrl);
  }

  /** What a message about this action needs from the catalogue. */
  surroundingsOf(action: { pageId: number; campaignId: number; orgId: number }): ActionSurroundings {
    return this.stages.surroundingsOf(action);
  }

  emitStage(stage: Stage, action: ActionState, supporter: SupporterState): void {
    const around = this.surroundingsOf(action);
    if (stage === 'deliver') {
      for (const contact of supporter.contacts) {
        const recipient = this.stages.org(contact.orgId);
        this.messages.push(this.stages.build({ stage, action, supporter, recipient, contact }, around));
      }
      return;
    }
    const recipient = around.collector;
    const contact = supporter.contacts.find(({ orgId }) => orgId === recipient.id) ?? null;
    const code = stage === 'action_confirm' ? this.newCode(action) : undefined;
    this.messages.push(this.stages.build({ stage, action, supporter, recipient, contact, code }, around));
  }

  /** The confirm stage once more, for email-delivery alone: where the org's own software asks, it also reminds. */
  emitReminder(reminder: number, action: ActionState, supporter: SupporterState): void {
    const around = this.surroundingsOf(action);
    const recipient = around.collector;
    if (supporterConfirmWord(recipient) !== 'system') return;
    const contact = supporter.contacts.find(({ orgId }) => orgId === recipient.id) ?? null;
    // The newest of equal signatures is reminded, also where nobody was mailed for it before.
    const mailed = { ...action, noMail: false };
    const stage = this.stages.build(
      { stage: 'supporter_confirm', action: mailed, supporter, recipient, contact },
      around,
    );
    this.messages.push({ ...stage, messageId: reminderMessageId(stage.messageId, reminder) });
  }

  /** One email_status event per org with a record of the supporter. */
  emitEmailStatus(supporter: SupporterState, action: ActionState): void {
    const around = this.surroundingsOf(action);
    for (const contact of supporter.contacts) {
      const recipient = this.stages.org(contact.orgId);
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

  private newCode(action: ActionState): string {
    const code = randomDigits(confirmCodeDigits);
    this.actionConfirms.push({ actionId: action.id, code });
    return code;
  }
}
