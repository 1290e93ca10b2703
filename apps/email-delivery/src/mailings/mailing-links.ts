import type { PersonalLinkTokens } from '@groundswell/crypto';
import type { ClaimedDelivery } from '../deliveries/delivery';
import type { UnsubscribeLinks } from '../sending/unsubscribe-links';

/** How long the personal link of a mail works, from when it is sent. */
export const personalLinkDays = 30;
const dayMs = 86_400_000;

/** Links of one recipient that a template of a mailing may have (docs/mailouts.md): made here, since here is the key, and new for
 *  each mail, so that none waits in a queue. */
export class MailingLinks {
  constructor(
    private readonly tokens: Pick<PersonalLinkTokens, 'seal'>,
    private readonly unsubscribing: Pick<UnsubscribeLinks, 'linkOf'>,
    private readonly publicUrl: string,
    private readonly now: () => number = Date.now,
  ) {}

  variablesOf(delivery: Pick<ClaimedDelivery, 'kind' | 'actionId' | 'ref'>): Record<string, string> {
    const { actionId, ref } = delivery;
    if (actionId === null || ref === null) return {};
    const expiresAt = new Date(this.now() + personalLinkDays * dayMs);
    const unsubscribeLink = this.unsubscribing.linkOf(delivery);
    return {
      personalLink: `${this.publicUrl}/link/m/${this.tokens.seal({ actionId, ref, expiresAt })}`,
      ...(unsubscribeLink === null ? {} : { unsubscribeLink }),
    };
  }
}
