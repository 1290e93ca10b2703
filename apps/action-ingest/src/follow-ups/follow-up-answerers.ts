import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import {
  followUpRefusals,
  type AssignFollowUpRequestV1,
  type CloseFollowUpRequestV1,
  type CreateFollowUpsRequestV1,
  type FollowUpAssigneeV1,
} from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { OutboxRepository, preparedQuery } from '@groundswell/persistence';
import { factsOf } from './follow-up-closing';
import { FollowUpRepository, type FollowUpAssignee } from './follow-up.repository';

/** Follow-up items as an org's people have them made, given to somebody and closed. */
export class FollowUpAnswerers {
  constructor(private readonly outbox: OutboxRepository) {}

  async create(manager: EntityManager, request: CreateFollowUpsRequestV1): Promise<{ itemIds: number[] }> {
    const { orgId, itemKind: kind, actionId, supporterId, completeAll, dueAt, assignees } = request;
    if (!(await isSubjectThere(manager, actionId, supporterId))) {
      throw new RpcRefusedError(followUpRefusals.noSubject, 'there is no such action or supporter');
    }
    const given = assignees.length > 0 ? assignees.map(assigneeOf) : [nobody];
    const itemIds = await new FollowUpRepository(manager).create({
      orgId,
      kind,
      actionId,
      supporterId,
      group: given.length > 1 ? randomUUID() : null,
      completeAll,
      dueAt: dueAt === null ? null : new Date(dueAt),
      assignees: given,
    });
    return { itemIds };
  }

  async assign(manager: EntityManager, { orgId, itemId, assignee }: AssignFollowUpRequestV1) {
    const to = assignee ? assigneeOf(assignee) : nobody;
    const isChanged = await new FollowUpRepository(manager).assign(orgId, itemId, to);
    return { outcome: isChanged ? 'changed' : 'noop' };
  }

  async close(manager: EntityManager, { orgId, itemId, state }: CloseFollowUpRequestV1) {
    const closed = await new FollowUpRepository(manager).close(orgId, itemId, state);
    await this.outbox.insert(manager, factsOf(closed), false);
    return { outcome: closed.length > 0 ? 'changed' : 'noop' };
  }
}

const nobody: FollowUpAssignee = { userId: null, volunteer: null };

const assigneeOf = (assignee: FollowUpAssigneeV1): FollowUpAssignee =>
  'userId' in assignee
    ? { userId: assignee.userId, volunteer: null }
    : { userId: null, volunteer: { email: assignee.email, ref: Buffer.from(assignee.ref, 'base64url') } };

/** Held until the item is there: neither goes meanwhile. */
async function isSubjectThere(
  manager: EntityManager,
  actionId: number | null,
  supporterId: number | null,
): Promise<boolean> {
  const rows = await preparedQuery(
    manager,
    actionId === null
      ? 'select id from actions.supporters where id = $1 for key share'
      : 'select id from actions.actions where id = $1 for key share',
    [actionId ?? supporterId],
  );
  return rows.length > 0;
}
