import { Inject, Injectable } from '@nestjs/common';
import type { MailingMessageV1 } from '@groundswell/contracts';
import { Consumes, done, drop, type MessageHandler, type Outcome } from '@groundswell/messaging';
import { Database } from '@groundswell/persistence';
import type { AddressHash } from '../deliveries/address-hash';
import { MailingIntakeRepository, type LockedMailing } from './mailing-intake.repository';
import { MailingSender } from './mailing-sender';
import { recipientDrafts } from './recipient-drafts';

export const hashAddress = Symbol('hash of an address');

/** A mailing is told in messages of three kinds. Twice is safe: content, each part and the number of parts are taken once,
 *  and each contact has one row. Order does not matter: the recipients are fixed when nothing is missing. */
@Consumes('mailings')
@Injectable()
export class MailingMessageHandler implements MessageHandler<MailingMessageV1> {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(MailingSender) private readonly sender: MailingSender,
    @Inject(hashAddress) private readonly hash: AddressHash,
  ) {}

  async handle(message: MailingMessageV1): Promise<Outcome> {
    const { outcome, isComplete } = await this.database.transaction(async (manager) => {
      const intake = new MailingIntakeRepository(manager);
      const mailing = await intake.lock(message);
      if (mailing.orgId !== message.orgId) return { outcome: drop('a mailing of another org'), isComplete: false };
      if (mailing.state === 'stopped') return { outcome: await this.list(intake, mailing, message), isComplete: false };
      if (mailing.state !== 'open') return { outcome: drop('the mailing is fixed'), isComplete: false };
      await this.take(intake, mailing, message);
      return { outcome: done(), isComplete: await intake.makePending(mailing.id) };
    });
    if (isComplete) this.sender.wake();
    return outcome;
  }

  /** Who is told after the mailing was stopped is on its list, and nothing of them is kept. */
  private async list(
    intake: MailingIntakeRepository,
    mailing: LockedMailing,
    message: MailingMessageV1,
  ): Promise<Outcome> {
    if (message.schema !== 'groundswell:mailing-recipients:1') return drop('the mailing is stopped');
    if (!(await intake.addPart(mailing.id, message.part, message.recipients.length))) return drop('a part came before');
    const drafts = recipientDrafts(message, this.hash).map((draft) => ({ ...draft, fault: draft.fault ?? 'stopped' }));
    await intake.addRecipients(mailing, message, drafts);
    return done();
  }

  private async take(
    intake: MailingIntakeRepository,
    mailing: LockedMailing,
    message: MailingMessageV1,
  ): Promise<void> {
    switch (message.schema) {
      case 'groundswell:mailing-content:1':
        return intake.setContent(mailing.id, message);
      case 'groundswell:mailing-recipients:1':
        if (!(await intake.addPart(mailing.id, message.part, message.recipients.length))) return;
        return intake.addRecipients(mailing, message, recipientDrafts(message, this.hash));
      case 'groundswell:mailing-prepared:1':
        return intake.announce(mailing.id, message);
    }
  }
}
