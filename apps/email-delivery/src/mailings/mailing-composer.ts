import type { MailTemplate, MailTemplates } from '../templates/mail-templates';
import type { Composer } from '../sending/compose';
import type { ClaimedBatch } from './mailing';
import type { MailingLinks } from './mailing-links';

type TemplateFinder = Pick<MailTemplates, 'find'>;

/** Tells a message's batch whatever the provider keeps of it. */
export const batchHeader = 'X-Groundswell-Batch';
const ownText = 'mailing';

/** Mails of batches. The recipients of a batch are one segment, so its template is found and parsed once. */
export class MailingComposer {
  constructor(
    private readonly templates: TemplateFinder,
    private readonly composerWith: (templates: TemplateFinder) => Composer,
    private readonly links: Pick<MailingLinks, 'variablesOf'>,
  ) {}

  forBatch({ id, content }: ClaimedBatch): Composer {
    let found: MailTemplate | null = ownTemplate(content);
    const composer = this.composerWith({
      find: async (query) => (found ??= await this.templates.find(query)),
    });
    return {
      compose: async (delivery, account) => {
        const variables = { ...delivery.variables, ...this.links.variablesOf(delivery) };
        const template = content.template ?? ownText;
        const composed = await composer.compose({ ...delivery, variables, template }, account);
        if (composed.kind !== 'mail') return composed;
        const { mail } = composed;
        return { kind: 'mail', mail: { ...mail, headers: { ...mail.headers, [batchHeader]: String(id) } } };
      },
    };
  }
}

const ownTemplate = ({ subject, html, text }: ClaimedBatch['content']): MailTemplate | null =>
  html === null ? null : { from: 'built-in', name: ownText, locale: '', subject: subject ?? '', html, text };
