import type { ReplyTokens } from '@groundswell/crypto';
import {
  determineSender,
  flattenVariables,
  replyDomainOf,
  splitAddress,
  type Sender,
  type SrsSettings,
} from '@groundswell/domain';
import type { Logger } from '@groundswell/observability';
import type { Catalogue, CatalogueOrg } from '@groundswell/persistence';
import type { OpenAccount } from '../accounts/mail-accounts';
import type { ClaimedDelivery } from '../deliveries/delivery';
import type { OutgoingMail } from '../providers/mail-provider';
import type { Composed, Composer } from '../sending/compose';
import { attachmentsOf } from '../templates/attachments';
import type { MailTemplate, MailTemplates } from '../templates/mail-templates';
import { MustacheRenderer } from '../templates/mustache-renderer';
import { RemoteTemplatesAwayError } from '../templates/remote-templates';
import { renderMail, renderTargetText, type RenderedMail } from '../templates/rendered-mail';
import { TemplateError } from '../templates/template-error';
import type { CampaignStatsReadModel } from './campaign-stats.read-model';
import type { FilesRead } from './files/stored-files';
import type { MissingTemplates } from './missing-templates';
import { cancelledReasons, type TargetMailContent } from './target-mail';
import { targetOf, targetVariables } from './target-variables';

/** Attempts to read a mail's files; then it has failed (email-and-mtt.md §5.7). */
const fileAttempts = 3;

export interface TargetSources {
  catalogue: Pick<Catalogue, 'orgs' | 'campaigns' | 'pages'>;
  templates: Pick<MailTemplates, 'find'>;
  files: { read(orgId: number, paths: readonly string[]): Promise<FilesRead> };
  /** How often this mail's files could not be read, this time included. */
  countFileFailure(deliveryId: number): Promise<number>;
  stats: Pick<CampaignStatsReadModel, 'find'>;
  missing: MissingTemplates;
}

/** Composes what one supporter writes to one target (email-and-mtt.md §5.7, §5.8). */
export class TargetComposer implements Composer {
  private readonly renderer = new MustacheRenderer();

  constructor(
    private readonly sources: TargetSources,
    private readonly srs: SrsSettings,
    private readonly replies: Pick<ReplyTokens, 'seal'>,
    private readonly logger: Pick<Logger, 'info'>,
  ) {}

  async compose(delivery: ClaimedDelivery, account: OpenAccount): Promise<Composed> {
    const content = delivery.variables as unknown as TargetMailContent;
    if (content.subject.trim() === '' || content.body.trim() === '') return refused(cancelledReasons.empty);
    const org = this.sources.catalogue.orgs.get(delivery.orgId);
    if (!org || org.deletedAt !== null) return refused('the org is gone');
    const sender = this.senderOf(org, account, content);
    // An address of the lead or its service somebody may mend while the mail is of use; the supporter's own nobody does.
    if (!sender.ok && splitAddress(content.supporter.email) !== null) return { kind: 'later', reason: sender.reason };
    if (!sender.ok) return refused(sender.reason);
    try {
      const text = await this.render(delivery, account, content);
      const files = await this.sources.files.read(org.id, content.files);
      if (files.kind === 'not read') return await this.withoutFiles(delivery, files);
      return {
        kind: 'mail',
        mail: {
          ...mailOf(delivery, content, this.answeredTo(org, content, sender)),
          ...text,
          attachments: attachmentsOf(files.files),
        },
      };
    } catch (error) {
      // Somebody may mend the template, or the provider answer again, while the mail is of use.
      if (error instanceof RemoteTemplatesAwayError) return { kind: 'later', reason: 'templates of the provider away' };
      if (error instanceof TemplateError) return { kind: 'later', reason: `template: ${error.message}` };
      throw error;
    }
  }

  /** The lead writes for the supporter (§1.5, cases 3 and 4). */
  private senderOf(org: CatalogueOrg, { stored }: OpenAccount, { supporter }: TargetMailContent): Sender {
    const name = `${supporter.firstName} ${supporter.lastName}`.trim();
    const facts = {
      from: { email: supporter.email, name: name || null },
      org: { ...org, replyEnabled: org.replyEnabled ?? true, senderRewrite: org.senderRewrite ?? true },
      service: stored,
      via: {
        isOrg: stored.orgId === org.id,
        emailFrom: this.sources.catalogue.orgs.get(stored.orgId)?.emailFrom ?? null,
      },
    };
    return determineSender(facts, this.srs, new Date());
  }

