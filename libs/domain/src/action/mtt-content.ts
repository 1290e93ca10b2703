import type { ErrorList } from '../validation/error-list';
import { formatError, invalidError, mttError, tooLongError } from '../validation/messages';
import { isStorableText } from '../validation/storable-text';
import { isLongerThan } from '../validation/text-rule';
import { checkFileName } from '../naming/name-rules';
import { isMustacheTemplate } from './mustache-template';

export interface MttInput {
  subject?: string | null;
  body?: string | null;
  targets?: readonly string[] | null;
  files?: readonly string[] | null;
}

/** A mail to targets; an empty subject or body is stored and cancelled at sending. */
export interface MttContent {
  /** One line. */
  subject: string;
  body: string;
  /** Lower-case UUIDs, each once. */
  targetIds: string[];
  /** Storage keys. */
  files: string[];
}

const maxSubjectLength = 1280;
const maxBodyLength = 10240;
const maxFiles = 20;
const newline = /\r\n|\r|\n/g;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function checkTemplate(errors: ErrorList, path: string[], text: string, maxLength: number): void {
  const isTooLong = isLongerThan(text, maxLength);
  if (isTooLong) errors.add(tooLongError(maxLength), path);
  if (!isStorableText(text) || (!isTooLong && !isMustacheTemplate(text))) errors.add(formatError, path);
}

/** Whether the targets are of the page's campaign is not known here. */
export function validateMtt(input: MttInput, hasMtt: boolean, errors: ErrorList): MttContent | null {
  if (!hasMtt) {
    errors.add(mttError, ['mtt']);
    return null;
  }
  const content: MttContent = {
    subject: (input.subject ?? '').replace(newline, ' '),
    body: input.body ?? '',
    targetIds: [...new Set((input.targets ?? []).map((id) => id.toLowerCase()))],
    files: [...(input.files ?? [])],
  };
  checkTemplate(errors, ['mtt', 'subject'], content.subject, maxSubjectLength);
  checkTemplate(errors, ['mtt', 'body'], content.body, maxBodyLength);
  if (!content.targetIds.every((id) => uuid.test(id))) errors.add(invalidError, ['mtt', 'targets']);
  if (content.files.some((name) => checkFileName(name) !== null)) errors.add(formatError, ['mtt', 'files']);
  if (content.files.length > maxFiles) errors.add(`should have at most ${maxFiles} item(s)`, ['mtt', 'files']);
  return content;
}
