import { htmlToText } from './html-to-text';
import type { TemplateParts } from './mail-templates';
import { escapeHtml, type MustacheRenderer, type Variables } from './mustache-renderer';

export type MailKind = 'supporter' | 'mtt' | 'confirm' | 'user';

export interface RenderedMail {
  subject: string;
  html: string;
  text: string;
}

export interface MailVariables {
  kind: MailKind;
  variables: Variables;
  /** What subject and text part see in place of it: the `body` of a mail to a target is html, and text there. */
  plain?: Variables;
}

/**
 * One mail of a template of ours; the text part is made from the html where the template has none. Throws `TemplateError` when the
 * template cannot be rendered with these variables, and never will be.
 */
export function renderMail(
  renderer: MustacheRenderer,
  template: TemplateParts,
  { kind, variables, plain }: MailVariables,
): RenderedMail {
  const shown = withDebug(variables, kind);
  const plainShown = plain ? { ...shown, ...plain } : shown;
  const html = renderer.html(template.html, shown);
  return {
    subject: renderer.subject(template.subject, plainShown),
    html,
    text: template.text === null ? htmlToText(html) : renderer.plain(template.text, plainShown),
  };
}

/** Kinds that can be tests. The others show nobody what they were made of. */
const testedKinds: readonly MailKind[] = ['supporter', 'mtt'];

/** `debug` shows all variables, and only a test mail may (email-and-mtt.md §2.4). */
export function withDebug(variables: Variables, kind: MailKind): Variables {
  const { debug: _never, ...others } = variables;
  if (others['test'] !== true || !testedKinds.includes(kind)) return others;
  return { ...others, debug: `<pre>${escapeHtml(JSON.stringify(others, null, 2))}</pre>` };
}

export interface TargetText {
  subject: string;
  /** As the supporter wrote it. */
  body: string;
}

/** What a supporter wrote to a target, with the target's own variables filled in; as it stands where it is no mustache. */
export function renderTargetText(
  renderer: MustacheRenderer,
  { subject, body }: TargetText,
  target: Variables,
): RenderedMail {
  const text = renderer.plainOrLiteral(body, { target });
  return {
    subject: renderer
      .plainOrLiteral(subject, { target })
      .replace(/[\r\n]+/g, ' ')
      .trim(),
    html: paragraphs(text),
    text,
  };
}

/** Each newline ends a paragraph. */
const paragraphs = (text: string): string =>
  `<p>${escapeHtml(text)
    .split(/\r\n|\r|\n/)
    .join('</p><p>')}</p>`;
