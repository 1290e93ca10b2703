import type { EntityManager } from 'typeorm';
import type { FollowUpsClosedV1 } from '@groundswell/contracts';
import { followUpKindCode } from '@groundswell/domain';
import { int8Array, preparedQuery } from '@groundswell/persistence';

export type ClosedItem = FollowUpsClosedV1['closed'][number];

export interface ModerationItem {
  actionId: number;
  supporterId: number | null;
  orgId: number;
  dueHours: number | null;
}

/** Clears what is kept of a volunteer: closed items name nobody from outside. */
const withoutVolunteer = 'volunteer_email = null, volunteer_ref = null';
const closedColumns = `i.id::int as "itemId", i.org_id::int as "orgId", i.state, i.closed_by::int as "actionId"`;

/** Follow-up items, in the caller's transaction. Those of a group are locked in the order of their ids. */
export class FollowUpRepository {
  constructor(private readonly manager: EntityManager) {}

  /**
   * An answered item is done, whatever closed it before; its open siblings are canceled unless all are to be done. So two answers
   * end in the same state in either order. `orgIds` of an answer are whose item it may be. Returns what changed.
   */
  async answer(answers: { itemId: number; actionId: number; orgIds: number[] }[]): Promise<ClosedItem[]> {
    const itemIds = answers.map(({ itemId }) => itemId);
    await this.lockGroups(itemIds);
    const done = await this.finish(answers);
    return [...done, ...(await this.cancelSiblings(done))];
  }

  /** Of actions that wait for moderation from now on. */
  async openModeration(items: ModerationItem[]): Promise<void> {
    if (items.length === 0) return;
    await preparedQuery(
      this.manager,
      `insert into actions.followup_items (org_id, kind, action_id, supporter_id, due_at)
       select org_id, $5::smallint, action_id, supporter_id, now() + due_hours * interval '1 hour'
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::float8[])
              as n (org_id, action_id, supporter_id, due_hours)
       on conflict (action_id) where kind = 0 do nothing`,
      [
        items.map(({ orgId }) => orgId),
        items.map(({ actionId }) => actionId),
        items.map(({ supporterId }) => supporterId),
        items.map(({ dueHours }) => dueHours),
        followUpKindCode('moderation'),
      ],
    );
  }

  /** Of actions that were decided about. */
  closeModeration(actionIds: number[]): Promise<ClosedItem[]> {
    return preparedQuery<ClosedItem>(
      this.manager,
      `update actions.followup_items i
          set state = 'done', closed_at = now(), updated_at = now(), ${withoutVolunteer}
        where i.action_id = any($1::bigint[]) and i.kind = $2 and i.state = 'open' returning ${closedColumns}`,
      [int8Array(actionIds), followUpKindCode('moderation')],
    );
  }

  /** By a person; siblings stay. Nothing when it is closed already, or another org's. */
  close(orgId: number, itemId: number, state: ClosedItem['state']): Promise<ClosedItem[]> {
    return preparedQuery<ClosedItem>(
      this.manager,
      `update actions.followup_items i
          set state = $3::text, closed_at = now(), updated_at = now(), ${withoutVolunteer}
        where i.id = $1 and i.org_id = $2 and i.state = 'open' returning ${closedColumns}`,
      [itemId, orgId, state],
    );
  }

  /** False when there is no such open item of the org, or it is theirs already. */
  async assign(orgId: number, itemId: number, to: FollowUpAssignee): Promise<boolean> {
    const rows = await preparedQuery(
      this.manager,
      `update actions.followup_items i
          set assignee = $3::bigint, volunteer_email = $4::text, volunteer_ref = $5::bytea, updated_at = now(),
              assigned_at = case when $3::bigint is not null or $4::text is not null then now() end
        where i.id = $1 and i.org_id = $2 and i.state = 'open'
          and (i.assignee is distinct from $3::bigint or i.volunteer_email is distinct from $4::text) returning i.id`,
      [itemId, orgId, to.userId, to.volunteer?.email ?? null, to.volunteer?.ref ?? null],
    );
    return rows.length > 0;
  }

