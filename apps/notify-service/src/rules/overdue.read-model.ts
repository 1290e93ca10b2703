import type { EntityManager } from 'typeorm';
import type { Fields, NewFiring, Rule } from './rule';

/** Which actions a rule may look at: those of the org's pages, and of campaigns it leads. */
export interface RuleScope {
  pageIds: readonly number[];
  campaignIds: readonly number[];
  /** Its own, and those of the campaigns it leads. */
  allPageIds: readonly number[];
}

/** One look of a rule at what is overdue. */
export interface OverdueLook {
  /** At what was sent, or accepted, after that; null: whenever. */
  since: Date | null;
  /** What this look leaves behind: the next need not go back further. */
  until: Date;
  /** Also at what came into question late, and at what does not wait any more. */
  isComplete: boolean;
}

export type OverdueSubject = Omit<NewFiring, 'ruleId'> & { subjectId: number };

/** What was sent or accepted that long before what was looked at last is looked at again: its row may have come late. */
const marginMs = 3_600_000;
const hourMs = 3_600_000;

/** What waits for longer than a rule allows, and has not fired yet. */
export class OverdueReadModel {
  constructor(private readonly manager: EntityManager) {}

  /**
   * Where a rule is to look now; null when it is gone. Messages: those that became overdue since the rule was made. Actions: those
   * that came of age since the last look, so that it costs the same however many wait for ever, and now and then all of them.
   */
  async nextLook({ id, trigger, settings }: Rule, completeMs: number): Promise<OverdueLook | null> {
    const afterMs = (settings.afterHours ?? 0) * hourMs;
    const [row]: { createdAt: Date; lookedUntil: Date | null; isCompleteDue: boolean; now: Date }[] =
      await this.manager.query(
        `select created_at as "createdAt", looked_until as "lookedUntil", now() as now,
                coalesce(looked_at_all_at <= now() - $2 * interval '1 millisecond', true) as "isCompleteDue"
           from notify.rules where id = $1`,
        [id, completeMs],
      );
    if (!row) return null;
    const isComplete = trigger !== 'unanswered' && (row.isCompleteDue || row.lookedUntil === null);
    const since = row.lookedUntil ?? new Date(row.createdAt.getTime() - afterMs);
    const until = new Date(Math.max(row.now.getTime() - afterMs - marginMs, since.getTime()));
    return { since: isComplete ? null : since, until, isComplete };
  }

  async noteLook(ruleId: number, { until, isComplete }: OverdueLook): Promise<void> {
    await this.manager.query(
      `update notify.rules
          set looked_until = greatest(coalesce(looked_until, $2), $2),
              looked_at_all_at = case when $3::boolean then now() else looked_at_all_at end
        where id = $1`,
      [ruleId, until.toISOString(), isComplete],
    );
  }

  /** In order of their ids, after that one. */
  async undecided(
    rule: Rule,
    scope: RuleScope,
    since: Date | null,
    afterId: number,
    limit: number,
  ): Promise<OverdueSubject[]> {
    const rows: Fields[] = await this.manager.query(
      `select u.action_id::int8 as "actionId", u.campaign_id::int8 as "campaignId", u.action_page_id::int8 as "actionPageId",
              u.action_type as "actionType", u.testing
         from actions.undecided u
        where u.state = $1 and u.action_page_id = any($9::bigint[]) and u.action_id > $5
          and u.inserted_at <= now() - $2::int * interval '1 hour'
          and u.inserted_at > coalesce($10::timestamptz, '-infinity')
          and (u.action_page_id = any($3::bigint[]) or u.campaign_id = any($4::bigint[]))
          and ($6::bigint is null or u.campaign_id = $6)
          and not exists (select from notify.rule_firings f
                           where f.rule_id = $7 and f.subject = 'action:' || u.action_id and f.cleared_at is null)
        order by u.action_id limit $8`,
      [
        rule.trigger,
        rule.settings.afterHours,
        scope.pageIds,
        scope.campaignIds,
        afterId,
        rule.campaignId,
        rule.id,
        limit,
        scope.allPageIds,
        since?.toISOString() ?? null,
      ],
    );
    return rows.map((fields) => subjectOf('action', Number(fields['actionId']), fields));
  }

  /**
   * Messages to targets that were sent in (since, until], in order of time and id, after that one. By when they were sent: so a
   * look costs the same however many went unanswered before.
   */
  async unanswered(
    { id, campaignId, settings }: Rule,
    { campaignIds }: RuleScope,
    since: Date | null,
    afterId: number,
    limit: number,
  ): Promise<OverdueSubject[]> {
    const rows: Fields[] = await this.manager.query(
      `select m.message_id::int8 as "messageId", m.action_id::int8 as "actionId", m.campaign_id::int8 as "campaignId",
              m.target_id::text as "targetId", m.testing
         from mtt.message_states m
        where m.state = 'sent' and m.sent_at > coalesce($1::timestamptz, '-infinity') and m.sent_at <= now() - $2::int * interval '1 hour'
          and m.campaign_id = any($3::bigint[]) and ($4::bigint is null or m.campaign_id = $4) and m.message_id > $5
          and not exists (select from mtt.answered_messages r where r.message_id = m.message_id)
          and not exists (select from notify.rule_firings f
                           where f.rule_id = $6 and f.subject = 'message:' || m.message_id and f.cleared_at is null)
        order by m.message_id limit $7`,
      [since?.toISOString() ?? null, settings.afterHours, campaignIds, campaignId, afterId, id, limit],
    );
    return rows.map((fields) => subjectOf('message', Number(fields['messageId']), fields));
  }

  /** What does not wait any more may fire again. What is just being mailed waits for the next look. */
  async clearDecided(rule: Rule): Promise<number> {
    const rows: unknown[] = await this.manager.query(
      `with decided as (
         select f.id from notify.rule_firings f
          where f.rule_id = $1 and f.cleared_at is null
            and not exists (select from actions.undecided u where u.action_id = f.subject_id and u.state = $2)
            for update of f skip locked),
       cleared as (
         update notify.rule_firings f set cleared_at = now() from decided where f.id = decided.id returning f.id)
       select id from cleared`,
      [rule.id, rule.trigger],
    );
    return rows.length;
  }
}

const subjectOf = (kind: 'action' | 'message', id: number, fields: Fields): OverdueSubject => ({
  subject: `${kind}:${id}`,
  subjectId: id,
  campaignId: typeof fields['campaignId'] === 'number' ? fields['campaignId'] : null,
  fields,
});
