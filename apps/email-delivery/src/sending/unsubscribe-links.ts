import type { UnsubscribeTokens } from '@groundswell/crypto';
import type { ClaimedDelivery } from '../deliveries/delivery';

/** Mails nobody asked for just now. Confirms and mails about accounts are answers to what somebody does. */
const kinds: ReadonlySet<string> = new Set(['thank_you', 'duplicate', 'reminder', 'mailing']);

/** Headers by which a mail program unsubscribes with one click (RFC 2369, RFC 8058). */
export class UnsubscribeLinks {
  constructor(
    private readonly tokens: UnsubscribeTokens,
    private readonly publicUrl: string,
  ) {}

  headersOf({ kind, actionId, ref }: Pick<ClaimedDelivery, 'kind' | 'actionId' | 'ref'>): Record<string, string> {
    if (!kinds.has(kind) || actionId === null || ref === null) return {};
    return {
      'List-Unsubscribe': `<${this.publicUrl}/link/u/${this.tokens.seal({ actionId, ref })}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    };
  }
}
