import type { TargetMailV1 } from '@groundswell/contracts';
import { decodeRef } from '@groundswell/crypto';
import { formatCustomId } from '@groundswell/domain';
import type { TargetDraft, TargetMailContent } from './target-mail';

/** Of targets that have none. */
const defaultLocale = 'en';

/** A mail to a target, as a row to be: from the lead, by its email backend and never its transactional one. */
export function targetDraft(mail: TargetMailV1): TargetDraft {
  const { messageId, attempt, testing, target, targetEmailId, to, supporter, cc, subject, body, files } = mail;
  const content: TargetMailContent = { messageId, testing, target, supporter, cc, subject, body, files };
  return {
    messageId,
    attempt,
    isTest: testing,
    targetId: target.id,
    targetEmailId,
    content,
    delivery: {
      purpose: mail.purpose,
      kind: testing ? 'mtt_test' : 'mtt',
      customId: formatCustomId({ type: 'mtt', id: messageId }),
      orgId: mail.orgId,
      campaignId: mail.campaignId,
      pageId: mail.actionPageId,
      actionId: mail.actionId,
      ref: decodeRef(mail.ref),
      acceptedAt: new Date(mail.acceptedAt),
      template: mail.template,
      locale: target.locale ?? defaultLocale,
      recipient: to,
      variables: { ...content },
      notBefore: mail.notBefore === undefined ? null : new Date(mail.notBefore),
      notAfter: new Date(mail.notAfter),
    },
  };
}
