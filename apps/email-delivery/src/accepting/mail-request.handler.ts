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
import { DeliveryIntake } from './delivery-intake';
import { requestDraft } from './request-draft';

export const instanceOrgName = Symbol('instance org name');

/** A service asked for a mail about an account or a confirm: it becomes a row of the instance org. Twice is safe: a purpose has
 *  one row. Order does not matter. */
@Consumes('requests')
@Injectable()
export class MailRequestHandler implements BatchHandler<MailRequestV1> {
  constructor(
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(DeliveryIntake) private readonly intake: DeliveryIntake,
    @Inject(instanceOrgName) private readonly orgName: string,
  ) {}

  async handleBatch(items: BatchItem<MailRequestV1>[]): Promise<Outcome[]> {
    const org = this.catalogue.orgByName(this.orgName);
    // The gateway makes it at its first boot: until then, or until ORG_NAME is right, requests wait.
    if (!org) throw new TransientError(`no instance org "${this.orgName}"`);
    await this.intake.accept(items.map(({ message }) => requestDraft(message, org.id)));
    return items.map(() => done());
  }
}
