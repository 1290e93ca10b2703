import { determineSender, flattenVariables, isUserMail, type SrsSettings } from '@groundswell/domain';
import type { Catalogue, CatalogueOrg } from '@groundswell/persistence';
import type { OpenAccount } from '../accounts/mail-accounts';
import type { ClaimedDelivery } from '../deliveries/delivery';
import type { Address, OutgoingMail } from '../providers/mail-provider';
import type { MailTemplate, MailTemplates } from '../templates/mail-templates';
import { MustacheRenderer } from '../templates/mustache-renderer';
import { RemoteTemplatesAwayError } from '../templates/remote-templates';
import { renderMail, type MailKind } from '../templates/rendered-mail';
import { TemplateError } from '../templates/template-error';
import type { UnsubscribeLinks } from './unsubscribe-links';
import type { Composed, Composer } from './compose';

/** Finds the template, renders it with the row's variables and says who writes (email-and-mtt.md §1.5, §2.3). */
export class MailComposer implements Composer {
  private readonly renderer = new MustacheRenderer();

  constructor(
    private readonly catalogue: Pick<Catalogue, 'orgs' | 'services'>,
    private readonly templates: Pick<MailTemplates, 'find'>,
    private readonly srs: SrsSettings,
    private readonly unsubscribeLinks: UnsubscribeLinks | null = null,
  ) {}

  async compose(delivery: ClaimedDelivery, account: OpenAccount): Promise<Composed> {
    const org = this.catalogue.orgs.get(delivery.orgId);
    if (!org || org.deletedAt !== null) return { kind: 'refused', reason: 'the org is gone' };
    const sender = this.senderOf(org, account);
    if (!sender.ok) return { kind: 'refused', reason: sender.reason };
    const { from, replyTo } = sender;
    try {
      const template = await this.templateOf(delivery, org, account);
      if (!template) {
        const isForEmailBackend = delivery.route === 'transactional' && org.emailBackendId !== null;
        return { kind: 'later', reason: `template "${delivery.template ?? ''}" not found`, isForEmailBackend };
      }
      return { kind: 'mail', mail: this.mailOf(delivery, template, from, replyTo) };
    } catch (error) {
      // Somebody may mend the template, or the provider answer again, while the mail is of use.
      if (error instanceof RemoteTemplatesAwayError) return { kind: 'later', reason: 'templates of the provider away' };
      if (error instanceof TemplateError) return { kind: 'later', reason: `template: ${error.message}` };
      throw error;
    }
  }

  private senderOf(org: CatalogueOrg, { stored }: OpenAccount) {
    const facts = {
      from: null,
      org: { ...org, replyEnabled: org.replyEnabled ?? true, senderRewrite: org.senderRewrite ?? true },
      service: stored,
      via: { isOrg: stored.orgId === org.id, emailFrom: this.catalogue.orgs.get(stored.orgId)?.emailFrom ?? null },
    };
    return determineSender(facts, this.srs, new Date());
  }

  private async templateOf(
    { orgId, template, locale, route }: ClaimedDelivery,
    org: CatalogueOrg,
    { stored, provider }: OpenAccount,
  ): Promise<MailTemplate | null> {
    if (template === null) return null;
    const service = { id: stored.id, kind: provider.kind };
    const insteadOf =
      route === 'transactional' ? this.catalogue.services.get(org.emailBackendId ?? 0)?.name : undefined;
    return this.templates.find({ orgId, name: template, locale, service, insteadOf });
  }

  private mailOf(
    delivery: ClaimedDelivery,
    template: MailTemplate,
    from: Address,
    replyTo: string | null,
  ): OutgoingMail {
    const { id, customId, purpose, recipient, variables } = delivery;
    const headers = this.unsubscribeLinks?.headersOf(delivery) ?? {};
    const mail = { customId, deliveryId: id, purpose, from, replyTo, to: recipient, headers };
    if (template.from === 'provider') {
      const flat = flattenVariables(variables);
      return { ...mail, subject: '', html: null, text: null, template: { ref: template.ref, variables: flat } };
    }
    return { ...mail, ...renderMail(this.renderer, template, { kind: mailKindOf(delivery), variables }) };
  }
}

const mailKindOf = ({ actionId, kind }: ClaimedDelivery): MailKind => {
  if (actionId !== null) return 'supporter';
  return isUserMail(kind) ? 'user' : 'confirm';
};