  /** At the org's own domain for answers where it has one: they come back to the message; else as the sender rules have it. */
  private answeredTo<S extends Extract<Sender, { ok: true }>>(
    org: CatalogueOrg,
    { messageId, testing }: TargetMailContent,
    sender: S,
  ): S {
    const domain = replyDomainOf(org.config);
    if (domain === null || messageId === undefined || testing) return sender;
    return { ...sender, replyTo: `${this.replies.seal(messageId)}@${domain}` };
  }

  private async render(
    delivery: ClaimedDelivery,
    account: OpenAccount,
    content: TargetMailContent,
  ): Promise<Pick<OutgoingMail, 'subject' | 'html' | 'text' | 'template'>> {
    const written = renderTargetText(this.renderer, content, targetOf(content));
    const template = await this.templateOf(delivery, account);
    if (template === null) return { ...written, subject: titleOf(content, written.subject) };
    const variables = { ...(await this.variablesOf(delivery, content)), subject: written.subject, body: written.html };
    if (template.from === 'provider') {
      const flat = flattenVariables({ ...variables, subject: titleOf(content, written.subject) });
      return { subject: '', html: null, text: null, template: { ref: template.ref, variables: flat } };
    }
    const mail = renderMail(this.renderer, template, { kind: 'mtt', variables, plain: { body: written.text } });
    return { ...mail, subject: titleOf(content, mail.subject) };
  }

  private async templateOf(delivery: ClaimedDelivery, { stored, provider }: OpenAccount): Promise<MailTemplate | null> {
    const { orgId, template: name, locale, campaignId } = delivery;
    if (!name) return null;
    const service = { id: stored.id, kind: provider.kind };
    const template = await this.sources.templates.find({ orgId, name, locale, service });
    if (!template) this.sources.missing.tell({ orgId, campaignId, template: name, locale });
    return template;
  }

  private async variablesOf(delivery: ClaimedDelivery, content: TargetMailContent) {
    const { catalogue } = this.sources;
    const page = catalogue.pages.get(delivery.pageId ?? 0);
    const campaignId = delivery.campaignId ?? 0;
    const pageOrg = page && catalogue.orgs.get(page.orgId);
    const about = { campaignId, orgId: pageOrg?.id ?? 0, area: content.supporter.area };
    const stats = await this.sources.stats.find(about);
    const campaign = catalogue.campaigns.get(campaignId);
    return targetVariables({ content, actionId: delivery.actionId ?? 0, page, pageOrg, campaign, stats });
  }

  private async withoutFiles(
    { id, purpose }: ClaimedDelivery,
    { reason, isFinal, isAsked }: Extract<FilesRead, { kind: 'not read' }>,
  ): Promise<Composed> {
    if (!isAsked) return { kind: 'later', reason };
    const failures = await this.sources.countFileFailure(id);
    this.logger.info({ purpose, reason, failures }, 'files of a mail not read');
    return isFinal || failures >= fileAttempts ? refused(reason) : { kind: 'later', reason };
  }
}

const refused = (reason: string): Composed => ({ kind: 'refused', reason });

const titleOf = ({ testing }: TargetMailContent, subject: string): string => (testing ? `[TEST] ${subject}` : subject);

function mailOf(
  { id, customId, purpose, recipient }: ClaimedDelivery,
  { cc }: TargetMailContent,
  { from, replyTo }: Extract<Sender, { ok: true }>,
): Omit<OutgoingMail, keyof RenderedMail> {
  return { customId, deliveryId: id, purpose, from, replyTo, to: recipient, cc: copiesOf(cc, recipient.email) };
}

/** Each address once, and not the one the mail goes to; a broken one loses its copy and no more. */
export function copiesOf(cc: readonly string[], to: string): string[] {
  const known = new Set([to.toLowerCase()]);
  return cc.filter((email) => {
    const isNew = splitAddress(email) !== null && !/[\s<>,;"]/.test(email) && !known.has(email.toLowerCase());
    known.add(email.toLowerCase());
    return isNew;
  });
}
