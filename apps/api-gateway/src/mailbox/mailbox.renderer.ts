import mustache from 'mustache';
import { escapeHtml } from '../links/link-answer';
import { mailboxStylePath, mailboxStyleVersion } from './mailbox.style';
import { listTemplate, mailboxLayout, mailTemplate, troubleTemplate } from './mailbox.templates';
import type { PreviewAddress, PreviewMail, PreviewPage, PreviewPart, PreviewSummary } from './preview-mail.read-model';
import { textPieces } from './text-pieces';

/** What is shown of a mail: a part of it, or a frame that loads its html. */
export interface ShownPart {
  part: PreviewPart;
  /** Null for html. */
  content: string | null;
  isWhole: boolean;
}

const stylePath = `${mailboxStylePath}?v=${mailboxStyleVersion}`;
const labels: Record<PreviewPart, string> = { html: 'Html', text: 'Text', source: 'Source' };

export const renderList = ({ mails, hasNewer, hasOlder }: PreviewPage): string =>
  render('Mails', listTemplate, {
    mails: mails.map((mail) => ({ ...viewSummary(mail), people: [mail.to, mail.from].map(viewPerson) })),
    hasMails: mails.length > 0,
    hasPages: hasNewer || hasOlder,
    newest: hasNewer,
    newer: (hasNewer && mails[0]?.id) || null,
    older: (hasOlder && mails.at(-1)?.id) || null,
  });

export const renderMail = (mail: PreviewMail, { part, content, isWhole }: ShownPart): string => {
  const path = `/mailbox/${mail.id}`;
  return render(viewSummary(mail).subject, mailTemplate, {
    ...viewSummary(mail),
    messageId: mail.messageId,
    headers: Object.entries(mail.headers).map(([name, value]) => ({ name, value: headerText(value) })),
    parts: mail.parts.map((one) => ({
      href: one === mail.parts[0] ? path : `${path}/${one}`,
      label: labels[one],
      isCurrent: one === part,
    })),
    isWhole,
    frame: content === null ? `${path}/html` : null,
    pieces: part === 'text' ? textPieces(content ?? '') : [{ text: content ?? '', href: null }],
  });
};

export const renderTrouble = (title: string, lead: string): string => render(title, troubleTemplate, { lead });

const render = (title: string, content: string, view: object): string =>
  mustache.render(mailboxLayout, { ...view, title, stylePath }, { content }, { escape: escapeHtml });

const viewSummary = ({ id, from, to, subject, createdAt }: PreviewSummary) => ({
  id,
  from: addressText(from),
  to: addressText(to),
  subject: subject.trim() || '(no subject)',
  at: createdAt.toISOString(),
  when: createdAt.toISOString().slice(0, 19).replace('T', ' '),
});

/** In the list the name stands above the address, so that neither is broken in the middle. */
const viewPerson = ({ address, name }: PreviewAddress) => ({ name, address });

const addressText = ({ address, name }: PreviewAddress): string => (name ? `${name} <${address}>` : address);

const headerText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
