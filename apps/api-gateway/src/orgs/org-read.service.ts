import { contactSchemaFromCode, roleOfMask } from '@groundswell/domain';
import { Catalogue, Database, type CatalogueOrg } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { MembershipRepository, type OrgMember } from '../users/membership.repository';

/** What only an org's own staff may read of it. */
@Injectable()
export class OrgReadService {
  private readonly members = new BatchedLookup<number, OrgMember[]>((orgIds) => this.readMembers(orgIds));

  constructor(
    private readonly catalogue: Catalogue,
    private readonly database: Database,
  ) {}

  personalData(org: CatalogueOrg) {
    return {
      contactSchema: contactSchemaFromCode(org.contactSchema).toUpperCase(),
      supporterConfirm: org.supporterConfirm,
      supporterConfirmTemplate: org.supporterConfirmTemplate,
      highSecurity: org.highSecurity,
      doiThankYou: org.doiThankYou,
      replyEnabled: org.replyEnabled,
      senderRewrite: org.senderRewrite,
      emailOptIn: org.supporterConfirm,
      emailOptInTemplate: org.supporterConfirmTemplate,
    };
  }

  /** Backends show the type of the service, a borrowed one that of the instance's. */
  processing(org: CatalogueOrg) {
    return {
      emailFrom: org.emailFrom,
      emailBackend: this.serviceName(org.emailBackendId),
      transactionalEmailBackend: this.serviceName(org.transactionalEmailBackendId),
      supporterConfirm: org.supporterConfirm,
      supporterConfirmTemplate: org.supporterConfirmTemplate,
      doiThankYou: org.doiThankYou,
      customSupporterConfirm: org.customSupporterConfirm,
      customActionConfirm: org.customActionConfirm,
      customActionDeliver: org.customActionDeliver,
      customEventDeliver: org.customEventDeliver,
      eventBackend: this.serviceName(org.eventBackendId),
      pushBackend: this.serviceName(org.pushBackendId),
      storageBackend: this.serviceName(org.storageBackendId),
      detailBackend: this.serviceName(org.detailBackendId),
      row: org,
    };
  }

  async users(orgId: number) {
    const members = (await this.members.get(orgId)) ?? [];
    return members.map(({ email, perms, createdAt, joinedAt, lastSigninAt }) => ({
      email,
      role: roleOfMask(perms),
      createdAt,
      joinedAt,
      lastSigninAt,
    }));
  }

  private serviceName(id: number | null): string | null {
    return (id !== null && this.catalogue.services.get(id)?.name.toUpperCase()) || null;
  }

  private async readMembers(orgIds: number[]): Promise<Map<number, OrgMember[]>> {
    const members = await this.database.run((manager) => new MembershipRepository(manager).membersOf(orgIds));
    const byOrg = new Map<number, OrgMember[]>();
    for (const member of members) byOrg.set(member.orgId, [...(byOrg.get(member.orgId) ?? []), member]);
    return byOrg;
  }
}
