import type { EntityManager } from 'typeorm';
import { mailoutRefusals, type MailoutChangeAnswerV1, type TestMailoutAnswerV1 } from '@groundswell/contracts';
import type { JobQueue } from '@groundswell/jobs';
import { RpcRefusedError } from '@groundswell/messaging';
import type { Catalogue, OutboxRepository } from '@groundswell/persistence';
import { AwaitingMessageRepository } from '../awaiting/awaiting-message.repository';
import { AudienceReadModel } from './audience.read-model';
import type { MailedPerson, MailingMessages } from './mailing-messages';
import { testedAmong, testMailing, testRecipients, testsAtMost, type Candidate, type Mailout } from './mailout';
import { decideMailout } from './mailout-decision';
import { buildKey, buildMailoutJob } from './mailout-jobs';
import { MailoutRepository, type MailoutDraft } from './mailout.repository';

interface Named {
  orgId: number;
  name: string;
}

const changed: MailoutChangeAnswerV1 = { outcome: 'changed' };
const unchanged: MailoutChangeAnswerV1 = { outcome: 'unchanged' };

const refuseState = ({ state }: Mailout): never => {
  throw new RpcRefusedError(mailoutRefusals.state, `the mailout is ${state}`);
};

/** What a person decides about mailouts, each in the transaction of its request. */
export class MailoutRequests {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'orgs' | 'refresh'>,
    private readonly queue: Pick<JobQueue, 'add'>,
    private readonly outbox: Pick<OutboxRepository, 'insert'>,
    private readonly messages: MailingMessages,
  ) {}

  async add(manager: EntityManager, draft: MailoutDraft): Promise<MailoutChangeAnswerV1> {
    if (await new MailoutRepository(manager).add(draft)) return changed;
    throw new RpcRefusedError(mailoutRefusals.nameTaken, 'the org has a mailout of that name');
  }

  /** A draft begins with the newest supporter there is; what was paused goes on where it stood. */
  async start(manager: EntityManager, named: Named): Promise<MailoutChangeAnswerV1> {
    const mailouts = new MailoutRepository(manager);
    const mailout = await this.locked(manager, named);
    if (mailout.state === 'building' || mailout.state === 'sending') return unchanged;
    if (mailout.state !== 'draft' && mailout.state !== 'paused') return refuseState(mailout);
    await this.requireAccount(mailout.orgId);
    if (mailout.isBuilt) {
      await mailouts.setState(mailout.id, 'sending');
      return changed;
    }
    const { id, orgId } = mailout;
    await mailouts.start(id, await new AudienceReadModel(manager).newestSupporter(orgId));
    await this.queue.add(manager, buildMailoutJob, {
      payload: { mailoutId: id },
      key: buildKey(id, mailout.starts + 1),
      orgId,
    });
    return changed;
  }

  /** Once it is committed nobody more is handed over, and email-delivery makes no call it has not begun. */
  async pause(manager: EntityManager, named: Named): Promise<MailoutChangeAnswerV1> {
    const mailout = await this.locked(manager, named);
    if (mailout.state === 'paused') return unchanged;
    if (mailout.state !== 'building' && mailout.state !== 'sending') return refuseState(mailout);
    await new MailoutRepository(manager).setState(mailout.id, 'paused');
    return changed;
  }

  /** For good, as pausing. Of a complete one too: what awaits opt-in is canceled, and what was released goes no further. */
  async stop(manager: EntityManager, named: Named): Promise<MailoutChangeAnswerV1> {
    const mailout = await this.locked(manager, named);
    const awaiting = new AwaitingMessageRepository(manager);
    const canceled = await awaiting.end(await awaiting.ofMailout(mailout.id), 'canceled', 'stopped');
    const isOver = mailout.state === 'complete' && canceled.length === 0 && !(await awaiting.hasReleased(mailout.id));
    if (mailout.state === 'stopped' || isOver) return canceled.length > 0 ? changed : unchanged;
    await new MailoutRepository(manager).setState(mailout.id, 'stopped');
    return changed;
  }

  /** To the newest who tested and would get it; nobody else ever is a recipient of a test. */
  async test(manager: EntityManager, named: Named): Promise<TestMailoutAnswerV1> {
    const mailout = await this.locked(manager, named);
    if (mailout.state === 'stopped') return refuseState(mailout);
    if (mailout.tests >= testsAtMost) {
      throw new RpcRefusedError(mailoutRefusals.tooManyTests, `a mailout is tested ${testsAtMost} times at most`);
    }
    await this.requireAccount(mailout.orgId);
    const { people } = await new AudienceReadModel(manager).page(mailout, Number.MAX_SAFE_INTEGER, testedAmong);
    const testers = testersAmong(people);
    if (testers.length === 0) return { recipients: 0 };
    const { id, orgId, campaignId, template } = mailout;
    const purpose = testMailing(id, await new MailoutRepository(manager).countTest(id));
    await this.outbox.insert(manager, this.messages.whole({ purpose, orgId, campaignId }, template, testers), false);
    return { recipients: testers.length };
  }

  private async locked(manager: EntityManager, { orgId, name }: Named): Promise<Mailout> {
    const mailout = await new MailoutRepository(manager).lockByName(orgId, name);
    if (!mailout) throw new RpcRefusedError(mailoutRefusals.notFound, 'the org has no mailout of that name');
    return mailout;
  }

  private async requireAccount(orgId: number): Promise<void> {
    await this.catalogue.refresh();
    const org = this.catalogue.orgs.get(orgId);
    if (org?.emailBackendId && org.emailFrom) return;
    throw new RpcRefusedError(mailoutRefusals.noAccount, 'the org has no mail account or no sender address');
  }
}

function testersAmong(people: readonly Candidate[]): MailedPerson[] {
  const testers = new Map<string, MailedPerson>();
  for (const person of people) {
    if (testers.size === testRecipients) break;
    const ref = person.ref.toString('base64');
    if (person.testActionId === null || testers.has(ref)) continue;
    if (decideMailout(person, { isOptInRequired: false }).kind !== 'recipient') continue;
    testers.set(ref, { ...person, mailedActionId: person.testActionId });
  }
  return [...testers.values()];
}
