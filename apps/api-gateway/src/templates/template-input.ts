import {
  checkTemplateName,
  formatError,
  invalidError,
  isMailTemplate,
  isStorableText,
  tooLargeError,
} from '@groundswell/domain';
import type { EmailTemplate } from '@groundswell/persistence';
import type { InputProblem } from '../api/api-error';
import { InputAttributes, withoutUndefined } from '../catalogue-writing/input-attributes';

export interface TemplateInput {
  name: string;
  locale?: string | null;
  externalId?: string | null;
  subject?: string | null;
  html?: string | null;
  text?: string | null;
  mjml?: string | null;
}

export type TemplateColumns = Partial<Pick<EmailTemplate, 'externalId' | 'subject' | 'html' | 'text' | 'mjml'>>;

export interface ReadTemplate {
  name: string;
  locale: string | null;
  columns: TemplateColumns;
  problems: InputProblem[];
}

/** Of `html` and of `text`, in UTF-8. */
const maxBodyBytes = 524_288;
/** Of `mjml`, in UTF-8: html of about 16 times that comes of it, and two seconds of work. */
const maxMjmlBytes = 131_072;

const newlines = /[\r\n]+/g;

/** What an input says, and what is wrong with it. Whether anything is missing depends on what is stored. */
export function readTemplateInput(input: TemplateInput): ReadTemplate {
  const oneLine = { ...input, subject: input.subject?.replace(newlines, ' ') ?? input.subject };
  const attributes = new InputAttributes(oneLine, true);
  const columns = withoutUndefined({
    externalId: attributes.optionalText('externalId'),
    subject: attributes.optionalText('subject', checkMustache),
    html: readLong(attributes, 'html', maxBodyBytes),
    text: readLong(attributes, 'text', maxBodyBytes),
    mjml: readLong(attributes, 'mjml', maxMjmlBytes),
  });
  if (input.html && input.mjml) attributes.refuse(['mjml'], 'cannot be given together with html');
  // Html of one's own has no source.
  if (columns.html && columns.mjml === undefined) columns.mjml = null;
  return {
    name: attributes.requiredText('name', checkTemplateName) ?? '',
    locale: attributes.optionalText('locale') ?? null,
    columns,
    problems: attributes.problems,
  };
}

function readLong(
  attributes: InputAttributes<TemplateInput>,
  key: 'html' | 'text' | 'mjml',
  maxBytes: number,
): string | null | undefined {
  const text = attributes.given(key);
  const message = text == null ? null : longTextProblem(text, maxBytes);
  if (message === null) return text;
  attributes.refuse([key], message);
  return undefined;
}

function longTextProblem(text: string, maxBytes: number): string | null {
  if (Buffer.byteLength(text) > maxBytes) return tooLargeError;
  return isStorableText(text) ? checkMustache(text) : invalidError;
}

const checkMustache = (text: string): string | null => (isMailTemplate(text) ? null : formatError);
