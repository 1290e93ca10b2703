import { cleanError } from '@groundswell/http';
import { refuseFaulty } from '../http/mail-text';
import type { MailAccount, MailProvider, OutgoingMail, ProviderSettings, SendResult } from '../mail-provider';
import { composeMime, messageIdOf, type MimeMail } from '../mime/mime-mail';
import type { PreviewStore } from './preview-store';

/** Message ids of the mailbox name MTT mails by their number alone (email-and-mtt.md 1.3). */
const previewId = (mail: OutgoingMail): string => messageIdOf(mail).replace(/^mtt\./, '');

/** Sends nothing: mails are kept to be looked at. */
class PreviewProvider implements MailProvider {
  readonly kind = 'preview';
  readonly batchSize = 25;

  constructor(private readonly store: PreviewStore) {}

  async send(mails: readonly OutgoingMail[]): Promise<SendResult[]> {
    const results: SendResult[] = [];
    for (const mail of mails) results.push(refuseFaulty(mail) ?? refuseTemplate(mail) ?? (await this.keep(mail)));
    return results;
  }

  async close(): Promise<void> {}

  private async keep(mail: OutgoingMail): Promise<SendResult> {
    let mime: MimeMail;
    try {
      mime = await composeMime(mail, previewId(mail));
    } catch (error) {
      return { outcome: 'refused', error: cleanError(`mail cannot be composed: ${(error as Error).message}`) };
    }
    try {
      await this.store.keep(mail, { messageId: mime.messageId, source: mime.source.toString('utf8') });
    } catch (error) {
      // Kept or not, another try keeps it once: its message id is unique.
      return { outcome: 'retry', error: cleanError(`preview store: ${(error as Error).message}`) };
    }
    return { outcome: 'sent', providerMessageId: mime.messageId };
  }
}

const refuseTemplate = (mail: OutgoingMail): SendResult | null =>
  mail.html || mail.text ? null : { outcome: 'refused', error: 'templates of the preview backend are not supported' };

export const createPreviewProvider = (
  _account: MailAccount,
  _settings: ProviderSettings,
  store: PreviewStore,
): MailProvider => new PreviewProvider(store);
