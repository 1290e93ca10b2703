import type { EntityManager } from 'typeorm';
import { int8Array, preparedQuery } from '@groundswell/persistence';
import type { RetentionRule } from './retention-rule';
import type { RetentionCounts } from './retention-run.repository';

export interface RetentionScope extends RetentionRule {
  orgId: number;
  /** Only supporters with an action in it; null: of any campaign. */
  campaignId: number | null;
}

const limit = `now() - $4::int * interval '1 month'`;
const isOldAction = `a.inserted_at < ${limit}`;
const isOldCampaign = `g.status = 2 and g.end_date < ((${limit}) at time zone 'UTC')::date`;
/** Action `a` and its campaign `g` are old enough to be forgotten; null counts as no. */
const isOver = `(${isOldAction} and ${isOldCampaign}) is true`;

/**
 * Actions of old campaigns with messages that may still go to their targets. Of what has its turn or was handed over mtt-service
 * tells the end. Of what was never delivered, has another before it or is unknown nobody does: it ends with the window, a day after
 * mail to target (email-and-mtt.md §5.4), and without settings nothing goes at all.
 */
const actionsWithUnsent = `
  with old as (
    select g.id, coalesce(w.end_at >= now() - interval '24 hours', false) as is_window_open
      from catalog.campaigns g left join catalog.mtt w on w.campaign_id = g.id
     where ${isOldCampaign} and ($3::bigint is null or g.id = $3::bigint))
  select s.action_id from old join mtt.message_states s on s.campaign_id = old.id
   where s.state = 'pending' and s.dupe_rank = 0 and not s.testing
  union all
  select s.action_id from old join mtt.message_states s on s.campaign_id = old.id where s.state = 'sending'
  union all
  select m.action_id from old join actions.actions a on a.campaign_id = old.id
    join actions.messages m on m.action_id = a.id
    left join mtt.message_states s on s.message_id = m.id
   where old.is_window_open and (s.state in ('sent', 'failed', 'cancelled')) is not true`;

/** Of the supporters $2 those whose record at org $1 may go: every action of theirs is over, in all campaigns, and
 *  every action of the same person's other signatures that this org has a record of. */
const eligible = `
  select s.id, s.fingerprint
    from actions.contacts c join actions.supporters s on s.id = c.supporter_id
   where c.org_id = $1 and s.id = any($2::bigint[])
     and exists (select from actions.actions a
                  where a.supporter_id = s.id and ($3::bigint is null or a.campaign_id = $3::bigint))
     and not exists (
       select from actions.supporters o
         join actions.contacts oc on oc.supporter_id = o.id and oc.org_id = $1
         join actions.actions a on a.supporter_id = o.id
         left join catalog.campaigns g on g.id = a.campaign_id
        where o.fingerprint = s.fingerprint and not ${isOver})`;

const hasCopy = 'coalesce(s.first_name, s.last_name, s.email, s.address) is not null';
const isKnownElsewhere = `exists (select from actions.contacts o where o.supporter_id = s.id and o.org_id <> $1)`;

/** Contact records of an org, and clear copies, that its retention lets go (email-and-mtt.md §3.4). */
export class RetainedContactRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Supporters an org has records of, by id, above `after`. */
  async supportersAfter(orgId: number, after: number, count: number): Promise<number[]> {
    const rows = await preparedQuery<{ id: number }>(
      this.manager,
      `select supporter_id as id from actions.contacts where org_id = $1 and supporter_id > $2 order by supporter_id limit $3`,
      [orgId, after, count],
    );
    return rows.map(({ id }) => id);
  }

  /** Mails to targets of actions that the rule would let go: they still need their supporter's name and address. */
  async hasUnsentMessages(scope: RetentionScope): Promise<boolean> {
    const rows = await preparedQuery(
      this.manager,
      `select from (${actionsWithUnsent}) u
         join actions.actions a on a.id = u.action_id
         join actions.contacts c on c.supporter_id = a.supporter_id and c.org_id = $1
        where $2::bigint[] is null and ${isOldAction} limit 1`,
      parametersOf(scope, null),
    );
    return rows.length > 0;
  }

  async eligible(scope: RetentionScope, supporterIds: number[]): Promise<{ id: number; fingerprint: Buffer }[]> {
    return preparedQuery(this.manager, eligible, parametersOf(scope, supporterIds));
  }

  /** What `remove` would remove. */
  async count(scope: RetentionScope, supporterIds: number[]): Promise<RetentionCounts> {
    const [counts] = await preparedQuery<RetentionCounts>(
      this.manager,
      `select count(*)::int as contacts,
              count(*) filter (where $5::boolean and ${hasCopy} and not ${isKnownElsewhere})::int as supporters
         from (${eligible}) e join actions.supporters s on s.id = e.id`,
      [...parametersOf(scope, supporterIds), scope.mode === 'remove_pii'],
    );
    return counts ?? { contacts: 0, supporters: 0 };
  }

  /** Removes what is eligible at this moment, and adds it to the run's counts. Needs the locks of the persons' partitions. */
  async remove(runId: number, scope: RetentionScope, supporterIds: number[]): Promise<void> {
    await preparedQuery(
      this.manager,
      `with gone as (
         delete from actions.contacts c using (${eligible}) e
          where c.supporter_id = e.id and c.org_id = $1 returning c.supporter_id),
       cleared as (
         update actions.supporters s
            set first_name = null, last_name = null, email = null, address = null, updated_at = now()
           from gone where s.id = gone.supporter_id and $5::boolean and ${hasCopy} and not ${isKnownElsewhere}
         returning s.id)
       update actions.retention_runs
          set contacts = contacts + (select count(*) from gone), supporters = supporters + (select count(*) from cleared)
        where id = $6`,
      [...parametersOf(scope, supporterIds), scope.mode === 'remove_pii', runId],
    );
  }
}

const parametersOf = ({ orgId, campaignId, months }: RetentionScope, supporterIds: number[] | null): unknown[] => [
  orgId,
  supporterIds && int8Array(supporterIds),
  campaignId,
  months,
];
