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

  /** Null for mails that somebody asked for. */
  linkOf({ kind, actionId, ref }: Pick<ClaimedDelivery, 'kind' | 'actionId' | 'ref'>): string | null {
    if (!kinds.has(kind) || actionId === null || ref === null) return null;
    return `${this.publicUrl}/link/u/${this.tokens.seal({ actionId, ref })}`;
  }

  headersOf(delivery: Pick<ClaimedDelivery, 'kind' | 'actionId' | 'ref'>): Record<string, string> {
    const link = this.linkOf(delivery);
    if (link === null) return {};
    return {
      'List-Unsubscribe': `<${link}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    };
  }
}
