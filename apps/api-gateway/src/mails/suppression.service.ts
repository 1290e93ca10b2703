import { suppressionAnswerV1, suppressionRemovedV1 } from '@groundswell/contracts';
import { Catalogue } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError, InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { EmailDeliveryClient } from './email-delivery.client';
import { MailAudit } from './mail-audit';
import { refusalError } from './mail-errors';
import { statusOf } from './mail.service';

export interface SuppressedAddress {
  orgName: string;
  serviceId: number;
  email: string;
}

const longestAddress = 320;
const addressForm = /^[^\s@]+@[^\s@]+$/;

/** Addresses an org's service no longer mails (email-events.md §8.1). An address is asked for, never listed. */
@Injectable()
export class SuppressionService {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly delivery: EmailDeliveryClient,
    private readonly audit: MailAudit,
  ) {}

  async find(caller: Viewer | null, asked: SuppressedAddress) {
    const { address } = await this.toService(caller, asked);
    const { serviceId } = asked;
    const { suppressed, reason, at } = await this.ask(() =>
      this.delivery.ask({ kind: 'find_suppression', serviceId, address }, suppressionAnswerV1),
    );
    return { suppressed, reason: reason?.toUpperCase() ?? null, at: at === null ? null : new Date(at) };
  }

  async remove(caller: Viewer | null, asked: SuppressedAddress) {
    const { viewer, orgId, address } = await this.toService(caller, asked);
    const { serviceId } = asked;
    await this.audit.note(viewer, 'service', String(serviceId), { operation: 'removeMailSuppression', orgId });
    const answer = await this.ask(() =>
      this.delivery.ask({ kind: 'remove_suppression', serviceId, address }, suppressionRemovedV1),
    );
    return { status: statusOf(answer), provider: answer.provider.toUpperCase() };
  }

  /** A borrowed service is looked after by the org it belongs to. */
  private async toService(caller: Viewer | null, { orgName, serviceId, email }: SuppressedAddress) {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'change_org_services');
    if (this.catalogue.services.get(serviceId)?.orgId !== org.id) {
      throw new ApiError('not_found', `Cannot find service with ${serviceId}`);
    }
    const address = email.trim();
    if (address.length > longestAddress || !addressForm.test(address)) {
      throw InputError.at(['email'], 'has invalid format');
    }
    return { viewer, orgId: org.id, address };
  }

  private async ask<Answer>(asking: () => Promise<Answer>): Promise<Answer> {
    try {
      return await asking();
    } catch (error) {
      throw refusalError(error);
    }
  }
}
