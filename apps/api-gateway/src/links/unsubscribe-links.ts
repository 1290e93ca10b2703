import { emailEventV1, partitionCount, type EmailEventV1 } from '@groundswell/contracts';
import { encodeRef, partitionOfRef, uuidV7, type UnsubscribeTokens, type Unsubscribing } from '@groundswell/crypto';
import type { DurablePublisher } from '../accepting/durable-publisher';
import { answerOrRetry } from './answer-or-retry';
import { errorAnswer, textAnswer, type LinkAnswer } from './link-answer';
import { unsubscribedPage, unsubscribePage } from './link-pages';
import type { FollowedLink } from './link-request';

export interface UnsubscribeLinksOptions {
  tokens: Pick<UnsubscribeTokens, 'open'>;
  durable: Pick<DurablePublisher, 'publish'>;
  /** Parse each command by its contract before publishing: for tests and development. */
  checksContracts: boolean;
  now?: () => Date;
}

/**
 * `/link/u/:token` of the header List-Unsubscribe (RFC 8058): a mail program posts to it, a person gets a page with a button.
 * Following it only looks, since scanners do. What follows is what a provider's own unsubscribing brings: the supporter's
 * status changes, and of what they signed nothing is rejected. Twice is safe: the second time nothing changes.
 */
export class UnsubscribeLinks {
  constructor(private readonly options: UnsubscribeLinksOptions) {}

  follow({ token }: { token: string }, { method, url }: FollowedLink): Promise<LinkAnswer> {
    return answerOrRetry(async () => {
      const about = this.options.tokens.open(token);
      if (!about) return errorAnswer(400, 'malformed link');
      if (method === 'HEAD') return textAnswer('');
      if (method !== 'POST') return unsubscribePage(url);
      await this.publish(about);
      return unsubscribedPage();
    });
  }

  private async publish({ actionId, ref }: Unsubscribing): Promise<void> {
    const at = this.options.now?.() ?? new Date();
    const command: EmailEventV1 = {
      schema: 'groundswell:command:1',
      id: uuidV7(at.getTime()),
      at: at.toISOString(),
      kind: 'email_event',
      actionId,
      ref: encodeRef(ref),
      event: 'unsub',
    };
    if (this.options.checksContracts) emailEventV1.parse(command);
    await this.options.durable.publish({
      id: command.id,
      type: command.schema,
      partition: partitionOfRef(ref, partitionCount),
      json: Buffer.from(JSON.stringify(command)),
      at,
    });
  }
}
