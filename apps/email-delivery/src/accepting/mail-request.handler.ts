import { Inject, Injectable } from '@nestjs/common';
import type { MailRequestV1 } from '@groundswell/contracts';
import {
  Consumes,
  done,
  TransientError,
  type BatchHandler,
  type BatchItem,
  type Outcome,
} from '@groundswell/messaging';
import { Catalogue } from '@groundswell/persistence';
import { targetDraft } from '../targets/target-draft';
import { TargetIntake } from '../targets/target-intake';
import { DeliveryIntake } from './delivery-intake';
import { isTargetMail, type RequestedMail } from './mail-request';
import { requestDraft } from './request-draft';

export const instanceOrgName = Symbol('instance org name');

/** A service asked for a mail: about an account or a confirm it becomes a row of the instance org, to a target one of the lead.
 *  Twice is safe: a purpose has one row. Order does not matter. */
@Consumes('requests')
@Injectable()
export class MailRequestHandler implements BatchHandler<RequestedMail> {
  constructor(
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(DeliveryIntake) private readonly intake: DeliveryIntake,
    @Inject(TargetIntake) private readonly targets: TargetIntake,
    @Inject(instanceOrgName) private readonly orgName: string,
  ) {}

  async handleBatch(items: BatchItem<RequestedMail>[]): Promise<Outcome[]> {
    const mails = items.map(({ message }) => message);
    await this.targets.accept(mails.filter(isTargetMail).map(targetDraft));
    await this.acceptOwn(items.filter((item): item is BatchItem<MailRequestV1> => !isTargetMail(item.message)));
    return items.map(() => done());
  }

  private async acceptOwn(requests: readonly BatchItem<MailRequestV1>[]): Promise<void> {
    if (requests.length === 0) return;
    const org = this.catalogue.orgByName(this.orgName);
    // The gateway makes it at its first boot: until then, or until ORG_NAME is right, requests wait.
    if (!org) throw new TransientError(`no instance org "${this.orgName}"`);
    await this.intake.accept(requests.map(({ message, envelope }) => requestDraft(message, org.id, envelope.trace)));
  }
}
