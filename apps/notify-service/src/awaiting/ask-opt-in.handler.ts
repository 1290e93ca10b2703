import type { EntityManager } from 'typeorm';
import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import type { Catalogue, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { AudienceReadModel } from '../mailouts/audience.read-model';
import type { MailedPerson, MailingMessages } from '../mailouts/mailing-messages';
import { optInMailing } from '../mailouts/mailout';
import { decideMailout } from '../mailouts/mailout-decision';
import { askOptInJob, awaitingStep } from './awaiting-jobs';
import { AwaitingMessageRepository, type UnaskedPerson } from './awaiting-message.repository';
import { isOptInRequired } from './double-opt-in-setting';

/** Name of the template: the org's own, or the built-in one. Its `doiLink` opts in. */
const template = 'opt_in';
/** Then they are asked again: an account that was away for days must not ask several times at once. */
const askedWithinMs = 86_400_000;

/** Twice is safe: that somebody was asked is one transaction with the mailing that asks. */
@RunsJob(askOptInJob)
export class AskOptInHandler implements JobHandler {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'orgs' | 'refresh'>,
    private readonly outbox: Pick<OutboxRepository, 'insert'>,
    private readonly relay: Pick<OutboxRelay, 'wake'>,
    private readonly messages: MailingMessages,
  ) {}

  async run(job: JobRunOf<typeof askOptInJob>): Promise<void> {
    await this.catalogue.refresh();
    const orgIds = [...this.catalogue.orgs.rows.values()]
      .filter((org) => isOptInRequired(org.config) && org.emailBackendId !== null && org.emailFrom && !org.deletedAt)
      .map(({ id }) => id);
    if (orgIds.length === 0) return;
    let { step, after } = job.cursor ?? { step: 0, after: 0 };
    for (let isMore = true; isMore;) {
      const from = { step: step + 1, after };
      const end = await job.step(
        (manager) => this.step(manager, orgIds, { jobId: job.id, ...from }),
        ({ through }) => ({ cursor: { step: from.step, after: through } }),
      );
      [step, after, isMore] = [from.step, end.through, end.isMore];
      this.relay.wake();
      job.signal.throwIfAborted();
    }
  }

  /** Returns how far it came, and whether there may be more. */
  private async step(
    manager: EntityManager,
    orgIds: readonly number[],
    { jobId, step, after }: { jobId: number; step: number; after: number },
  ): Promise<{ through: number; isMore: boolean }> {
    const awaiting = new AwaitingMessageRepository(manager);
    const end = await awaiting.stepEnd(orgIds, after, awaitingStep);
    const due = await awaiting.takeUnasked(orgIds, { after, through: end.through });
    for (const orgId of new Set(due.map((one) => one.orgId))) {
      const people = await this.askable(
        manager,
        orgId,
        due.filter((one) => one.orgId === orgId),
      );
      if (people.length === 0) continue;
      const head = { purpose: optInMailing(orgId, jobId, step), orgId, campaignId: null };
      await this.outbox.insert(manager, this.messages.whole(head, template, people, askedWithinMs), false);
    }
    return end;
  }

  private async askable(manager: EntityManager, orgId: number, due: readonly UnaskedPerson[]): Promise<MailedPerson[]> {
    const found = await new AudienceReadModel(manager).find(
      orgId,
      due.map(({ supporterId }) => supporterId),
    );
    return [...found.values()].flatMap((person): MailedPerson[] =>
      person.actionId !== null && decideMailout(person, { isOptInRequired: true }).kind === 'awaiting opt-in'
        ? [{ ...person, mailedActionId: person.actionId }]
        : [],
    );
  }
}
