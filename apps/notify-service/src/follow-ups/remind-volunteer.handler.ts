import type { EntityManager } from 'typeorm';
import type { MailRequestV1 } from '@groundswell/contracts';
import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import type { Logger } from '@groundswell/observability';
import {
  mailRequestMessage,
  type Catalogue,
  type CatalogueOrg,
  type OutboxMessage,
  type OutboxRelay,
  type OutboxRepository,
} from '@groundswell/persistence';
import { ReminderSettingsError, reminderSettingsOf, type ReminderSettings } from '../reminders/reminder-settings';
import { FollowUpReminderRepository, type DueFollowUp } from './follow-up-reminder.repository';
import { remindersAtOnce, remindVolunteerJob } from './remind-volunteer.job';

/** Kind of the mail and name of its template: the instance org's own, or the built-in one. */
const mailKind = 'followup_reminder';
const dayMs = 86_400_000;

const tasks = {
  moderation: 'an action to decide about',
  call: 'a call to make',
  reminder: 'something to come back to',
} as const;

/** Twice is safe: a reminder has one row, and the mail is asked for in the same transaction. A closed item is no longer looked at. */
@RunsJob(remindVolunteerJob)
export class RemindVolunteerHandler implements JobHandler {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'orgs' | 'refresh'>,
    private readonly outbox: Pick<OutboxRepository, 'insert'>,
    private readonly relay: Pick<OutboxRelay, 'wake'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  async run(job: JobRunOf<typeof remindVolunteerJob>): Promise<{ reminders: number }> {
    await this.catalogue.refresh();
    let reminders = job.cursor?.reminders ?? 0;
    for (const { org, settings } of this.remindingOrgs(job.cursor?.orgId ?? 0)) {
      for (let isMore = true; isMore;) {
        const before: number = reminders;
        const asked = await job.step(
          (manager) => this.step(manager, org, settings),
          (count) => ({
            // Before the last step of an org the next attempt begins with it again.
            cursor: { orgId: count === remindersAtOnce ? org.id - 1 : org.id, reminders: before + count },
            progress: { done: before + count },
          }),
        );
        reminders += asked;
        isMore = asked === remindersAtOnce;
        this.relay.wake();
        job.signal.throwIfAborted();
      }
    }
    return { reminders };
  }

  private remindingOrgs(after: number): { org: CatalogueOrg; settings: ReminderSettings }[] {
    const orgs = [...this.catalogue.orgs.rows.values()].filter(({ id, deletedAt }) => id > after && deletedAt === null);
    return orgs
      .sort((a, b) => a.id - b.id)
      .flatMap((org) => {
        const settings = this.settingsOf(org);
        return settings && settings.maxCount > 0 ? [{ org, settings }] : [];
      });
  }

  /** What is wrong with one org's settings keeps no other from its reminders. */
  private settingsOf({ id, config }: CatalogueOrg): ReminderSettings | null {
    try {
      const { followUps } = config as { followUps?: { reminder?: unknown } | null };
      return reminderSettingsOf(followUps?.reminder, 'config.followUps.reminder');
    } catch (error) {
      if (!(error instanceof ReminderSettingsError)) throw error;
      this.logger.warn({ orgId: id, reason: error.message }, 'reminders of follow-up items left out');
      return null;
    }
  }

  private async step(manager: EntityManager, org: CatalogueOrg, settings: ReminderSettings): Promise<number> {
    const reminders = new FollowUpReminderRepository(manager);
    const due = await reminders.due(org.id, settings, remindersAtOnce);
    const isNew = await reminders.addOnce(org.id, due);
    const mails = due.filter(({ itemId }) => isNew.has(itemId)).map((item) => reminderMail(item, org, settings));
    await this.outbox.insert(manager, mails, false);
    return mails.length;
  }
}

function reminderMail(item: DueFollowUp, { id, name, title }: CatalogueOrg, settings: ReminderSettings): OutboxMessage {
  const { itemId, kind, assignedAt, dueAt, number, email } = item;
  const mail: MailRequestV1 = {
    schema: 'groundswell:mail:1',
    purpose: `followup:${itemId}:${assignedAt.getTime()}:n${number}`,
    kind: mailKind,
    to: { email },
    locale: null,
    data: {
      operation: kind,
      subjectId: itemId,
      objectId: number,
      message: dueAt === null ? tasks[kind] : `${tasks[kind]}, due since ${dueAt.toISOString().slice(0, 10)}`,
      org: { name, title },
    },
    // Then the next one comes.
    notAfter: new Date(Date.now() + settings.delayDays * dayMs).toISOString(),
  };
  return mailRequestMessage(mail, id);
}
