import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { exchanges, factKeys, type FollowUpsClosedV1 } from '@groundswell/contracts';
import { followUpSettingsOf } from '@groundswell/domain';
import type { Catalogue, OutboxMessage } from '@groundswell/persistence';
import type { ActionState } from '../storing/batch-state';
import type { FollowUpAnswer } from './follow-up-answer';
import { FollowUpRepository, type ClosedItem, type ModerationItem } from './follow-up.repository';

/** Of one fact. */
const closedPerFact = 1_000;

/** What one batch does to follow-up items (background-jobs.md §2.5), in its own transaction: facts about it to be published. */
export class FollowUpClosing {
  constructor(private readonly catalogue: Pick<Catalogue, 'orgs' | 'campaigns'>) {}

  async apply(manager: EntityManager, answers: FollowUpAnswer[], touched: ActionState[]): Promise<OutboxMessage[]> {
    const waiting = touched.filter(({ status, before }) => status === 'confirming' && before?.action !== 'confirming');
    const decided = touched.filter(({ status, before }) => before?.action === 'confirming' && status !== 'confirming');
    const items = new FollowUpRepository(manager);
    await items.openModeration(waiting.flatMap((action) => this.moderationOf(action)));
    const closed = decided.length > 0 ? await items.closeModeration(decided.map(({ id }) => id)) : [];
    if (answers.length > 0) closed.push(...(await items.answer(answers.map((answer) => this.addressed(answer)))));
    return factsOf(closed);
  }

  private moderationOf({ id, supporter, orgId }: ActionState): ModerationItem[] {
    const { moderation, dueHours } = followUpSettingsOf(this.catalogue.orgs.get(orgId)?.config ?? {});
    return moderation ? [{ actionId: id, supporterId: supporter?.id ?? null, orgId, dueHours }] : [];
  }

  /** An item of the page's org or of the lead. */
  private addressed({ itemId, actionId, orgId, campaignId }: FollowUpAnswer) {
    const leadId = this.catalogue.campaigns.get(campaignId)?.orgId ?? null;
    return { itemId, actionId, orgIds: [...new Set([orgId, ...(leadId === null ? [] : [leadId])])] };
  }
}

/** Ends whatever waits because of these items. */
export function factsOf(closed: ClosedItem[]): OutboxMessage[] {
  const messages: OutboxMessage[] = [];
  for (let from = 0; from < closed.length; from += closedPerFact) {
    const fact: FollowUpsClosedV1 = {
      schema: 'groundswell:followups-closed:1',
      closed: closed.slice(from, from + closedPerFact),
    };
    messages.push({
      messageId: `followups:${randomUUID()}`,
      lane: 0,
      exchange: exchanges.event,
      routingKey: factKeys.followUpsClosed,
      type: fact.schema,
      headers: {},
      body: JSON.stringify(fact),
    });
  }
  return messages;
}
