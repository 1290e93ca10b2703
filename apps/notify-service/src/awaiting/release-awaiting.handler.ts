import type { EntityManager } from 'typeorm';
import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import type { Catalogue, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { AudienceReadModel } from '../mailouts/audience.read-model';
import type { MailedPerson, MailingMessages } from '../mailouts/mailing-messages';
import { releasedMailing, type Candidate } from '../mailouts/mailout';
import { decideAwaiting } from './awaiting-decision';
import { awaitingStep, releaseAwaitingJob } from './awaiting-jobs';
import { AwaitingMessageRepository, type AwaitingEnd, type AwaitingMessage } from './awaiting-message.repository';
import { isOptInRequired } from './double-opt-in-setting';

interface Ending {
  message: AwaitingMessage;
  person: Candidate | null;
}

/**
 * Goes through what awaits opt-in, in the order in which it was kept. Twice is safe: a message that has ended stays so, and its end is one
 * transaction with the mailing that carries it.
 */
@RunsJob(releaseAwaitingJob)
export class ReleaseAwaitingHandler implements JobHandler {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'orgs' | 'refresh'>,
    private readonly outbox: Pick<OutboxRepository, 'insert'>,
    private readonly relay: Pick<OutboxRelay, 'wake'>,
    private readonly messages: MailingMessages,
  ) {}

  async run(job: JobRunOf<typeof releaseAwaitingJob>): Promise<void> {
    await this.catalogue.refresh();
    for (let after: number | null = job.cursor?.after ?? 0; after !== null;) {
      const from: number = after;
      after = await job.step(
        (manager) => this.step(manager, from),
        (next) => (next === null ? {} : { cursor: { after: next } }),
      );
      this.relay.wake();
      job.signal.throwIfAborted();
    }
  }

  /** Returns where the next step begins; null when this was the last. */
  private async step(manager: EntityManager, after: number): Promise<number | null> {
    const awaiting = new AwaitingMessageRepository(manager);
    const page = await awaiting.page(after, awaitingStep);
    const ends = new Map<string, { end: AwaitingEnd; reason: string | null; endings: Ending[] }>();
    for (const { message, person } of await this.withPeople(manager, page)) {
      const config = this.catalogue.orgs.get(message.orgId)?.config ?? {};
      const decision = decideAwaiting(message, person, { isOptInRequired: isOptInRequired(config) });
      if (decision === 'keep') continue;
      const key = `${decision.end}:${decision.reason}`;
      const same = ends.get(key) ?? { ...decision, endings: [] };
      same.endings.push({ message, person });
      ends.set(key, same);
    }
    for (const { end, reason, endings } of ends.values()) {
      const ids = new Set(
        await awaiting.end(
          endings.map(({ message }) => message.id),
          end,
          reason,
        ),
      );
      if (end === 'released') {
        await this.release(
          manager,
          endings.filter(({ message }) => ids.has(message.id)),
        );
      }
    }
    return page.length < awaitingStep ? null : (page.at(-1)?.id ?? null);
  }

  private async withPeople(manager: EntityManager, page: readonly AwaitingMessage[]): Promise<Ending[]> {
    const audience = new AudienceReadModel(manager);
    const endings: Ending[] = [];
    for (const orgId of new Set(page.map((message) => message.orgId))) {
      const its = page.filter((message) => message.orgId === orgId);
      const people = await audience.find(
        orgId,
        its.map(({ supporterId }) => supporterId),
      );
      endings.push(...its.map((message) => ({ message, person: people.get(message.supporterId) ?? null })));
    }
    return endings.sort((a, b) => a.message.id - b.message.id);
  }

  /** One mailing of each mailout, in the order of their first messages. */
  private async release(manager: EntityManager, endings: readonly Ending[]): Promise<void> {
    for (const mailoutId of new Set(endings.map(({ message }) => message.mailoutId))) {
      const its = endings.filter(({ message }) => message.mailoutId === mailoutId);
      const [first] = its;
      if (!first) continue;
      const { orgId, campaignId, template, id } = first.message;
      const people = its.flatMap(({ person }): MailedPerson[] =>
        person?.actionId ? [{ ...person, mailedActionId: person.actionId }] : [],
      );
      const head = { purpose: releasedMailing(mailoutId, id), orgId, campaignId };
      await this.outbox.insert(manager, this.messages.whole(head, template, people), false);
    }
  }
}
