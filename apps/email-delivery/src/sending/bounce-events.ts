import type { OpenAccount } from '../accounts/mail-accounts';
import type { MailEvent } from '../events/mail-event';
import type { OutgoingMail, SendResult } from '../providers/mail-provider';

/** What a call said of dead addresses, as events: the supporter's status follows from it as from one that comes later. */
export function bounceEvents(
  { stored, provider }: OpenAccount,
  mails: readonly OutgoingMail[],
  results: readonly SendResult[],
  at: Date,
): MailEvent[] {
  return mails.flatMap(({ deliveryId, customId, to }, index) => {
    const result = results[index];
    if (result?.outcome !== 'refused' || !result.bounced) return [];
    return [
      {
        id: `call:${deliveryId}:bounced`,
        provider: provider.kind,
        serviceId: stored.id,
        type: 'failed',
        severity: 'permanent',
        recipient: to.email.trim().toLowerCase(),
        deliveryId,
        providerMessageId: null,
        customId,
        at,
        error: { code: 0, enhancedCode: null, message: result.error },
        isMachine: false,
        isSuppressed: false,
        isRefusal: true,
      },
    ];
  });
}
