import type { EntityManager } from 'typeorm';
import type { Catalogue, OutboxMessage, OutboxRepository } from '@groundswell/persistence';
import { AwaitingMessageRepository } from '../awaiting/awaiting-message.repository';
import { isOptInRequired } from '../awaiting/double-opt-in-setting';
import { AudienceReadModel } from './audience.read-model';
import type { MailingMessages, MailedPerson } from './mailing-messages';
import { mailoutMailing, type Candidate, type Mailout } from './mailout';
import { decideMailout } from './mailout-decision';
import { MailoutPeopleRepository, type MailoutPerson } from './mailout-people.repository';
import { MailoutRepository } from './mailout.repository';
import { isInSegment } from './segment';

/** Where building stands after a step; null: it is over, or was paused or stopped meanwhile. */
export interface BuildStep {
  next: number | null;
  handedOver: number;
}

interface SortedPeople {
  rows: MailoutPerson[];
  recipients: MailedPerson[];
}

/**
 * One step of a mailout in the transaction of its job: who is in it, who is left out, who awaits opt-in, and the message that
 * hands the recipients to email-delivery. Paused or stopped, nobody more is handed over: the row is locked and looked at first.
 */
export class MailoutBuilder {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'orgs' | 'pages'>,
    private readonly outbox: Pick<OutboxRepository, 'insert'>,
    private readonly messages: MailingMessages,
    private readonly stepSize: number,
  ) {}

  async step(manager: EntityManager, mailoutId: number): Promise<BuildStep> {
    const mailouts = new MailoutRepository(manager);
    const mailout = await mailouts.lock(mailoutId);
    if (mailout?.state !== 'building') return { next: null, handedOver: mailout?.handedOver ?? 0 };
    const from = mailout.nextSupporterId ?? 0;
    const { people, next } = await new AudienceReadModel(manager).page(mailout, from, this.stepSize);
    const { rows, recipients } = this.sort(mailout, people);
    const isNew = await new MailoutPeopleRepository(manager).addOnce(mailout.id, rows);
    const added = rows.filter(({ supporterId }) => isNew.has(supporterId));
    const handed = recipients.filter(({ supporterId }) => isNew.has(supporterId));
    const awaiting = added.filter(({ state }) => state === 'awaiting_opt_in');
    const leftOut = added.length - handed.length - awaiting.length;
    const counts = { candidates: added.length, handedOver: handed.length, awaiting: awaiting.length, leftOut };
    await mailouts.noteStep(mailout.id, { next, ...counts });
    await new AwaitingMessageRepository(manager).keep(mailout, awaiting);
    await this.outbox.insert(manager, this.messagesOf(mailout, handed, next === null), false);
    return { next, handedOver: mailout.handedOver + handed.length };
  }

  private sort(mailout: Mailout, people: readonly Candidate[]): SortedPeople {
    const rules = { isOptInRequired: isOptInRequired(this.catalogue.orgs.get(mailout.orgId)?.config ?? {}) };
    const sorted: SortedPeople = { rows: [], recipients: [] };
    for (const person of people) {
      if (!isInSegment(person, mailout, this.catalogue.pages) || person.actionId === null) continue;
      const { ref, supporterId, actionId } = person;
      const decision = decideMailout(person, rules);
      switch (decision.kind) {
        case 'left out':
          // Of somebody erased nothing is kept, not even that.
          if (decision.reason === 'erased') break;
          sorted.rows.push({ ref, supporterId, state: 'left_out', reason: decision.reason });
          break;
        case 'awaiting opt-in':
          sorted.rows.push({ ref, supporterId, state: 'awaiting_opt_in', reason: null });
          break;
        case 'recipient':
          sorted.rows.push({ ref, supporterId, state: 'handed_over', reason: null });
          sorted.recipients.push({ ...person, mailedActionId: actionId });
      }
    }
    return sorted;
  }

  private messagesOf(mailout: Mailout, recipients: readonly MailedPerson[], isLast: boolean): OutboxMessage[] {
    const { id, orgId, campaignId, template } = mailout;
    const head = { purpose: mailoutMailing(id), orgId, campaignId };
    const parts = mailout.parts + (recipients.length > 0 ? 1 : 0);
    const messages = recipients.length > 0 ? [this.messages.part(head, parts, recipients)] : [];
    if (!isLast) return messages;
    const total = mailout.handedOver + recipients.length;
    return [...messages, this.messages.content(head, template), this.messages.prepared(head, parts, total)];
  }
}
