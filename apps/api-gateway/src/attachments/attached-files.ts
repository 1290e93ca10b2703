import type { SubmittedAttachmentV1 } from '@groundswell/contracts';
import { attachmentLimits } from '@groundswell/domain';
import { InputError } from '../api/api-error';
import type { AttachmentTokens } from './attachment-tokens';

/** The files an action names, each once. Throws InputError at those that cannot be attached. */
export function readAttachedFiles(
  tokens: Pick<AttachmentTokens, 'open'>,
  keys: readonly string[],
  pageId: number,
  now: Date,
): SubmittedAttachmentV1[] {
  const unique = [...new Set(keys)];
  if (unique.length > attachmentLimits.perAction) {
    throw InputError.at(['attachments'], `should have at most ${attachmentLimits.perAction} item(s)`);
  }
  const found = unique.map((key) => tokens.open(key, pageId, now));
  const problems = found.flatMap((file, index) =>
    file ? [] : [{ path: ['attachments', keys.indexOf(unique[index] ?? '')], message: 'is invalid' }],
  );
  if (problems.length > 0) throw new InputError(problems);
  return found.filter((file) => file !== null);
}
