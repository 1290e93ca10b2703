import type { EntityManager } from 'typeorm';
import { PermanentJobError, RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import type { Catalogue, CatalogueOrg, OutboxMessage } from '@groundswell/persistence';
import { areMet, checkConditions, ConditionError } from './conditions';
import { FiringRepository, type WaitingFiring } from './firing.repository';
import type { Outgoing } from './outgoing';
import type { Rule } from './rule';
import { takesEvents } from './rule-check';
import { fireRule } from './rule-jobs';
import type { RuleMailer } from './rule-mailer';
import { alertData, eventMessage } from './rule-messages';
import { RuleRepository } from './rule.repository';

type Run = JobRunOf<typeof fireRule>;

/** Firings in one mail, of which it lists the first, and events in one step. */
const firingsAtOnce = { mail: 10_000, digest: 1, webhook: 500 };

interface Batch {
  sent: number;
  isLast: boolean;
  publish: () => void;
}

/** Sends what a rule fired for: the messages, and that they were asked for, are one step. Twice is safe: steps happen once. */
@RunsJob(fireRule)
export class FireRuleHandler implements JobHandler {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'refresh' | 'orgs' | 'services'>,
    private readonly outgoing: Outgoing,
    private readonly mailer: RuleMailer,
  ) {}

  async run(job: Run): Promise<{ sent: number }> {
    // Org and backend may be younger than the last comparison.
    await this.catalogue.refresh();
    let sent = job.cursor?.done ?? 0;
    for (;;) {
      const batch = await job.step(
        (manager) => this.fireBatch(manager, job, sent),
        (made) => ({ cursor: { done: sent + made.sent }, progress: { done: sent + made.sent } }),
      );
      batch.publish();
      sent += batch.sent;
      if (batch.isLast) return { sent };
      job.signal.throwIfAborted();
    }
  }

  /** Holding the rule, so that what fires meanwhile finds the job open, or makes the next. */
  private async fireBatch(manager: EntityManager, job: Run, sentBefore: number): Promise<Batch> {
    const rule = await new RuleRepository(manager).hold(job.payload.ruleId);
    if (!rule) return { sent: 0, isLast: true, publish: () => undefined };
    const firings = new FiringRepository(manager);
    const limit = firingsAtOnce[rule.effect];
    const waiting = await firings.waiting(job.id, limit);
    const { messages, sent, leftOut, reason } = await this.messagesOf(
      manager,
      rule,
      waiting,
      `${job.id}:${sentBefore}`,
    );
    const publish = await this.outgoing.write(manager, messages);
    await firings.end(sent, 'sent', null);
    await firings.end(leftOut, 'left_out', reason);
    const isLast = waiting.length < limit;
    await this.noteSent(manager, rule, job.id, messages.length > 0, isLast);
    return { sent: sent.length, isLast, publish };
  }

  private async messagesOf(manager: EntityManager, rule: Rule, waiting: readonly WaitingFiring[], occasion: string) {
    const all = waiting.map(({ id }) => id);
    const org = this.catalogue.orgs.get(rule.orgId);
    const nothing = (reason: string) => ({
      messages: [] as OutboxMessage[],
      sent: [] as number[],
      leftOut: all,
      reason,
    });
    if (!org || org.deletedAt !== null) return nothing('the org is gone');
    if (!rule.isEnabled) return nothing('the rule is disabled');
    const wanted = waiting.filter((firing) => isWanted(rule, firing));
    if (wanted.length === 0) return nothing('conditions');
    const messages = await this.write(manager, rule, org, wanted, occasion);
    const sent = wanted.map(({ id }) => id);
    const leftOut = all.filter((id) => !sent.includes(id));
    return { messages, sent, leftOut, reason: 'conditions' };
  }

  private async write(
    manager: EntityManager,
    rule: Rule,
    org: CatalogueOrg,
    firings: readonly WaitingFiring[],
    occasion: string,
  ): Promise<OutboxMessage[]> {
    if (rule.effect === 'webhook') {
      if (!takesEvents(this.catalogue, org)) throw new PermanentJobError('the org has nothing that takes events');
      return firings.map((firing) => eventMessage(rule, org, firing));
    }
    return this.mailer.messages(manager, rule, org, { kind: 'rule_alert', occasion, data: alertData(firings) });
  }

  /** A job that was done before its end was recorded comes again: the rule may have another by then, and keeps it. */
  private async noteSent(
    manager: EntityManager,
    rule: Rule,
    jobId: number,
    isSent: boolean,
    isLast: boolean,
  ): Promise<void> {
    await manager.query(
      `update notify.rules
          set last_mail_at = case when $2::boolean then now() else last_mail_at end,
              job_id = case when $3::boolean and job_id = $4 then null else job_id end
        where id = $1`,
      [rule.id, isSent && rule.effect === 'mail', isLast, jobId],
    );
  }
}

/** Conditions are asked again: they may have been broken, or others, when it fired. */
function isWanted({ trigger, conditions }: Rule, { fields }: WaitingFiring): boolean {
  try {
    checkConditions(trigger, conditions);
    return areMet(conditions, fields);
  } catch (error) {
    if (error instanceof ConditionError) throw new PermanentJobError(`conditions: ${error.message}`, { cause: error });
    throw error;
  }
}