  /** Ids in the order of the assignees. */
  async create(items: NewFollowUps): Promise<number[]> {
    const { orgId, kind, actionId, supporterId, group, completeAll, dueAt, assignees } = items;
    const rows = await preparedQuery<{ id: number }>(
      this.manager,
      `insert into actions.followup_items
         (org_id, kind, action_id, supporter_id, sibling_group, complete_all, due_at, assignee, volunteer_email, volunteer_ref,
          assigned_at)
       select $1::bigint, $2::smallint, $3::bigint, $4::bigint, $5::uuid, $6::boolean, $7::timestamptz, user_id, email, ref,
              case when user_id is not null or email is not null then now() end
         from unnest($8::bigint[], $9::text[], $10::bytea[]) with ordinality as n (user_id, email, ref, place)
        order by place returning id::int`,
      [
        orgId,
        followUpKindCode(kind),
        actionId,
        supporterId,
        group,
        completeAll,
        dueAt,
        assignees.map(({ userId }) => userId),
        assignees.map(({ volunteer }) => volunteer?.email ?? null),
        assignees.map(({ volunteer }) => volunteer?.ref ?? null),
      ],
    );
    return rows.map(({ id }) => id);
  }

  private async lockGroups(itemIds: number[]): Promise<void> {
    await preparedQuery(
      this.manager,
      `select from actions.followup_items
        where id in (select unnest($1::bigint[])
                     union all
                     select s.id from actions.followup_items i join actions.followup_items s using (sibling_group)
                      where i.id = any($1::bigint[]))
        order by id for update`,
      [int8Array(itemIds)],
    );
  }

  private finish(answers: { itemId: number; actionId: number; orgIds: number[] }[]): Promise<ClosedItem[]> {
    const pairs = answers.flatMap(({ orgIds, ...answer }) => orgIds.map((orgId) => ({ ...answer, orgId })));
    return preparedQuery<ClosedItem>(
      this.manager,
      `update actions.followup_items i
          set state = 'done', closed_at = now(), closed_by = n.action_id, updated_at = now(), ${withoutVolunteer}
         from (select item_id, org_id, min(action_id) as action_id
                 from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as n (item_id, org_id, action_id)
                group by item_id, org_id) n
        where i.id = n.item_id and i.org_id = n.org_id and i.state <> 'done' and i.kind <> $4 returning ${closedColumns}`,
      [
        int8Array(pairs.map(({ itemId }) => itemId)),
        int8Array(pairs.map(({ orgId }) => orgId)),
        int8Array(pairs.map(({ actionId }) => actionId)),
        followUpKindCode('moderation'),
      ],
    );
  }

  private async cancelSiblings(done: ClosedItem[]): Promise<ClosedItem[]> {
    if (done.length === 0) return [];
    return preparedQuery<ClosedItem>(
      this.manager,
      `update actions.followup_items i
          set state = 'canceled', closed_at = now(), closed_by = d.closed_by, updated_at = now(), ${withoutVolunteer}
         from actions.followup_items d
        where d.id = any($1::bigint[]) and not d.complete_all and i.sibling_group = d.sibling_group
          and i.org_id = d.org_id and i.state = 'open' returning ${closedColumns}`,
      [int8Array(done.map(({ itemId }) => itemId))],
    );
  }
}

export interface FollowUpAssignee {
  /** Of a user; null when it is a volunteer's or nobody's. */
  userId: number | null;
  volunteer: { email: string; ref: Buffer } | null;
}

export interface NewFollowUps {
  orgId: number;
  kind: 'call' | 'reminder';
  actionId: number | null;
  supporterId: number | null;
  /** Null for one alone. */
  group: string | null;
  completeAll: boolean;
  dueAt: Date | null;
  assignees: FollowUpAssignee[];
}
