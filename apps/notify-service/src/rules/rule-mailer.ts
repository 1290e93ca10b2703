import type { EntityManager } from 'typeorm';
import { PermanentJobError } from '@groundswell/jobs';
import type { Catalogue, CatalogueOrg, OutboxMessage } from '@groundswell/persistence';
import { OrgPeopleReadModel } from './org-people.read-model';
import type { Rule } from './rule';
import { mailMessages, type RuleMail } from './rule-messages';

/** Mails about a rule, each to everybody it is for. */
export class RuleMailer {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'campaigns' | 'templatesOfOrg'>,
    private readonly publicUrl: string,
  ) {}

  /** Throws PermanentJobError where there is nobody to tell. */
  async messages(
    manager: EntityManager,
    rule: Rule,
    org: CatalogueOrg,
    about: Pick<RuleMail, 'kind' | 'occasion' | 'data'>,
  ): Promise<OutboxMessage[]> {
    const recipients = await new OrgPeopleReadModel(manager).recipients(rule.orgId, rule.recipients);
    if (recipients.length === 0) throw new PermanentJobError('the org has no owner to tell');
    const campaign = rule.campaignId === null ? null : (this.catalogue.campaigns.get(rule.campaignId) ?? null);
    const isByOrg = this.isMailedByOrg(org, about.kind);
    return mailMessages(rule, { ...about, org, isByOrg, campaign, publicUrl: this.publicUrl }, recipients);
  }

  /** Whether the org has a template of its own for it, and a mail account that sends it. */
  private isMailedByOrg({ id, emailBackendId, emailFrom }: CatalogueOrg, kind: RuleMail['kind']): boolean {
    const isAbleTo = emailBackendId !== null && Boolean(emailFrom);
    return isAbleTo && this.catalogue.templatesOfOrg(id).some(({ name }) => name === kind);
  }
}
